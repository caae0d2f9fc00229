"""The true path on tiny models with random weights: what they make is noise, and what is tested is the machinery."""

import json
import multiprocessing
import os
import runpy
import shutil
import signal
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny_models
from PIL import Image

from locomotion_hf.assets.diffusion.making import BLACK, UNLIKE, Painter, fill, make_objects, summary
from locomotion_hf.assets.diffusion.matting import BORDER, NOTHING, SMALL
from locomotion_hf.assets.diffusion.prompts import request
from locomotion_hf.assets.diffusion.segmenters import load_segmenter
from locomotion_hf.assets.diffusion.settings import ObjectSettings
from locomotion_hf.assets.diffusion.tree import ObjectTree
from locomotion_hf.assets.folder import FolderObjects
from locomotion_hf.errors import AssetError, OutputError

SCRIPT = Path(__file__).parents[3] / "dataset_scripts/make_objects.py"
#: Of noise and random weights: about in the middle.
MIN_CLIP = -0.3
NOUNS = "teapot\nalarm clock\nbow_(weapon)\n"


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Folders of the three models."""
    root = tmp_path_factory.mktemp("models")
    return {
        "model": tiny_models.stable_diffusion(root / "pipeline"),
        "segmenter_model": tiny_models.clipseg(root / "clipseg"),
        "clip_model": tiny_models.clip(root / "clip"),
    }


def loose(models, root):
    """Six images of each of three nouns, in batches of four and two; loose filters, so that some are kept."""
    (root / "nouns.txt").write_text(NOUNS)
    return ObjectSettings(
        **models,
        nouns=str(root / "nouns.txt"),
        output_dir=str(root / "tree"),
        licence="test noise",
        num_images=6,
        templates=["one {noun}", "{noun}, side"],  # the tiny tokenizer spends a token on each letter
        num_inference_steps=1,
        guidance_scale=0.0,
        size=64,
        min_area=0.08,
        allow_border=True,
        min_clip_score=MIN_CLIP,
    )


@pytest.fixture
def settings(models, tmp_path):
    return loose(models, tmp_path)


@pytest.fixture(scope="module")
def painted(models, tmp_path_factory):
    """The tree of `settings`, made without interruption: path -> bytes."""
    whole = loose(models, tmp_path_factory.mktemp("whole"))
    make_objects(whole)
    return files(Path(whole.output_dir))


def files(root):
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def lines(tree):
    return [json.loads(line) for line in tree["manifest.jsonl"].splitlines()]


def test_the_tree_is_what_its_manifest_says(painted, settings):
    rows = lines(painted)
    assert [(row["entry"], row["number"]) for row in rows] == [
        (entry, number) for entry in ("teapot", "alarm_clock", "bow_(weapon)") for number in range(6)
    ]
    assert {row["noun"] for row in rows} == {"teapot", "alarm clock", "bow"}
    pictures = {name for name in painted if name.endswith(".png")}
    assert {row["file"] for row in rows} - {None} == pictures
    assert set(painted) - pictures == {"manifest.jsonl", "settings.json"}
    assert 3 <= len(pictures) < len(rows)  # some are kept, some are not
    for row in rows:
        expected = request(row["entry"], row["number"], 0, settings.templates)
        assert (row["prompt"], row["seed"]) == (expected.prompt, expected.seed)
        assert (row["rejected"] is None) == (row["file"] == expected.file)
        assert (row["model"], row["licence"], row["steps"], row["guidance"]) == (settings.model, "test noise", 1, 0)
        assert row["segmenter"] == f"clipseg {settings.segmenter_model}"
        assert row["revision"] is None  # a folder has none
        assert (row["rejected"] == UNLIKE) == (row["clip_score"] is not None and row["clip_score"] < MIN_CLIP)


def test_the_folder_source_reads_the_tree(painted, tmp_path):
    for name, data in painted.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    source = FolderObjects(tmp_path)
    assert source.skipped == {}
    assert {info.id: info.noun for info in source.infos} == {
        r["file"]: r["noun"] for r in lines(painted) if r["file"]
    }
    for info in source.infos:
        stored = np.asarray(Image.open(tmp_path / info.id))
        assert np.array_equal(source.load(info.id).rgba, stored)  # tight as it is


def test_a_second_run_makes_nothing_and_loads_nothing(painted, settings):
    tree = make_objects(settings)
    assert files(Path(settings.output_dir)) == painted
    kept = sum(name.endswith(".png") for name in painted)
    assert (tree.kept, tree.rejected.total()) == (kept, 18 - kept)
    assert summary(tree).startswith(f"{kept} of 18 images kept; turned down: ")
    model = Path(settings.model)
    elsewhere = model.rename(model.with_name("elsewhere"))
    try:
        again = make_objects(settings)
    finally:
        elsewhere.rename(model)
    assert (again.kept, again.rejected) == (tree.kept, tree.rejected)


def die_at(event, settings):
    """Make the tree, and be killed just before the `event`-th time that a file or folder of it is touched."""
    seen = 0

    def hook(name, args):
        nonlocal seen
        if name in ("open", "os.rename", "os.mkdir") and str(args[0]).startswith(settings.output_dir):
            seen += 1
            if seen == event:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    make_objects(settings)


@pytest.mark.resume
def test_killed_at_any_moment_it_ends_in_the_same_tree(painted, settings):
    """Between a file and its place, a picture and its line, one line and the next: SIGKILL, and start again."""
    fork = multiprocessing.get_context("fork")
    for event in (1, 2, 3, 6, 7, 8, 12, 13):
        process = fork.Process(target=die_at, args=(event, settings))
        process.start()
        process.join()
        assert process.exitcode == -signal.SIGKILL
    left = files(Path(settings.output_dir))
    assert 0 < left["manifest.jsonl"].count(b"\n") < 18
    make_objects(settings)
    assert files(Path(settings.output_dir)) == painted


@pytest.mark.parametrize("lost", [1, 2000])
def test_what_a_killed_run_may_leave_is_mended(painted, settings, lost):
    """A manifest cut anywhere, pictures without a line, and a picture half written."""
    root = Path(settings.output_dir)
    for name, data in painted.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data[:-lost] if name == "manifest.jsonl" else data)
    (root / "teapot" / ".1.png.77.partial").write_bytes(b"half")
    make_objects(settings)
    assert files(root) == painted


def test_any_image_can_be_made_again_alone(painted, settings):
    """By its line only, with the pipeline as a user would load it."""
    import torch
    from diffusers import AutoPipelineForText2Image

    row = next(row for row in lines(painted) if row["file"] and row["number"] == 2)
    pipeline = AutoPipelineForText2Image.from_pretrained(row["model"])
    picture = pipeline(
        row["prompt"],
        num_inference_steps=row["steps"],
        guidance_scale=row["guidance"],
        height=row["height"],
        width=row["width"],
        generator=torch.Generator("cpu").manual_seed(row["seed"]),
    ).images[0]
    painter = Painter(settings, "cpu")
    batch = [request(row["entry"], number, 0, settings.templates) for number in range(4)]
    ours = np.asarray(painter(batch)[2]).astype(int)
    assert np.abs(ours - np.asarray(picture)).max() <= 1  # another batch, another rounding
    assert np.abs(ours - np.asarray(painter(batch)[1])).max() > 1


def test_more_nouns_and_images_may_follow_and_deleted_pictures_stay_away(painted, settings):
    few = replace(settings, num_images=4)
    Path(few.nouns).write_text("alarm clock\n")
    make_objects(few)
    root = Path(few.output_dir)
    first = next(path for path in sorted(root.rglob("*.png")))
    first.unlink()
    Path(few.nouns).write_text(NOUNS)
    make_objects(replace(settings, batch_size=4))
    missing = first.relative_to(root).as_posix()
    now = files(root)
    assert now.keys() == painted.keys() - {missing}
    assert {name: data for name, data in painted.items() if name.endswith(".png") and name != missing} == {
        name: data for name, data in now.items() if name.endswith(".png")
    }
    assert sorted(map(str, lines(now))) == sorted(map(str, lines(painted)))


def test_other_settings_are_refused_before_anything_is_loaded(settings):
    with pytest.raises(AssetError, match="cannot be loaded"):
        make_objects(replace(settings, model="gone"))  # nothing was made: the name may be mended
    tree = ObjectTree(settings.output_dir, settings.decisive)
    tree.add({"entry": "teapot", "number": 0, "file": None, "rejected": BLACK}, None)
    other = replace(settings, seed=1, licence="MIT", model="gone", num_images=2, batch_size=1, device="cpu")
    with pytest.raises(OutputError, match="was begun with other settings: ") as caught:
        make_objects(other)
    assert caught.value.seen.count(" was ") == 4  # the sentence, and three settings
    assert "licence was 'test noise', is 'MIT'" in caught.value.seen
    assert "settings.json has them" in caught.value.fix


def test_folders_that_are_no_tree(settings, tmp_path):
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "thesis.doc").touch()
    with pytest.raises(OutputError, match=r"tree is not empty, and was not made by this program.*To fix it: pass"):
        make_objects(settings)
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"file/tree cannot be written \(Not a directory\)"):
        make_objects(replace(settings, output_dir=str(tmp_path / "file" / "tree")))
    ObjectTree(tmp_path / "new", settings.decisive)
    (tmp_path / "new" / "manifest.jsonl").write_text('{"entry": "teapot"}\n')
    with pytest.raises(OutputError, match=r"Line 1 of .*manifest\.jsonl cannot be read"):
        make_objects(replace(settings, output_dir=str(tmp_path / "new")))


def test_known_pictures_get_known_verdicts(settings, tmp_path):
    """Discs on white in place of the pipeline, cut out by the plain background."""
    y, x = np.mgrid[:64, :64]
    white = np.full((64, 64, 3), 255, np.uint8)

    def disc(cx, cy, radius, into=white):
        return np.where((np.hypot(x - cx, y - cy) < radius)[..., None], np.uint8(40), into)

    pictures = [
        disc(32, 32, 16),
        disc(4, 4, 3, disc(36, 32, 16)),  # with a speck beside it
        disc(32, 32, 5),
        disc(32, 4, 16),
        white,
        np.zeros_like(white),
    ]
    seen = []

    def score(shown, texts):
        seen.extend(zip(shown, texts, strict=True))
        return [0.3, 0.1]

    wanted = replace(settings, segmenter="plain", segmenter_model="", batch_size=6, allow_border=False)
    wanted = replace(wanted, min_area=0.05, min_clip_score=0.2)
    tree = ObjectTree(tmp_path / "tree", wanted.decisive)
    fill(tree, wanted, ["teapot"], lambda batch: [*map(Image.fromarray, pictures)], load_segmenter("plain"), score)
    rows = lines(files(tmp_path / "tree"))
    assert [row["rejected"] for row in rows] == [None, UNLIKE, SMALL, BORDER, NOTHING, BLACK]
    assert [row["clip_score"] for row in rows] == [0.3, 0.1, None, None, None, None]
    assert [row["area"] for row in rows] == [
        pytest.approx(share, abs=0.01) for share in (0.196, 0.196, 0.019, 0.128, 0, 0)
    ]
    assert tree.kept == 1
    assert tree.rejected == {UNLIKE: 1, SMALL: 1, BORDER: 1, NOTHING: 1, BLACK: 1}
    (kept,) = (tmp_path / "tree" / "teapot").iterdir()
    rgba = np.asarray(Image.open(kept))
    assert rgba.shape == (31, 31, 4)
    assert (rgba[..., :3][rgba[..., 3] == 255] == 40).all()
    assert [(shown.size, text) for shown, text in seen] == [((31, 31), "a photo of one teapot")] * 2
    assert np.asarray(seen[0][0])[0, 0].tolist() == [127] * 3  # on grey


@pytest.mark.parametrize("make", [tiny_models.stable_diffusion_xl, tiny_models.flux])
def test_other_pipelines_and_their_own_defaults(settings, tmp_path, make):
    wanted = replace(settings, model=make(tmp_path / "other"), size=48, num_inference_steps=2, guidance_scale=None)
    painter = Painter(replace(wanted, dtype="bfloat16"), "cpu")
    assert str(painter._pipeline.dtype) == "torch.bfloat16"
    pictures = painter([request("teapot", number, 0, settings.templates) for number in range(2)])
    assert [(picture.mode, picture.size) for picture in pictures] == [("RGB", (48, 48))] * 2
    assert pictures[0].tobytes() != pictures[1].tobytes()


def test_an_option_that_is_left_out_is_left_to_the_pipeline(settings):
    batch = [request("teapot", 0, 0, settings.templates)]
    assert Painter(settings, "cpu")(batch)[0].size == (64, 64)
    assert Painter(replace(settings, size=None, num_inference_steps=None), "cpu")(batch)[0].size == (32, 32)


def test_models_that_make_no_pictures(settings, tmp_path):
    with pytest.raises(AssetError, match=r"nowhere cannot be loaded as a text-to-image pipeline \(.*To fix it: "):
        Painter(replace(settings, model=str(tmp_path / "nowhere")), "cpu")
    with pytest.raises(AssetError, match=r"clipseg cannot be loaded as a text-to-image pipeline"):
        Painter(replace(settings, model=settings.segmenter_model), "cpu")


def test_a_model_of_the_hub_is_named_with_its_commit(settings, tmp_path, monkeypatch):
    """From a cache as the Hub's client fills it, with no network."""
    import huggingface_hub.constants

    cached = tmp_path / "cache" / "models--someone--paints"
    commit = "0123456789abcdef0123456789abcdef01234567"
    shutil.copytree(settings.model, cached / "snapshots" / commit)
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text(commit)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    painter = Painter(replace(settings, model="someone/paints"), "cpu")
    assert painter.revision == commit
    batch = [request("teapot", 0, 0, settings.templates)]
    assert painter(batch)[0].tobytes() == Painter(settings, "cpu")(batch)[0].tobytes()


def test_a_pipeline_without_pictures(settings):
    painter = Painter(settings, "cpu")
    batch = [request("teapot", 0, 0, settings.templates)]
    painter._options["output_type"] = "latent"  # an output that holds tensors, no pictures
    with pytest.raises(AssetError, match=r"pipeline gave 0 pictures for 1 prompts.*Expected: .*To fix it: "):
        painter(batch)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"num_images": 0}, r"num_images=0\. Expected: 1 or more"),
        ({"seed": -1}, r"seed=-1"),
        ({"size": 4}, r"size=4"),
        ({"licence": " "}, r"licence is empty"),
        ({"templates": ["a teapot"]}, r"has no \{noun\}"),
        ({"max_area": 0.01}, r"max_area=0\.01"),
    ],
)
def test_settings_out_of_range(settings, change, message):
    with pytest.raises(AssetError, match=message):
        replace(settings, **change)


def test_the_script(settings, painted, monkeypatch, capsys):
    words = [f"--{name}={getattr(settings, name)}" for name in ("nouns", "model", "segmenter_model", "clip_model")]
    words += [
        "--templates",
        *settings.templates,
        "--size=64",
        "--num_images=6",
        "--num_inference_steps=1",
        "--guidance_scale=0",
        "--licence=test noise",
    ]
    words += [
        "--min_area=0.08",
        "--allow_border",
        f"--min_clip_score={MIN_CLIP}",
        f"--output_dir={settings.output_dir}",
    ]
    monkeypatch.setattr(sys, "argv", ["make_objects.py", *words])
    runpy.run_path(str(SCRIPT), run_name="__main__")
    assert "images kept; turned down: " in (said := capsys.readouterr().out)
    assert said.endswith(f"They are in {settings.output_dir}.\n")
    assert files(Path(settings.output_dir)) == painted
    monkeypatch.setattr(sys, "argv", ["make_objects.py", *words, "--seed=1"])
    with pytest.raises(SystemExit, match=r"OutputError: .* was begun with other settings: seed was 0, is 1\."):
        runpy.run_path(str(SCRIPT), run_name="__main__")
