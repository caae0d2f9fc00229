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
from locomotion_hf.training.report import headline

ROOT = Path(__file__).parents[1]
BEGIN, END = "<!-- results -->\n", "<!-- /results -->"


def _read(name: str) -> dict:
    return json.loads((ROOT / "results" / name).read_text())


def render(motion: dict, shown: list[Figure]) -> str:
    """The Markdown between the marks; `shown` are the rows of the main job."""
    cost, machine = motion["cost"], motion["stamp"]["machine"]
    facts, ablations = _read("facts_check.json"), _read("ablations.json")
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
            "The sense of a rotation is not learnt in so short a run.",
            "",
            f"What mattered, after {clips:,} clips: R@1 among eight clips of the same object and background (VTC).",
            "",
            figures_table(rows, "markdown"),
            "",
            "Muon is what makes so short a run possible. Neither the groups nor the two other losses help the "
            "contrastive figure here, and with Muon the usual initial weights do as well: a few points are noise. "
            "The measured motion in the first layer was chosen in earlier trials that are not among these files.",
            "",
            f"Captions against pixels: {facts['agree']:,} of {facts['examples']:,} generated clips measure as their "
            "captions say.",
            "",
        ]
    )


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
