#!/usr/bin/env python
"""Write the README's tables and the model card from the committed results, so that no number is typed by hand.

python scripts/render_results.py           # the part of README.md between its two marks; model_cards/locomotion.md
python scripts/render_results.py --check   # say whether they are up to date
"""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

from locomotion_hf.cards import model_card
from locomotion_hf.evaluation import figures_table
from locomotion_hf.evaluation.figures import Figure
from locomotion_hf.intervals import share_interval
from locomotion_hf.training.report import headline

ROOT = Path(__file__).parents[1]
BEGIN, END = "<!-- results -->\n", "<!-- /results -->"


def _read(name: str) -> dict:
    return json.loads((ROOT / "results" / name).read_text())


def render(motion: dict, shown: list[Figure]) -> str:
    """The Markdown between the marks; `shown` are the rows of the main job."""
    cost, machine = motion["cost"], motion["stamp"]["machine"]
    ablations = _read("ablations.json")
    runs = ablations["runs"]
    rows = []
    for key, run in sorted(runs.items(), key=lambda item: (not item[0].startswith("default"), item[0])):
        figure = Figure(**run["figures"]["same_scene/clip/vtc/t2v/r1"])
        rows.append(replace(figure, name=key))
    clips = next(iter(runs.values()))["cost"]["clips"]
    return "\n".join(
        [
            f"{cost['clips']:,} clips in {cost['seconds'] / 60:.1f} minutes on {machine['cores']} cores of a "
            f"{machine['cpu']} (`{' '.join(motion['stamp']['command'])}`, from scratch, seed "
            f"{motion['stamp']['seeds']['run']}):",
            "",
            figures_table(shown, "markdown"),
            "",
            "Which words it understands, on held-out clips of one phase whose captions differ in one fact (VTC):",
            "",
            figures_table([Figure(**figure) for figure in _read("words.json")["figures"]], "markdown"),
            "",
            "The sense of a rotation is not learnt in so short a run. Runs of the same budget on other clips, each "
            "asked for held-out clips of its own kind (R@1 among eight of the same objects and background, VTC):",
            "",
            figures_table(other_runs(), "markdown"),
            "",
            "So groups of a motion and its twins, which differ in little, are harder to tell apart, and training "
            "on them does not teach the sense of a rotation in this budget either.",
            "",
            f"What mattered, after {clips:,} clips: R@1 among eight clips of the same object and background (VTC).",
            "",
            figures_table(rows, "markdown"),
            "",
            "Muon is what makes so short a run possible. Neither the groups nor the two other losses help the "
            "contrastive figure here, and with Muon the usual initial weights do as well: a few points are noise. "
            "The measured motion in the first layer was chosen in earlier trials that are not among these files.",
            "",
            "Captions against pixels: clips whose drawn mattes measure as their captions say.",
            "",
            figures_table(agreement(_read("facts_check.json")), "markdown"),
            "",
            "What making clips costs, as ratios of CPU time within one run (two objects, 16 x 224 x 224):",
            "",
            costs(_read("benchmark_data.json")),
            "",
        ]
    )


def other_runs() -> list[Figure]:
    """The full vocabulary, and groups of twins; for these also the sense of a rotation on the usual clips."""
    runs = {
        "the full vocabulary (`--vocabulary full`)": "pretrain_full.json",
        "groups of a motion and its twins (`--members twins`)": "pretrain_twins.json",
    }
    rows = [
        replace(Figure(**_read(file)["trained"]["figures"]["same_scene/clip/vtc/t2v/r1"]), name=name)
        for name, file in runs.items()
    ]
    sense = Figure(**_read("words_twins.json")["figures"][-1])
    return [*rows, replace(sense, name=f"  the latter: {sense.name}")]


def agreement(facts: dict) -> list[Figure]:
    """Rows of the table that holds captions against pixels."""
    counts = {"all clips": (facts["agree"], facts["examples"])}
    counts |= {f"  {name}": (one["agree"], one["examples"]) for name, one in facts["kinds"].items()}
    rows = []
    for name, (agree, examples) in counts.items():
        found = share_interval(agree, examples)
        rows.append(
            Figure(
                f"{name}: {agree:,} of {examples:,}", found.mean, found.low, found.high, None, "percent", examples, 1
            )
        )
    return rows


#: Ratio in the benchmark's file -> what it says, and what we hold ourselves to.
COSTS = {
    "pil_to_ours": ("naive PIL compositing / ours", "at least 9"),
    "ours_to_floor": ("our compositing / floor (copy the clip, touch the covered pixels)", "at most 15"),
    "decode_to_cache": ("decoding 16 frames of 480p / fetching them from the cache", "at least 30"),
    "ingest_to_decode_only": ("writing the cache / decoding alone", "at most 1.5"),
    "decode_each_to_ours": ("loader that decodes each sample / ours", "at least 20"),
    "ours_to_stored_raw": ("our loader / loader of stored raw clips", "at most 1.8"),
}


def costs(benchmark: dict) -> str:
    """The table of ratios; `generate` with all that a recipe does besides is the last row."""
    loader = benchmark["loader"]
    whole = loader["decode_each_ms"] / loader["full_recipe_ms"]
    rows = [(what, f"{benchmark['ratios'][key]:.1f}", goal) for key, (what, goal) in COSTS.items()]
    rows.append(
        (
            "loader that decodes each sample / ours with all that a recipe does (words, motion, facts, caption)",
            f"{whole:.1f}",
            "",
        )
    )
    lines = ["| | ratio | goal |", "| --- | ---: | --- |", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines)


def main() -> None:
    """Rewrite or check."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    readme = ROOT / "README.md"
    before, _, rest = readme.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    motion, control = _read("pretrain_motion.json"), _read("pretrain_spatial.json")
    shown = headline(motion, control["trained"])
    text = before + BEGIN + render(motion, shown) + END + after
    card = model_card(motion, figures_table(shown))
    for file, wanted in ((readme, text), (ROOT / "model_cards" / "locomotion.md", card)):
        if not args.check:
            file.write_text(wanted)
        elif not file.exists() or wanted != file.read_text():
            sys.exit(f"{file.name} does not show the committed results; run python scripts/render_results.py")


if __name__ == "__main__":
    main()
