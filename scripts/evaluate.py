#!/usr/bin/env python
"""Text-to-video and video-to-text retrieval of any model on any captioned clips.

    python scripts/evaluate.py --model locomotion --data physics --split test --output runs/ours/results.json
    python scripts/evaluate.py --model openai/clip-vit-base-patch32 --data physics --output runs/clip/results.json
    python scripts/evaluate.py --compare runs/ours/results.json runs/clip/results.json

A model is a folder that training wrote, an image-text dual encoder of transformers (CLIP, SigLIP: the mean over
the frames of a clip, which is blind to their order), or X-CLIP. Printed are R@1, R@5, R@10, median and mean rank
and mAP in both directions, each with its 95 % interval (bootstrap) and what a random order would give: by the
embeddings alone (VTC) and, for a model that can look at pairs, with the best --top_k of them put in order again
(re-ranked; for LocoMotion by its VTM head). A tie counts against the model, and nothing else is done to the
scores. The file keeps every query's rank, and a stamp of what it takes to measure it again.

--compare says what the first run gains over the second, query by query, with the p-value of a sign-flip test.

By default the distinct texts are the queries where clips share a template or class, and every text of every clip
where they do not, or where a text is told of two classes; --asking chooses.
"""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from locomotion_hf import LocoMotionError
from locomotion_hf.corpora.opening import MAX_MISSING, SPECS
from locomotion_hf.errors import EvaluationError, OutputError
from locomotion_hf.evaluation import (
    compare_runs,
    comparison_table,
    corpus_figures,
    evaluate_corpus,
    figures_table,
    stamped,
    write_results,
)
from locomotion_hf.evaluation.protocol import origin
from locomotion_hf.evaluation.retrieval import TOP_K


def build_parser() -> argparse.ArgumentParser:
    """Every setting with its default."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="data:\n" + "\n".join(f"  {spec:24}{told}" for spec, told in SPECS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--model", help="a folder, or a name on the Hub")
    parser.add_argument("--data", default="physics", help="see below (default: physics)")
    parser.add_argument("--split", default="test", help="default: test")
    parser.add_argument("--videos", help="the folder of the videos, where the data is a file of captions alone")
    parser.add_argument(
        "--max_missing",
        type=float,
        default=MAX_MISSING,
        help=f"largest share of missing or unreadable videos, 0 to 1 (default: {MAX_MISSING})",
    )
    parser.add_argument("--output", type=Path, help="also write the figures to this file, results.json")
    parser.add_argument(
        "--top_k", type=int, default=TOP_K, help=f"candidates put in order again; 0: none (default: {TOP_K})"
    )
    parser.add_argument(
        "--num_frames", type=int, help="frames of a clip; default: the model's own, 8 of an image model"
    )
    parser.add_argument(
        "--asking", choices=("instance", "template"), help="what the queries are (default: see above)"
    )
    parser.add_argument("--batch_size", type=int, default=16, help="clips or texts in a forward pass (default: 16)")
    parser.add_argument("--device", help="default: the first GPU, else the CPU")
    parser.add_argument(
        "--dtype", choices=("float32", "bfloat16", "float16"), default="float32", help="of the weights"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the intervals (default: 0)")
    parser.add_argument(
        "--compare", nargs=2, type=Path, metavar="RESULTS", help="two files that this script wrote; no model is run"
    )
    return parser


def evaluate(args: argparse.Namespace) -> None:
    """One model on one corpus."""
    from locomotion_hf.corpora import open_corpus
    from locomotion_hf.evaluation.embedders import open_embedder

    if args.output:
        _check_place(args.output)
    corpus = open_corpus(args.data, args.split, args.videos, max_missing=args.max_missing)
    embedder = open_embedder(args.model, args.device, args.batch_size, num_frames=args.num_frames, dtype=args.dtype)
    told = embedder.describe()
    print(
        f"{args.model} ({told['kind']}, {told['frames']} frames of {' x '.join(map(str, told['resolution']))}) "
        f"on {corpus.summary()}"
    )
    result = evaluate_corpus(
        embedder,
        corpus,
        num_frames=embedder.num_frames,
        seed=args.seed,
        top_k=args.top_k,
        asking=args.asking,
        progress=sys.stderr.isatty(),
    )
    result = stamped(result, embedder, weights=args.model)
    counts = result["corpus"]
    print(
        f"Asked by {result['settings']['asking']}: {len(result['queries']['t2v']['ids'])} texts, "
        f"{counts['clips']} clips, {counts['groups']} groups.\n\n{figures_table(corpus_figures(result).values())}"
    )
    if args.output:
        print(f"\nWrote {write_results(args.output, result)}")


def compare(args: argparse.Namespace) -> None:
    """Two files, query by query."""
    first, second = (_read(file) for file in args.compare)
    found = compare_runs(first, second, seed=args.seed)
    print(f"a: {args.compare[0]}\nb: {args.compare[1]}")
    if found["differs"]:
        told = ", ".join(
            f"{name} ({first['settings'][name]} and {second['settings'].get(name)})" for name in found["differs"]
        )
        print(f"The two differ in {told}.")
    print(f"\n{comparison_table(first, second, found)}")
    if args.output:
        runs = {which: one["stamp"] for which, one in (("a", first), ("b", second))}
        print(f"\nWrote {write_results(args.output, {**origin(Path(__file__)), 'runs': runs, **found})}")


def _check_place(file: Path) -> None:
    """See before the work that the results can be written."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{file.parent} cannot be made: {error.strerror}.", "a folder.", "name another.") from error
    if file.is_dir() or not os.access(file.parent, os.W_OK):
        raise OutputError(
            f"{file} cannot be written.", "a file name in a folder that you may write to.", "name another file."
        )


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise EvaluationError(
            f"{file} cannot be read: {error}.", "a results.json of this script.", "check the path."
        ) from error
    return found if isinstance(found, dict) else {}


def main() -> None:
    """Parse, run, and end with a sentence instead of a traceback when the user can mend it."""
    parser = build_parser()
    args = parser.parse_args()
    if (args.model is None) == (args.compare is None):
        parser.error("pass either --model or --compare")
    try:
        (compare if args.compare else evaluate)(args)
    except LocoMotionError as error:
        sys.exit(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
