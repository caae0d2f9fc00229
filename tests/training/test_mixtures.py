"""Mixtures, curricula and caption kinds: every clip is a function of its index, shares are exact, groups whole."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from locomotion_hf.captions import parse
from locomotion_hf.corpora import Corpus, CorpusRow, open_corpus
from locomotion_hf.dataset import Recipe, generate
from locomotion_hf.dataset.export import export_sample
from locomotion_hf.errors import RecipeError, TrainingError
from locomotion_hf.modeling import LocoMotionProcessor, LocoMotionVideoProcessor, build_tokenizer
from locomotion_hf.training import PretrainingArguments
from locomotion_hf.training.caption_kinds import caption_of
from locomotion_hf.training.curriculum import read_curriculum, timetable
from locomotion_hf.training.data import StepBatches, SyntheticPairs, training_batches
from locomotion_hf.training.mixtures import MixedPairs, Source, open_mixture, prepared, read_mixture
from locomotion_hf.training.parts import read_parts
from locomotion_hf.video_writing import write_video

RECIPE = Recipe(resolution=32, group_size=4, vocabulary="linear")
CLIPS = 5


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Captioned videos; the captions of some are those of clips that are made."""
    home = tmp_path_factory.mktemp("my") / "videos"
    home.mkdir()
    lines = ["file_name,caption"]
    for number in range(CLIPS):
        frames = np.full((8, 40, 48, 3), 40 * number, np.uint8)
        write_video(home / f"{number}.mp4", frames, 8)
        caption = generate(RECIPE, "train", number).caption if number < 3 else f"somebody does {number}"
        lines.append(f'{number}.mp4,"{caption}"')
    (home / "train").mkdir()
    (home / "train" / "captions.csv").write_text("\n".join(lines) + "\n")
    for video in home.glob("*.mp4"):
        video.rename(home / "train" / video.name)
    return home


@pytest.fixture(scope="module")
def processor() -> LocoMotionProcessor:
    pixels = LocoMotionVideoProcessor(num_frames=8, size={"height": 32, "width": 32})
    return LocoMotionProcessor(pixels, build_tokenizer())


class Numbered:
    """Clips that say where they are from."""

    clip_shape = (1, 2, 2, 3)

    def __init__(self, name: str) -> None:
        self.name = name

    def __getitem__(self, index: int) -> dict:
        return {"text": f"{self.name} {index}"}


def test_shares_are_exact_and_groups_whole() -> None:
    shares = {"a": "0.7", "b": "0.2", "c": "0.1"}
    sources = [Source(Numbered(name), Fraction(share), counted=name != "a") for name, share in shares.items()]
    mixed, counts = MixedPairs(sources, 4), dict.fromkeys(shares, 0)
    worst = 0.0
    for group in range(1000):
        names, positions = zip(*(mixed[4 * group + k]["text"].split() for k in range(4)), strict=True)
        name = names[0]
        assert set(names) == {name}
        first = 4 * (group if name == "a" else counts[name])  # made by place in the run, or taken one after the other
        assert list(map(int, positions)) == list(range(first, first + 4))
        counts[name] += 1
        for which, share in shares.items():
            worst = max(worst, abs(counts[which] - float(share) * (group + 1)))
    assert worst < 2
    # Also of every fourth group, as one of four processes has them; and with no count from the start.
    for first in range(4):
        numbers = [mixed.place(4 * group)[0] for group in range(10**9 + first, 10**9 + 4000 + first, 4)]
        assert all(abs(numbers.count(k) - 1000 * float(share)) < 4 for k, share in enumerate(shares.values()))
    number, position = mixed.place(4 * 10**9)
    assert abs(position / 4 - 10**9 * float(list(shares.values())[number])) < 4 or number == 0


def test_without_options_clips_are_what_they_were() -> None:
    assert PretrainingArguments.mixture == "synth:1"
    mixed, plain = open_mixture("synth:1", RECIPE, "caption").pairs, SyntheticPairs(RECIPE, "caption")
    for index in (0, 5, 1003):
        one, example = mixed[index], generate(RECIPE, "train", index)
        assert np.array_equal(one.pop("frames"), example.frames)
        assert one == {"text": example.caption, "group": example.group, "scene": index // 4}
        assert one == {name: value for name, value in plain[index].items() if name != "frames"}
    args = PretrainingArguments()
    assert (Recipe.num_frames - 1) / args.seconds == Recipe.fps


def batches(mixture, processor, first, last, workers, rank=0):
    steps = StepBatches(8, first, last, rank, 2)
    device = torch.device("cpu")
    return list(training_batches(mixture.pairs, processor, steps, workers, device, foils=2, seed=3))


def test_a_run_goes_on_with_the_batches_it_would_have_had(folder: Path, processor: LocoMotionProcessor) -> None:
    text = f"synth:0.5,synth[backdrop=black]:0.25,{folder}:0.25"
    options = {"curriculum": "linear:0.5,full[max_objects=1]:1", "max_steps": 4, "clips_a_step": 16}
    whole = batches(open_mixture(text, RECIPE, "caption", **options), processor, 0, 4, 0)
    # Begun again at step 2, by a worker process this time.
    again = batches(open_mixture(text, RECIPE, "caption", **options), processor, 2, 4, 1)
    other = batches(open_mixture(text, RECIPE, "caption", **options), processor, 2, 3, 0, rank=1)
    assert len(again) == 2
    for one, two in zip(whole[2:], again, strict=True):
        assert one.keys() == two.keys()
        assert all(torch.equal(one[name], two[name]) for name in one)
    assert one["pixel_values_videos"].shape == (8, 8, 3, 32, 32)
    assert one["negative_input_ids"].shape[:2] == (8, 2)
    made = [{scene for scene in batch["scene_ids"].tolist() if scene < 100} for batch in (whole[2], other[0])]
    assert made[0]
    assert made[1]
    assert not made[0] & made[1]
    seen = torch.cat([batch["pixel_values_videos"] for batch in whole]).flatten(1).std(1)
    assert (seen > 0.05).sum() > 16  # made while training
    assert len(whole) == 4


def test_equal_captions_are_positives_across_sources(folder: Path) -> None:
    pairs = open_mixture(f"synth:1,{folder}:1", RECIPE, "caption").pairs
    made = {row["text"]: row for row in (SyntheticPairs(RECIPE, "caption")[index] for index in range(3))}
    real = [row for row in map(pairs.sources[1].pairs.__getitem__, range(CLIPS))]
    assert len({row["group"] for row in real}) == len({row["text"] for row in real}) == CLIPS
    alike = [row for row in real if row["text"] in made]
    assert len(alike) == 3
    for row in alike:
        assert row["group"] == made[row["text"]]["group"]
        assert row["scene"] != made[row["text"]]["scene"]


def corpus(*rows: CorpusRow) -> Corpus:
    return Corpus("few", "train", rows, lambda id: b"")


def test_groups_of_a_corpus() -> None:
    caption = "A teapot moves slowly upwards while rotating clockwise"
    rows = [
        CorpusRow("1", (caption,), "1"),
        CorpusRow("2", ("Somebody Sits",), "somebody sits"),
        CorpusRow("3", ("one", "two"), "3"),
        CorpusRow("4", ("Letting a ball fall",), "letting something fall", scene="room"),
    ]
    done = prepared(corpus(*rows), "caption", 2)
    signature = parse(caption).timed.signature
    assert [row.group for row in done.rows] == [signature, "somebody sits", "few: 3", "letting something fall"]
    assert [row.scene for row in done.rows] == ["part 2: 1", "part 2: 2", "part 2: 3", "part 2: room"]
    told = prepared(corpus(rows[0]), "translation_caption", 0).rows[0]
    assert told.texts == ("A teapot moves slowly upwards",)
    assert told.group == parse(told.texts[0]).timed.signature
    assert prepared(corpus(rows[0]), "spatial_caption", 0).rows[0].texts == ("A teapot",)
    expected = r"--captions spatial_caption, and in few: 'Somebody Sits'.*our own grammar.*leave this part out"
    with pytest.raises(TrainingError, match=expected):
        prepared(corpus(*rows), "spatial_caption", 0)


def test_a_released_dataset_keeps_its_contrast_groups(tmp_path: Path) -> None:
    export_sample(RECIPE, {"train": 8, "validation": 4}, tmp_path / "released")
    pairs = open_mixture(f"{tmp_path / 'released'}:1", RECIPE, "caption").pairs
    rows = [pairs[index] for index in range(16)]
    for first in range(0, 16, 4):
        assert len({row["scene"] for row in rows[first : first + 4]}) == 1
    assert len({row["scene"] for row in rows}) == 2
    groups = {example.group for example in (generate(RECIPE, "train", index) for index in range(8))}
    assert {row["group"] for row in rows} == groups
    assert len(open_corpus(f"hf:{tmp_path / 'released'}", "train")) == 8


@pytest.mark.parametrize("wording", ["plain", "forms", "verbs"])
def test_what_captions_leave_out(wording: str) -> None:
    recipe = replace(RECIPE, vocabulary="full", wording=wording)
    turning = 0
    for index in range(12):
        facts = generate(replace(recipe, resolution=16), "train", index).facts
        rng = np.random.default_rng(index)
        text, group = caption_of(facts, "translation_caption", wording, rng)
        whole = caption_of(facts, "caption", wording, np.random.default_rng(index))[1]
        assert whole == facts.signature
        turning += group != whole
        if wording != "verbs":
            assert parse(text).timed.signature == group
        for one in facts.objects:
            text = text.replace(one.noun, "")
        assert not any(word in text for word in ("rotat", "spin", "roll", "twirl", "tumbl", "pivot")), text
        text, group = caption_of(facts, "spatial_caption", wording, rng)
        assert sorted(one.noun for one in facts.objects) == group.split("; ")
        assert "move" not in text
    assert turning > 2


def test_a_curriculum_is_a_function_of_the_step() -> None:
    phases = read_curriculum("linear:0.3,full[max_objects=1]:0.5,full:1")
    table = timetable(phases, RECIPE, 10, 8, {"backdrop": "black"})
    assert [first for first, _ in table] == [0, 24, 40]
    assert [(one.vocabulary, one.max_objects) for _, one in table] == [("linear", 4), ("full", 1), ("full", 4)]
    assert {one.backdrop for _, one in table} == {"black"}
    pairs = SyntheticPairs(table[0][1], "caption", table[1:])
    assert [pairs.recipe_at(index) for index in (0, 23, 24, 39, 40, 10**9)] == [
        table[which][1] for which in (0, 0, 1, 1, 2, 2)
    ]
    assert np.array_equal(pairs[41]["frames"], generate(table[2][1], "train", 41).frames)
    # No phase, a phase of no step, and a vocabulary of a part's own.
    assert timetable((), RECIPE, 10, 8, {}) == [(0, RECIPE)]
    assert len(timetable(phases, RECIPE, 1, 8, {})) == 1
    assert len(timetable(read_curriculum("linear:0.5,full:1"), RECIPE, 10, 8, {"vocabulary": "full"})) == 1


def test_parts() -> None:
    parts = read_parts("mixture", "synth:.7, synth[backdrop=black,max_objects=2]:2,hf:a/b?config=c:0.1,~/d/:1")
    assert [part.name for part in parts] == ["synth", "synth", "hf:a/b?config=c", "~/d/"]
    assert [part.number for part in parts] == [Fraction(7, 10), 2, Fraction(1, 10), 1]
    assert parts[1].settings == {"backdrop": "black", "max_objects": 2}
    for text in ("synth", "synth:0", "synth:1,", "synth:-1", ":1"):
        with pytest.raises(TrainingError, match=r"--mixture has .*NAME:NUMBER.*write for example"):
            read_mixture(text)
    for setting in ("seed=1", "max_objects=many", "backdrop"):
        with pytest.raises(TrainingError, match=r"--mixture sets .* for a part.*one of objects, backgrounds"):
            read_mixture(f"synth[{setting}]:1")
    with pytest.raises(TrainingError, match=r"settings for physics: backdrop.*leave them out"):
        read_mixture("physics[backdrop=black]:1")
    for text in ("linear:0.5", "full:1,linear:0.5", "linear:1,full:1", "square:1", "full[vocabulary=linear]:1"):
        with pytest.raises(TrainingError, match=r"--curriculum .*linear or full.*the last 1"):
            PretrainingArguments(curriculum=text)
    with pytest.raises(RecipeError, match="backdrop='blue'"):
        open_mixture("synth[backdrop=blue]:1", RECIPE, "caption")
    for name, value in {"mixture": "synth", "seconds": 20, "foils": -1}.items():
        with pytest.raises(TrainingError, match=name):
            PretrainingArguments(**{name: value})
