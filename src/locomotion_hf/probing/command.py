"""The command `locomotion probe`: what of a clip does a model use?"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from locomotion_hf.errors import EvaluationError

if TYPE_CHECKING:
    from locomotion_hf.evaluation.embedders import OpenEmbedder

DESCRIPTION = """Ask a model what it sees of a motion, and say in plain words what it uses.

locomotion probe locomotion
locomotion probe openai/clip-vit-base-patch32 --json clip.json --plot clip.png
locomotion probe ours=runs/ours clip=openai/clip-vit-base-patch32 --vocabulary linear --json both.json
locomotion probe runs/ours --data physics

A model is a folder that training wrote, an image-text dual encoder of transformers (CLIP, SigLIP: the mean over
the frames, which is blind to their order), or X-CLIP. It is shown clips that are made on the spot, of objects and
backgrounds that our training never draws; the same clips and questions for every model (probes-1).

What is asked, with chance, 95 % interval and the number of clips:

  its caption among ...   is the clip's caption found among the captions of its scene (8 clips that share objects and
                          background) or of all clips? With the whole clip, one frame of it, its frames shuffled,
                          played backwards, and with "an object" in place of the noun.
  the clip or ...         given the caption: the clip, or one frame of it, or its frames shuffled?
  reversed, mirrored      the clip and the same clip backwards (left-right), each with its true caption: which
                          caption, given a clip; which clip, given a caption. "Follows": right for both clips. "Is
                          fooled": right for the first, and the same caption for the other. Chance is 25 % each.
  twin by ...             the same with a counterfactual twin: the objects and background, another motion.
  foil of ...             the caption or the same caption with one fact changed?

A forced choice counts a tie as a half: what cannot see a difference is exactly at chance. Both sides of a pair are
asked, so a liking for one word gains nothing there; foils are one-sided, so hold them against "one frame", the same
question with one frame in place of each clip: the share that needs no motion. A verdict looks at one interval
alone: of forty figures, one or two lie off chance by luck."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `locomotion probe`."""
    # The choices are written out: the rooms behind them import torch, and help should not wait for it.
    parser.add_argument("models", nargs="+", metavar="MODEL", help="a folder or a name on the Hub, or name=MODEL")
    parser.add_argument("--num_examples", type=int, help="clips, a multiple of 8 (default: 256); of a corpus: all")
    parser.add_argument(
        "--vocabulary",
        choices=("linear", "full"),
        default="full",
        help="linear: one object on straight lines; full: every motion, one to four objects (default: full)",
    )
    parser.add_argument("--data", help="a corpus, as `scripts/evaluate.py` takes it: the probes that need no facts")
    parser.add_argument("--split", default="test", help="of the corpus (default: test)")
    parser.add_argument("--videos", help="of the corpus: folder of its videos")
    parser.add_argument(
        "--max_missing",
        type=float,
        default=0.02,
        help="of the corpus: largest share of missing or unreadable videos, 0 to 1 (default: 0.02)",
    )
    parser.add_argument(
        "--scoring",
        choices=("vtc", "vtm"),
        default="vtc",
        help="vtc: by the embeddings (default); vtm: by the model's second look at each pair",
    )
    parser.add_argument("--json", type=Path, help="also write the figures, with a stamp, to this file")
    parser.add_argument("--plot", type=Path, help="also draw them: .png, .svg or .pdf (needs matplotlib)")
    parser.add_argument("--num_frames", type=int, help="frames a model is handed; default: its own, at most 16")
    parser.add_argument("--batch_size", type=int, default=16, help="clips or texts in a forward pass (default: 16)")
    parser.add_argument("--device", help="default: the first GPU, else the CPU")
    parser.add_argument("--seed", type=int, default=0, help="of the intervals alone (default: 0)")


def run(args: argparse.Namespace) -> None:
    """Probe every model, print a table each, and write what was asked for.

    Raises:
        EvaluationError: two models of one name, a model that cannot be opened, or settings that do not suit it.
        CorpusError: the corpus cannot be opened.
        OutputError: a file cannot be written.
    """
    from locomotion_hf.captions.statistics.plot import check_plot
    from locomotion_hf.evaluation import write_results
    from locomotion_hf.evaluation.embedders import open_embedder
    from locomotion_hf.evaluation.protocol import origin

    from .clips import VERSION
    from .plot import write_plot
    from .table import models_table, probe_table

    names = _names(args.models)
    if args.plot:
        check_plot(args.plot, len(names))
    results: dict[str, dict[str, Any]] = {}
    for name, model in names.items():
        embedder = open_embedder(model, args.device, args.batch_size, num_frames=args.num_frames)
        results[name] = _probed(args, embedder, model)
        clips = results[name]["clips"]
        print(
            f"{name}, {args.scoring.upper()}: {clips['count']:,} clips of {clips['frames']} frames, {VERSION}, "
            f"fingerprint {clips['fingerprint'][:12]}\n\n{probe_table(results[name])}\n"
        )
    if len(results) > 1:
        print(f"{models_table(results)}\n")
    if args.json:
        made = {"probes": VERSION, "origin": origin(Path(__file__), _argv()), "results": results}
        print(f"Wrote {write_results(args.json, made)}")
    if args.plot:
        write_plot(args.plot, results)
        print(f"Wrote {args.plot}")


def _argv() -> list[str]:
    """The command as it was given, wherever it is installed."""
    return ["locomotion", *sys.argv[1:]]


def _names(models: list[str]) -> dict[str, str]:
    """Name -> model; without a name, the last part of its path."""
    named = [(name, model) if model else ("", name) for name, _, model in (one.partition("=") for one in models)]
    named = [(name or Path(model).name, model) for name, model in named]
    names = dict(named)
    if len(names) < len(named):
        raise EvaluationError(
            f"{len(named)} models are called {', '.join(name for name, _ in named)}.",
            "a name for each.",
            "write name=MODEL.",
        )
    return names


def _probed(args: argparse.Namespace, embedder: OpenEmbedder, model: str) -> dict[str, Any]:
    """The result of one model with its stamp."""
    from locomotion_hf.evaluation import stamp, weights_revision

    from .clips import NUM_EXAMPLES, PROBE_SEED, probe_recipe
    from .probes import probe

    told = embedder.describe()
    shared: Mapping[str, Any] = {"scoring": args.scoring, "seed": args.seed, "progress": sys.stderr.isatty()}
    if args.data:
        result = _on_corpus(args, embedder, shared)
    else:
        side = max(16, *told["resolution"])
        recipe = probe_recipe(args.vocabulary, side + side % 2)
        count = NUM_EXAMPLES if args.num_examples is None else args.num_examples
        result = probe(embedder, recipe, count, num_frames=embedder.num_frames, **shared)
    ids = result["clips"]["ids"]
    made = stamp(
        seeds={"clips": PROBE_SEED, "bootstrap": args.seed},
        num_frames=told.pop("frames"),
        sampling="evenly spaced over the clip, first and last included",
        resolution=told.pop("resolution"),
        precision=told.pop("precision"),
        queries=ids,
        candidates=ids,
        argv=_argv(),
    )
    return {"stamp": {**made, **told, "weights": weights_revision(model)}, **result}


def _on_corpus(args: argparse.Namespace, embedder: OpenEmbedder, shared: Mapping[str, Any]) -> dict[str, Any]:
    from locomotion_hf.corpora import evenly_spaced, open_corpus

    from .corpus_probes import probe_corpus

    corpus = open_corpus(args.data, args.split, args.videos, max_missing=args.max_missing)
    count = args.num_examples
    if count is not None and count < 2:
        raise EvaluationError(f"num_examples={count}.", "2 or more clips.", "raise it, or leave it out.")
    if count is not None and count < len(corpus):
        corpus = corpus.take([corpus.rows[place] for place in evenly_spaced(len(corpus), count)])
    print(corpus.summary())
    return probe_corpus(embedder, corpus, num_frames=embedder.num_frames, **shared)


__all__ = ["DESCRIPTION", "add_arguments", "run"]
