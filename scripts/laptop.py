#!/usr/bin/env python
"""The paper's table at the scale of a laptop: which captions to pre-train on, and how much data is needed then.

    python scripts/laptop.py --work_dir runs/laptop                  # everything; many hours on two cores
    python scripts/laptop.py --work_dir runs/laptop --only none motion --seeds 1
    python scripts/laptop.py --work_dir runs/laptop --ablations      # single changes of "motion"
    python scripts/laptop.py --table                                 # print what results/laptop.json holds

Each way of pre-training has the same number of clips and steps: none; spatial captions, which name the object alone;
motion captions; those with verbs that suit the object; these with counterfactual twins in the batch; and, not of the
paper, suiting verbs for the full vocabulary of motions. Each model is held against the physically simulated clips,
whose objects, textures and rooms it never saw: as it is (fraction 0), and fine-tuned on 5, 20 and 100 % of their
training clips, the last step being the result. Runs of one seed see the same clips; spatial captions alone get
batches of unrelated clips, for in our groups of eight clips of one thing they would be eight times the same, and
nothing is learnt from them. Each pre-trained model, and each that was fine-tuned on 20 %, is also asked what it uses
of a clip (`locomotion probe`). What is there already is read, not run again, so that a stopped job goes on; --results
is written after every run. Models stay in --work_dir.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from locomotion_hf import LocoMotionError
from locomotion_hf.evaluation import write_results
from locomotion_hf.evaluation.over_seeds import interval_over_seeds
from locomotion_hf.evaluation.protocol import origin
from locomotion_hf.probing.table import NAMES
from locomotion_hf.tables import aligned

HERE = Path(__file__).resolve().parent
#: What the rows of the table are pre-trained on: arguments of scripts/pretrain.py. None: nothing.
PRETRAINING: dict[str, list[str] | None] = {
    "none": None,
    # In groups VTC stayed at ln 32, chance, in all of 800 steps (seeds 0 and 1); of unrelated clips nouns are learnt.
    "spatial": ["--captions", "spatial_caption", "--group_size", "1"],
    "motion": [],
    "verbs": ["--wording", "verbs"],
    "verbs+twins": ["--wording", "verbs", "--members", "twins"],
    # Not of the paper: with the one change of the motions themselves that gained (one seed), the full vocabulary.
    "verbs, full vocabulary": ["--wording", "verbs", "--vocabulary", "full"],
}
#: Single changes of "motion".
ABLATIONS: dict[str, list[str]] = {
    "twins": ["--members", "twins"],
    "translation only": ["--captions", "translation_caption"],
    "plain paraphrases": ["--wording", "forms"],
    "frozen background": ["--backdrop", "frozen"],
    "black background": ["--backdrop", "black"],
    "photograph behind": ["--backdrop", "photograph"],
    "full vocabulary": ["--vocabulary", "full"],
    "longer motion": ["--seconds", "3.75"],
    "foils": ["--foils", "2"],
    "curriculum": ["--curriculum", "linear:0.5,full:1", "--vocabulary", "full"],
}
FRACTIONS = (0.0, 0.05, 0.2, 1.0)
#: Of the fine-tuned models, those that are probed.
PROBED = 0.2
#: Steps of pre-training, of 32 clips: twice the main job's. In 800 steps no row learnt the order of two motions
#: (49 to 52 % of twins by order), in 1,600 a trial with twins did (87 %).
PRETRAINING_STEPS = 1600
#: Steps of fine-tuning, of 32 clips, whatever the fraction. Own choice, after trials on scenes held out of
#: the training clips.
FINETUNING_STEPS = 200
#: What is held against what, seed by seed: a step of the table against the one before, an ablation against "motion".
COMPARED = [
    *(("spatial", "none"), ("motion", "none"), ("motion", "spatial"), ("verbs", "motion"), ("verbs+twins", "verbs")),
    *(("verbs, full vocabulary", over) for over in ("none", "motion", "verbs")),
    *((name, "motion") for name in ABLATIONS),
]
#: Differences that the paper reports on SSv2-Template, T2V R@1 in points: the bar. (row, over, at fraction): points.
PAPER = {("motion", "spatial", 0.2): 14.3, ("verbs", "motion", 0.2): 5.7}
#: Figures of a run that are told: key in laptop.json -> key in the run's own results, and the name in the table.
FIGURES = {
    "t2v_r1": ("t2v/vtc/r1", "T2V R@1"),
    "v2t_r1": ("v2t/vtc/r1", "V2T R@1"),
    "t2v_map": ("t2v/vtc/map", "T2V mAP"),
}
WAYS = ("t2v", "v2t")


def _run(module: str, log: Path, arguments: Iterable[str]) -> None:
    """Run a module of Python's as a user does.

    Raises:
        LocoMotionError: it ended otherwise than well; its last words are in the log.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as out:
        command = [sys.executable, "-m", module, *arguments]
        done = subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise LocoMotionError(
            f"{module} ended with {done.returncode}.", "a finished run.", f"read {log}; then run this again."
        )


def _once(script: str, folder: Path, arguments: list[str]) -> None:
    """Run a script unless its results lie there; go on with one that was stopped."""
    if (folder / "results.json").exists():
        return
    going_on = ["--resume_from_checkpoint"] if any(folder.glob("checkpoint-*")) else []
    launched = ["--num_processes", "1", str(HERE / script), "--output_dir", str(folder), *going_on, *arguments]
    _run("accelerate.commands.launch", folder.with_name(f"{folder.name}.log"), launched)


def pretrained(work_dir: Path, name: str, seed: int) -> Path:
    """The folder of a pre-trained model, trained if it is not there."""
    arguments = {**PRETRAINING, **ABLATIONS}[name] or []
    folder = work_dir / _folder_name(name, seed)
    steps = ["--max_steps", str(PRETRAINING_STEPS)]
    _once("pretrain.py", folder, ["--seed", str(seed), "--sample_dir", "", *steps, *arguments])
    return folder


def _folder_name(name: str, seed: int, fraction: float | None = None) -> str:
    share = "" if fraction is None else f"-{fraction:g}"
    return f"{name.replace(' ', '_')}-{seed}{share}"


def finetuned(work_dir: Path, name: str, fraction: float, seed: int, data: str) -> dict[str, Any]:
    """One row, column and seed: its entry in laptop.json."""
    start = "none" if name == "none" else str(work_dir / _folder_name(name, seed))
    folder = work_dir / _folder_name(name, seed, fraction)
    seeds = ["--seed", str(seed), "--fraction_seed", str(seed), "--fraction", f"{fraction:g}"]
    _once(
        "finetune.py",
        folder,
        [
            "--model_name_or_path",
            start,
            *seeds,
            "--data",
            data,
            "--eval_top_k",
            "0",
            "--max_steps",
            str(FINETUNING_STEPS),
        ],
    )
    results = json.loads((folder / "results.json").read_text())
    made = {"commit": results["stamp"]["commit"], "dirty": results["stamp"]["dirty"]}
    if name != "none":
        pretraining = json.loads((Path(start) / "results.json").read_text())["stamp"]
        made |= {"pretraining_commit": pretraining["commit"], "pretraining_command": pretraining["command"]}
    return {
        "pretraining": name,
        "fraction": fraction,
        "seed": seed,
        **{key: results["figures"][of]["value"] for key, (of, _) in FIGURES.items()},
        "clips": results["train"]["clips"],
        "test": results["corpus"]["fingerprint"],
        "hits": {way: "".join("01"[rank == 1] for rank in results["ranks"][f"{way}/vtc"]) for way in WAYS},
        "precisions": {"t2v": [round(value, 4) for value in results["precisions"]["t2v/vtc"]]},
        "command": results["stamp"]["command"],
        **made,
    }


def probed(work_dir: Path, name: str, seed: int, fraction: float | None, data: str) -> dict[str, Any]:
    """What a model uses: a pre-trained one (fraction None) of made clips, a fine-tuned one of the benchmark's."""
    folder = work_dir / _folder_name(name, seed, fraction)
    file = folder / "probes.json"
    if not file.exists():
        asked = ["--vocabulary", "linear"] if fraction is None else ["--data", data]
        arguments = ["probe", f"{name}={folder}", *asked, "--json", str(file)]
        _run("locomotion_hf.cli", folder.with_name(f"{folder.name}-probes.log"), arguments)
    found = json.loads(file.read_text())["results"][name]
    kept = ("value", "low", "high", "one_frame", "chance", "clips")
    return {
        "pretraining": name,
        "fraction": fraction,
        "seed": seed,
        "test": found["clips"]["fingerprint"],
        "findings": {probe: {key: one[key] for key in kept} for probe, one in found["findings"].items()},
        "command": found["stamp"]["command"],
        "commit": found["stamp"]["commit"],
        "dirty": found["stamp"]["dirty"],
    }


def _values(entry: Mapping[str, Any], figure: str) -> np.ndarray:
    """`(Q,)`: what each query of a run contributes to a figure."""
    if figure == "t2v_map":
        return np.array(entry["precisions"]["t2v"])
    return np.array([hit == "1" for hit in entry["hits"][figure[:3]]], float)


def summarise(runs: list[dict[str, Any]], clusters: Mapping[str, list[str]]) -> dict[str, Any]:
    """The table's cells and the differences that the paper reports, with intervals.

    Args:
        runs: entries of laptop.json, all on the same test clips.
        clusters: direction -> the cluster of each of its queries.

    Raises:
        LocoMotionError: the runs were tested on different clips.
    """
    _same_test(runs)
    labels = {way: np.unique(named, return_inverse=True)[1] for way, named in clusters.items()}
    found = {(one["pretraining"], one["fraction"], one["seed"]): one for one in runs}
    cells, differences = [], []
    for figure in FIGURES:
        by_query = {key: _values(entry, figure) for key, entry in found.items()}
        for name, fraction in dict.fromkeys((key[0], key[1]) for key in found):
            seeds = [key for key in found if key[:2] == (name, fraction)]
            values = np.stack([by_query[key] for key in seeds])
            each = [round(float(row.mean()), 4) for row in values]
            mean = interval_over_seeds(values, labels[figure[:3]])
            cell = {"figure": figure, "pretraining": name, "fraction": fraction, "value": mean.mean}
            cells.append({**cell, "low": mean.low, "high": mean.high, "seeds": each})
        for name, over in COMPARED:
            for fraction in sorted({key[1] for key in found}):
                pairs = [key for key in found if key[:2] == (name, fraction) and (over, *key[1:]) in found]
                if pairs:
                    gains = np.stack([by_query[key] - by_query[(over, *key[1:])] for key in pairs])
                    gain = interval_over_seeds(gains, labels[figure[:3]], (-1.0, 1.0))
                    differences.append(
                        {
                            "figure": figure,
                            "pretraining": name,
                            "over": over,
                            "fraction": fraction,
                            "value": gain.mean,
                            "low": gain.low,
                            "high": gain.high,
                            "seeds": [round(float(row.mean()), 4) for row in gains],
                            "paper": PAPER.get((name, over, fraction)) if figure == "t2v_r1" else None,
                        }
                    )
    return {"cells": cells, "differences": differences}


def _same_test(entries: list[dict[str, Any]]) -> None:
    tests = {one["test"] for one in entries}
    if len(tests) > 1:
        raise LocoMotionError(
            f"The runs were tested on {len(tests)} sets of clips ({', '.join(sorted(tests))}).",
            "one: the benchmark was made anew in between, or --data changed.",
            "name another --work_dir and --results.",
        )


def summarise_probes(probes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each probe's mean over seeds, with the lowest and the highest bound of any seed's 95 % interval.

    Args:
        probes: entries of laptop.json; those of one fraction on the same clips.
    """
    summary = []
    for fraction in dict.fromkeys(one["fraction"] for one in probes):
        entries = [one for one in probes if one["fraction"] == fraction]
        _same_test(entries)
        for name in dict.fromkeys(one["pretraining"] for one in entries):
            seeds = [one["findings"] for one in entries if one["pretraining"] == name]
            for probe in seeds[0]:
                each = [one[probe] for one in seeds]
                summary.append(
                    {
                        "pretraining": name,
                        "fraction": fraction,
                        "probe": probe,
                        "value": float(np.mean([one["value"] for one in each])),
                        "low": min(one["low"] for one in each),
                        "high": max(one["high"] for one in each),
                        "seeds": [round(one["value"], 4) for one in each],
                        "chance": each[0]["chance"],
                        "clips": each[0]["clips"],
                    }
                )
    return summary


def probes_table(
    summary: Mapping[str, Any], fraction: float | None, style: Any = "plain", rows: Iterable[str] = ()
) -> str:
    """Rows: probes; columns: pre-training; the mean over seeds, between the outermost bounds of any, in percent.

    Args:
        summary: of laptop.json.
        fraction: of the fine-tuned models; None: the pre-trained ones. One side of each pair, and no galleries.
        style: for a terminal, or "markdown".
        rows: of the table of ways to pre-train; none: all that are there.
    """
    found = {(one["probe"], one["pretraining"]): one for one in summary["probes"] if one["fraction"] == fraction}
    wanted = tuple(rows) or (*PRETRAINING, *ABLATIONS)
    names = [name for name in wanted if any(key[1] == name for key in found)]
    lines = [["", *names, "chance"]]
    for probe, told in NAMES.items():
        cells = [found.get((probe, name)) for name in names]
        shown = probe == "retrieval/clip" or (not probe.startswith("gallery/") and not probe.endswith("/clip"))
        if shown and any(cells):
            chance = next(one["chance"] for one in cells if one)
            label = told if fraction is None else told.replace("among its scene's", "among all")
            lines.append([label, *map(_shown, cells), f"{100 * chance:.1f}"])
    return aligned(lines, style)


def table(summary: Mapping[str, Any], figure: str, style: Any = "plain") -> str:
    """Rows: pre-training; columns: fractions; each cell the mean over seeds and its interval, in percent."""
    cells = {(one["pretraining"], one["fraction"]): one for one in summary["cells"] if one["figure"] == figure}
    names = [name for name in (*PRETRAINING, *ABLATIONS) if any(key[0] == name for key in cells)]
    fractions = sorted({key[1] for key in cells})
    head = [FIGURES[figure][1], *map(_share, fractions)]
    rows = [[name, *(_shown(cells.get((name, part))) for part in fractions)] for name in names]
    return aligned([head, *rows], style)


def _share(fraction: float) -> str:
    return f"{100 * fraction:g} %" if fraction else "zero-shot"


def _shown(cell: Mapping[str, Any] | None) -> str:
    if cell is None:
        return ""
    return f"{100 * cell['value']:.1f} [{100 * cell['low']:.1f}, {100 * cell['high']:.1f}]"


def plot(summary: Mapping[str, Any], file: Path) -> None:
    """Lines over the share of the training clips, one for each way of pre-training."""
    from matplotlib.figure import Figure as Drawing

    fractions = sorted({one["fraction"] for one in summary["cells"]})
    drawing = Drawing(figsize=(10, 4), layout="constrained")
    for axes, figure in zip(drawing.subplots(1, 2), ("v2t_r1", "t2v_map"), strict=True):
        for name in PRETRAINING:
            cells = [one for one in summary["cells"] if one["figure"] == figure and one["pretraining"] == name]
            cells.sort(key=lambda one: one["fraction"])
            where = [fractions.index(one["fraction"]) for one in cells]
            line = axes.plot(where, [100 * one["value"] for one in cells], marker="o", label=name)[0]
            low, high = ([100 * one[end] for one in cells] for end in ("low", "high"))
            axes.fill_between(where, low, high, color=line.get_color(), alpha=0.12, linewidth=0)
        axes.set_xticks(range(len(fractions)), [_share(part) for part in fractions])
        axes.set_xlabel("training clips of the benchmark")
        axes.set_ylabel(f"{FIGURES[figure][1]}, %")
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
    drawing.axes[0].legend(title="pre-trained on", frameon=False)
    drawing.savefig(file, dpi=110)


def _key(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    return entry["pretraining"], entry["fraction"], entry["seed"]


def _clusters(work_dir: Path, entries: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """The units of the bootstrap, from any run's results: they are the same in all of one test set."""
    entry = next(iter(entries))
    folder = work_dir / _folder_name(entry["pretraining"], entry["seed"], entry["fraction"])
    queries = json.loads((folder / "results.json").read_text())["queries"]
    return {way: queries[way]["clusters"] for way in WAYS}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work_dir", type=Path, default=Path("runs/laptop"), help="models and logs of all runs")
    parser.add_argument("--only", nargs="+", choices=[*PRETRAINING, *ABLATIONS], help="these ways of pre-training")
    parser.add_argument("--ablations", action="store_true", help="single changes of motion, instead of the table")
    parser.add_argument("--seeds", type=int, default=3, help="seeds of each run, from 0 (default: 3)")
    parser.add_argument("--fractions", type=float, nargs="+", default=FRACTIONS, help="shares of the training clips")
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time; each takes about a core (default: 1)")
    parser.add_argument("--data", default="physics", help="what is fine-tuned and evaluated on (default: physics)")
    parser.add_argument("--results", type=Path, default=Path("results/laptop.json"))
    parser.add_argument("--plot", type=Path, default=Path("model_cards/laptop.png"))
    parser.add_argument("--table", action="store_true", help="print what --results holds, and run nothing")
    return parser


def main() -> None:
    """Run what is not there yet, write after every run, print the table."""
    args = _parser().parse_args()
    if args.table:
        if not args.results.exists():
            sys.exit(f"There is no {args.results}: run this without --table first, or name another with --results.")
        _print(json.loads(args.results.read_text())["summary"])
        return
    names = args.only or (list(ABLATIONS) if args.ablations else list(PRETRAINING))
    lock, done, asked = Lock(), {}, {}
    if args.results.exists():  # what other calls made stays
        before = json.loads(args.results.read_text())
        done, asked = ({_key(one): one for one in before.get(kind, ())} for kind in ("runs", "probes"))

    def column(name: str, seed: int) -> None:
        """One seed of one row: pre-training, then every fraction."""
        probes = [fraction for fraction in args.fractions if fraction == PROBED]
        if name != "none":
            pretrained(args.work_dir, name, seed)
            probes.insert(0, None)
        for fraction in args.fractions:
            tell(done, finetuned(args.work_dir, name, fraction, seed, args.data))
            bar.update()
        for fraction in probes:
            tell(asked, probed(args.work_dir, name, seed, fraction, args.data))

    def tell(those: dict[tuple[Any, ...], dict[str, Any]], entry: dict[str, Any]) -> None:
        with lock:
            if those.get(_key(entry)) == entry:  # what is told already need not be summed up again
                return
            those[_key(entry)] = entry
            runs, probes = list(done.values()), list(asked.values())
            summary = summarise(runs, _clusters(args.work_dir, runs)) | {"probes": summarise_probes(probes)}
            told = {"stamp": origin(Path(__file__)), "runs": runs, "probes": probes, "summary": summary}
            write_results(args.results, told)

    jobs = [(name, seed) for seed in range(args.seeds) for name in names]
    try:
        with tqdm(total=len(jobs) * len(args.fractions), unit="run") as bar, ThreadPoolExecutor(args.jobs) as pool:
            for job in [pool.submit(column, *job) for job in jobs]:
                job.result()
    except LocoMotionError as error:
        sys.exit(f"{type(error).__name__}: {error}")
    summary = json.loads(args.results.read_text())["summary"]
    plot(summary, args.plot)
    _print(summary)


def _print(summary: Mapping[str, Any]) -> None:
    for figure in FIGURES:
        print(table(summary, figure), end="\n\n")
    for fraction, clips in ((None, "made clips, as pre-trained"), (PROBED, f"the benchmark, after {_share(PROBED)}")):
        print(f"What is used of {clips}:\n{probes_table(summary, fraction)}", end="\n\n")
    for one in summary["differences"]:
        paper = "" if one["paper"] is None else f"; the paper, on SSv2-Template: {one['paper']:+.1f}"
        print(
            f"{FIGURES[one['figure']][1]} at {100 * one['fraction']:g} %: {one['pretraining']} over {one['over']} "
            f"{100 * one['value']:+.1f} [{100 * one['low']:+.1f}, {100 * one['high']:+.1f}]{paper}"
        )


if __name__ == "__main__":
    main()
