"""What a run says of itself: the plan before, the figures after, and the files that keep them."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from locomotion_hf.captions import Wording
from locomotion_hf.cards import model_card
from locomotion_hf.dataset import Recipe, generate, generate_many
from locomotion_hf.dataset.assets import Assets
from locomotion_hf.dataset.export import export_sample
from locomotion_hf.evaluation import compare, figures_table, gain, motion_benchmark, stamp, write_results
from locomotion_hf.evaluation.embedders import LocoMotionEmbedder
from locomotion_hf.evaluation.figures import Figure
from locomotion_hf.evaluation.protocol import command_line
from locomotion_hf.modeling import LocoMotionForPreTraining, LocoMotionProcessor
from locomotion_hf.randomness import Split
from locomotion_hf.training.arguments import DECISIVE, PretrainingArguments
from locomotion_hf.types import Example

#: The held-out clips are the same whatever the seed of the run, so that runs can be paired. Seed 1 served to choose
#: the settings; the clips of seed 2 were first looked at when they were chosen.
EVALUATION_SEED, BOOTSTRAP_SEED = 2, 0
#: Clips that share a scene, or a noun, in the evaluation sets.
EVALUATION_GROUP = 8
#: Rows of the sample folder.
SAMPLE_ROWS: dict[Split, int] = {"train": 32, "validation": 16}
#: The figures of the run trained on spatial captions: in the clone that this package is installed from.
CONTROL_FILE = Path(__file__).parents[3] / "results" / "pretrain_spatial.json"


def held_out_sets(recipe: Recipe, groups: int, wording: Wording = "plain") -> dict[str, list[Example]]:
    """The two evaluation sets of `motion_benchmark`, on objects and backgrounds that training never saw.

    Args:
        recipe: of the run; its resolution and asset folders are kept.
        groups: groups of 8 clips in each set.
        wording: of the questions; every run is asked in plain words unless told otherwise.
    """
    base = replace(recipe, seed=EVALUATION_SEED, group_size=EVALUATION_GROUP, wording=wording)
    return {
        "minimal": _groups(
            replace(base, group_shares="background"), groups, lambda e: (e.object_ids, e.background_id)
        ),
        "noun": _groups(replace(base, group_shares="object"), groups, lambda e: e.noun),
    }


def _groups(recipe: Recipe, count: int, shared: Callable[[Example], Hashable]) -> list[Example]:
    """The first `count` groups of the validation split that share a new thing, or repeat one when there is no new."""
    chosen: dict[int, None] = {}
    seen: set[Hashable] = set()
    for group in range(20 * count):
        thing = shared(generate(recipe, "validation", group * recipe.group_size))
        if thing not in seen:
            seen.add(thing)
            chosen[group] = None
        if len(chosen) == count:
            break
    chosen |= dict.fromkeys(range(count))
    indices = (g * recipe.group_size + member for g in list(chosen)[:count] for member in range(recipe.group_size))
    return generate_many(recipe, "validation", indices)


class Report:
    """Talks to the user, evaluates, and writes what the run leaves.

    Args:
        args: of the run.
        say: prints one line, on the main process only.
        control: figures of the spatial control; None takes the committed ones, if they are of the same clips.
    """

    def __init__(
        self, args: PretrainingArguments, say: Callable[..., None], control: Mapping[str, Any] | None = None
    ) -> None:
        self.args, self.say, self.control = args, say, control
        self.held_out = True

    def plan(self, recipe: Recipe, assets: Assets) -> None:
        """Say what the clips are made of, and which files cannot be used."""
        skipped = assets.skipped
        self.held_out = all(
            infos["train"] != infos["validation"] for infos in (assets.object_infos, assets.background_infos)
        )
        for file, reason in list(skipped.items())[:10]:
            self.say(f"  skipped {file}: {reason}")
        if skipped:
            listed = Path(self.args.output_dir) / "skipped.txt"
            listed.write_text("".join(f"{file}: {reason}\n" for file, reason in skipped.items()), encoding="utf-8")
            self.say(f"Skipped {len(skipped)} files that cannot be used; all are listed in {listed}.")
        counts = {
            kind: ", ".join(f"{len(infos[split])} {split}" for split in infos)
            for kind, infos in (("objects", assets.object_infos), ("backgrounds", assets.background_infos))
        }
        self.say(
            f"Clips of {recipe.resolution} px, made while training; objects: {counts['objects']}; "
            f"backgrounds: {counts['backgrounds']}; captions: {self.args.captions}."
        )

    def evaluate(
        self,
        model: LocoMotionForPreTraining,
        processor: LocoMotionProcessor,
        sets: Mapping[str, list[Example]],
        top_k: int,
    ) -> dict[str, Any]:
        """All figures of the model as it is now; always asked in motion captions."""
        embedder = LocoMotionEmbedder(model, processor)
        return motion_benchmark(embedder, sets, seed=BOOTSTRAP_SEED, top_k=top_k)

    def write(
        self,
        folder: Path,
        model: LocoMotionForPreTraining,
        processor: LocoMotionProcessor,
        recipe: Recipe,
        sets: Mapping[str, list[Example]],
        before: dict[str, Any],
        after: dict[str, Any],
        cost: Mapping[str, float],
        settings: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Write the model, its card, its results and the data sample; print the table and the paths."""
        model.save_pretrained(folder)
        processor.save_pretrained(folder)
        ids = [example.id for examples in sets.values() for example in examples]
        results = {
            "stamp": stamp(
                seeds={"run": self.args.seed, "evaluation": EVALUATION_SEED, "bootstrap": BOOTSTRAP_SEED},
                num_frames=model.config.video_config.num_frames,
                sampling="evenly spaced over the clip, first and last included",
                resolution=recipe.resolution,
                precision="float32",
                queries=ids,
                candidates=ids,
            ),
            "settings": {
                name: command_line([value])[0] if isinstance(value, str) else value
                for name, value in settings.items()
            },
            "held_out": self.held_out,
            "cost": dict(cost),
            "trained": after,
            "step_0": before,
            "gain_over_step_0": compare(after, before, seed=BOOTSTRAP_SEED),
        }
        write_results(folder / "results.json", results)
        control = self.control or spatial_control(results) if self.args.captions == "caption" else None
        table = figures_table(headline(results, control))
        (folder / "README.md").write_text(model_card(results, table), encoding="utf-8")
        self.say(f"\n{table}\n")
        if control is None and self.args.captions == "caption":
            self.say("There is no spatial control for these clips; --with_control trains one.\n")
        paths = [f"{folder}/  (model, processor, card, results.json, train_log.jsonl)"]
        if self.args.sample_dir:
            sample = Path(self.args.sample_dir)
            export_sample(replace(recipe, resolution=Recipe.resolution), SAMPLE_ROWS, sample)
            paths.append(f"{sample}/  (Parquet with the clips as mp4, and a card)")
        used = f", MFU {100 * cost['mfu']:.0f} %" if "mfu" in cost else ""
        self.say(
            f"{cost['clips']:,} clips in {cost['seconds'] / 60:.1f} minutes "
            f"({cost['clips_per_second']:.0f} a second, {100 * cost['data_stall']:.0f} % waiting for data{used}). "
            "Wrote:"
        )
        for path in paths:
            self.say(f"  {path}")
        return results


def spatial_control(results: Mapping[str, Any]) -> dict[str, Any] | None:
    """The committed figures of the run trained on spatial captions, if it is the same run on the same clips."""
    if not CONTROL_FILE.exists():
        return None
    control = json.loads(CONTROL_FILE.read_text())
    # A setting that the file does not name came later; its default is what was done before.
    settings = {**asdict(PretrainingArguments()), **control["settings"]}
    same = all(settings[name] == results["settings"][name] for name in DECISIVE)
    return control["trained"] if same and control["trained"]["sets"] == results["trained"]["sets"] else None


def headline(results: Mapping[str, Any], control: Mapping[str, Any] | None) -> list[Figure]:
    """The rows that the main job prints: the figures, those of the control, and the gains.

    Args:
        results: with `trained` and `step_0`, from `motion_benchmark`.
        control: of the run trained on spatial captions, on the same clips.
    """
    trained, before = results["trained"], results["step_0"]
    tasks = ("gallery", "same_noun", "same_scene")
    with_vtm = "gallery/clip/vtm/t2v/r1" in trained["figures"]
    scorings = ("vtc", "vtm") if with_vtm else ("vtc",)
    rows = [Figure(**trained["figures"][f"{task}/clip/{how}/t2v/r1"]) for task in tasks for how in scorings]
    rows += [Figure(**trained["figures"][f"{task}/one_frame/vtc/t2v/r1"]) for task in tasks]

    def gained(other: Mapping[str, Any], task: str, over: str) -> Figure:
        key = f"{task}/clip/vtc/t2v/r1"
        figure = gain(trained, key, other, key, seed=BOOTSTRAP_SEED)
        return replace(figure, name=f"  gain over {over}: {figure.name}")

    rows += [gained(before, task, "step 0") for task in tasks]
    if control:
        for task in tasks:
            figure = Figure(**control["figures"][f"{task}/clip/vtc/t2v/r1"])
            rows.append(replace(figure, name=f"spatial control: {figure.name}"))
        rows += [gained(control, task, "the spatial control") for task in tasks]
    return rows
