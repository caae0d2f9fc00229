#!/usr/bin/env python
"""Write the README's tables and the model card from the committed results, so that no number is typed by hand.

python scripts/render_results.py           # the parts of README.md between marks; model_cards/locomotion.md
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
from locomotion_hf.probing import models_table
from locomotion_hf.probing.table import NAMES
from locomotion_hf.tables import aligned
from locomotion_hf.training.report import headline

sys.path.insert(0, str(Path(__file__).parent))
import laptop

ROOT = Path(__file__).parents[1]


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


def captions() -> str:
    """The Markdown on the verifier, the paraphrasers and their words."""
    verifier, said = _read("verifier.json"), _read("paraphrases.json")
    judged = verifier["groups"]
    rows = []
    for name, group in (("all", "all"), ("written for the test", "written"), ("written by a language model", "llm")):
        found = judged[group]
        wrong, right = found["accepted"] - found["accepted_and_right"], found["right"]
        precision, recall = found["precision"], found["recall"]
        rows.append(_share(f"precision, {name}: {wrong} wrong of {found['accepted']} accepted", precision))
        rows.append(_share(f"recall, {name}: of {right} right ones", recall))
    asked = []
    for one in said["language_model"]:
        name = f"{one['model'].split('.')[0]}, {one['prompt']}: {one['accepted']['count']} of {one['candidates']}"
        ranked = sorted(one["reasons"].items(), key=lambda item: -item[1]["count"])
        faults = ", ".join(f"{reason} {found['count']}" for reason, found in ranked[:6])
        asked.append(_share(f"{name} (faults: {faults})", {**one["accepted"], "mean": one["accepted"]["share"]}))
    lexicon, motions = said["lexicon"], said["lexicon_by_motion"]
    asked.append(_share(f"lexicon: {lexicon['sentences']:,} sentences", lexicon["accepted"]))
    return "\n".join(
        [
            f"The verifier against {judged['all']['pairs']} labelled pairs, {judged['llm']['pairs']} of them a "
            "language model's; all were labelled by reading. Those written for the test are new to it, on the others "
            "an earlier state was measured before (`scripts/check_verifier.py`):",
            "",
            figures_table(rows, "markdown"),
            "",
            "It is strict, and turns intricate English down.",
            "",
            f"{said['captions']} captions said in other words, and what share of the sentences is true:",
            "",
            figures_table(asked, "markdown"),
            "",
            f"The lexicon alone, on {motions['motions']} common motions of nouns of {motions['kinds']} kinds: of "
            f"{motions['asked_for']} sentences asked for, {motions['fewest']} or more are distinct and accepted, of "
            "every motion and kind. What the captions are made of:",
            "",
            _words(said["words"]),
            "",
            "Pre-training on plain captions or on suiting verbs (`--wording verbs`), 1,600 steps of 32 clips, seed 0 "
            "(`motion` and `verbs` of the laptop table below). "
            "Both are asked for the same held-out clips, worded three ways: R@1 among eight of one scene, VTC "
            "(`scripts/check_wording.py`).",
            "",
            figures_table([Figure(**figure) for figure in _read("wording.json")["figures"]], "markdown"),
            "",
        ]
    )


def probes(found: dict) -> str:
    """The Markdown on what the models use of a clip; without the galleries, and one side of each twin."""
    clips = next(iter(found["results"].values()))["clips"]
    shown = [key for key in NAMES if not key.startswith("gallery/") and not key.endswith("/clip")]
    return "\n".join(
        [
            f"{clips['count']} clips of the {clips['vocabulary']} vocabulary, {clips['scenes']} scenes of held-out "
            f"objects and backgrounds, {found['probes']}, by the embeddings "
            f"(`{' '.join(found['origin']['command'])}`). Percent with 95 % interval:",
            "",
            models_table(found["results"], "markdown", [*shown, "retrieval/clip"]),
            "",
        ]
    )


def _share(name: str, found: dict) -> Figure:
    return Figure(name, found["mean"], found["low"], found["high"], None, "percent", 1, 1)


def _words(sources: dict) -> str:
    """Words by source; the last two were typed for this package, to show a form, and measure no data set."""
    rows: list[tuple[str, list[str]]] = []
    for kind in ("noun", "verb", "adverb"):
        rows.append((f"{kind}s a caption", [f"{one['classes'][kind]['mean']:.2f}" for one in sources.values()]))
    drawn = [one["distinct_among"] for one in sources.values()]
    rows.append(("distinct among 50 verbs", [f"{one:.1f}" if one else "-" for one in drawn]))
    for name in ("motion verb", "direction", "speed", "rotation"):
        told = [one["statements"][name]["mean"] for one in sources.values()]
        rows.append((f"with a {name}", [f"{100 * one:.0f} %" for one in told]))
    heads = [f"{name} ({one['captions']:,})" for name, one in sources.items()]
    lines = [f"| | {' | '.join(heads)} |", f"| --- | {' | '.join('---:' for _ in heads)} |"]
    return "\n".join([*lines, *(f"| {name} | {' | '.join(cells)} |" for name, cells in rows)])


def model_costs(figures: dict) -> str:
    """The Markdown on what the model costs."""
    presets = figures["presets"]
    counts = sorted(map(int, next(iter(presets.values()))["gflop"]))
    table = [
        f"| | pixels | parameters | {' | '.join(f'T = {frames}' for frames in counts)} |",
        f"| --- | ---: | ---: | {' | '.join('---:' for _ in counts)} |",
    ]
    for name in ("tiny", "small", "base", "faithful"):
        work = [presets[name]["gflop"][str(frames)] for frames in counts]
        cells = [f"{one['step']:,.3g}" if one["step"] < 100 else f"{one['step']:,.0f}" for one in work]
        size = f"{presets[name]['millions']['all']:.1f} M"
        table.append(f"| `{name}` | {presets[name]['image_size']} | {size} | {' | '.join(cells)} |")
    rows = [
        (
            f"re-ranking at {frames} frames, {figures['texts']} texts a clip: each pair by itself / `score`",
            one["ratio"],
        )
        for frames, one in sorted(figures["reranking"].items(), key=lambda item: int(item[0]))
    ]
    ratios = [f"| {what} | {ratio:.1f} | |" for what, ratio in rows]
    names = {"unshared": "keys and values once a text / once a clip", "checkpointing": "checkpointing / none"}
    for one in figures["training"]:
        where = f"step of {one['model']}, batch {one['batch']}, {one['frames']} frames"
        for which, what in names.items():
            ratios.append(f"| {where}: {what} | {one['time_ratio'][which]:.2f} | {one['memory_ratio'][which]:.2f} |")
    for one in figures["encoding"]:
        where = f"encoding with {one['model']}, batch {one['batch']}, {one['frames']} frames"
        ratios.append(f"| {where}: compiled / not | {one['time_ratio']:.2f} | |")
    apart = max(one["difference"] for one in figures["reranking"].values())
    return "\n".join(
        [
            "Billions of floating-point operations of a training step for one clip with its text of "
            f"{figures['words']} words, by frames T (two for each multiply-add; three times the forward pass):",
            "",
            *table,
            "",
            "Ratios of CPU time and of peak memory, one thread, within one run; scores of re-ranking differ by at "
            f"most {apart:.0e}:",
            "",
            "| | time | memory |",
            "| --- | ---: | ---: |",
            *ratios,
            "",
        ]
    )


#: Of a clip, for classifiers of one frame.
_FRAMES = ("first", "middle", "last")


def physics(found: dict) -> str:
    """The Markdown on what tells opposed motions of the simulated clips apart, one of two."""
    rows = [("the one of two that is known from", "right", "95 % interval", "chance")]
    for name, one in (
        ("the noun", "noun"),
        *((f"the pixels of the {which} frame", f"pixels, {which} frame, linear") for which in _FRAMES),
        ("the true positions, frames shuffled", "state, all frames unordered, nearest"),
        ("the true positions, in order", "state, all frames in order, nearest"),
    ):
        pair = {key: 100 * value for key, value in found["accuracy"][one]["pair"].items()}
        # All of one value: pairs share their noun, so that no draw of scenes can change it.
        interval = "exact" if pair["low"] == pair["high"] else f"{pair['low']:.1f} to {pair['high']:.1f}"
        rows.append((name, f"{pair['mean']:.1f} %", interval, f"{100 * found['chance']['pair']:.0f} %"))
    return f"{aligned(rows, 'markdown')}\n"


def laptop_table(found: dict) -> str:
    """Pre-training by share of the simulated clips, the differences that the paper reports, and what is used."""
    summary = found["summary"]
    by_seeds: dict[str, list[str]] = {}
    for row in dict.fromkeys(one["pretraining"] for one in found["runs"]):
        seeds = sorted({one["seed"] for one in found["runs"] if one["pretraining"] == row})
        by_seeds.setdefault(", ".join(map(str, seeds)), []).append(row)
    told = "; ".join(f"{seeds} of {', '.join(rows)}" for seeds, rows in by_seeds.items())
    shown = [("v2t_r1", fraction) for fraction in (0.0, 0.05, 0.2)]
    gains = [
        one
        for one in summary["differences"]
        if one["pretraining"] in laptop.PRETRAINING and (one["paper"] or (one["figure"], one["fraction"]) in shown)
    ]
    rows = [("", "gain", "95 % interval", "each seed", "the paper, on SSv2-Template")]
    for one in gains:
        where = f"at {100 * one['fraction']:g} %" if one["fraction"] else "zero-shot"
        name = f"{laptop.FIGURES[one['figure']][1]} {where}: "
        each = ", ".join(f"{100 * value:+.1f}" for value in one["seeds"])
        paper = "" if one["paper"] is None else f"{one['paper']:+.1f}"
        interval = f"{100 * one['low']:+.1f} to {100 * one['high']:+.1f}"
        rows.append(
            (f"{name}{one['pretraining']} over {one['over']}", f"{100 * one['value']:+.1f}", interval, each, paper)
        )
    return "\n".join(
        [
            f"Means with 95 % intervals, bootstrapped over seeds and scenes (seeds {told}):",
            "",
            *(f"{laptop.table(summary, figure, 'markdown')}\n" for figure in laptop.FIGURES),
            aligned(rows, "markdown"),
            "",
            *_ablations(summary),
            "What these models use of a clip (`locomotion probe`): means over seeds, between the outermost bounds of "
            "any seed's 95 % interval. As pre-trained, of 256 made clips of held-out objects and backgrounds:",
            "",
            laptop.probes_table(summary, None, "markdown", (*laptop.PRETRAINING, "twins")),
            "",
            f"Fine-tuned on {100 * laptop.PROBED:g} %, of the benchmark's test clips:",
            "",
            laptop.probes_table(summary, laptop.PROBED, "markdown", (*laptop.PRETRAINING, "twins")),
            "",
        ]
    )


#: Probes of which the table of single changes tells.
_TOLD = {
    "retrieval/clip": "made clips",
    "twin/order/caption": "twin by order",
    "twin/rotation/caption": "twin by rotation",
}


def _ablations(summary: dict) -> list[str]:
    """Single changes of "motion": the gain over it on the benchmark, and what of a made clip is known then."""
    gains = {
        (one["pretraining"], one["fraction"]): one
        for one in summary["differences"]
        if one["over"] == "motion" and one["figure"] == "v2t_r1"
    }
    asked = {(one["pretraining"], one["probe"]): one for one in summary["probes"] if one["fraction"] is None}
    names = [name for name in laptop.ABLATIONS if any(key[0] == name for key in gains)]
    if not names:
        return []
    shares = [f"at {100 * part:g} %" if part else "zero-shot" for part in laptop.FRACTIONS]
    rows = [("", *shares, *_TOLD.values())]
    for name in names:
        found = [gains.get((name, part)) for part in laptop.FRACTIONS]
        gained = [
            f"{100 * one['value']:+.1f} [{100 * one['low']:+.1f}, {100 * one['high']:+.1f}]" for one in found if one
        ]
        rows.append((name, *gained, *(f"{100 * asked[name, probe]['value']:.1f}" for probe in _TOLD)))
    rows.append(
        ("motion", *("" for _ in shares), *(f"{100 * asked['motion', probe]['value']:.1f}" for probe in _TOLD))
    )
    return [
        "Single changes of `motion`, one seed: V2T R@1 gained over it on the benchmark, and as pre-trained, of made "
        "clips of the default kind, R@1 of the caption among its scene's and the share of two captions told apart:",
        "",
        aligned(rows, "markdown"),
        "",
    ]


def between(text: str, mark: str, wanted: str) -> str:
    """A text with the part between `<!-- mark -->` and `<!-- /mark -->` replaced."""
    begin, end = f"<!-- {mark} -->\n", f"<!-- /{mark} -->"
    before, _, rest = text.partition(begin)
    return before + begin + wanted + end + rest.partition(end)[2]


def main() -> None:
    """Rewrite or check."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    readme = ROOT / "README.md"
    motion, control = _read("pretrain_motion.json"), _read("pretrain_spatial.json")
    shown = headline(motion, control["trained"])
    blocks = {
        "captions": captions(),
        "results": render(motion, shown),
        "physics": physics(_read("physics.json")),
        "laptop": laptop_table(_read("laptop.json")),
        "probes": probes(_read("probes.json")),
        "model": model_costs(_read("model_figures.json")),
    }
    text = readme.read_text()
    for mark, wanted in blocks.items():
        text = between(text, mark, wanted)
    card = model_card(motion, figures_table(shown))
    for file, wanted in ((readme, text), (ROOT / "model_cards" / "locomotion.md", card)):
        if not args.check:
            file.write_text(wanted)
        elif not file.exists() or wanted != file.read_text():
            sys.exit(f"{file.name} does not show the committed results; run python scripts/render_results.py")


if __name__ == "__main__":
    main()
