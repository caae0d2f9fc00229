"""The whole main job, small: every joint is the real one, the model is only trained for a moment."""

import itertools
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_run import limited
from transformers import AutoModel, AutoModelForPreTraining, AutoProcessor

from locomotion_hf.dataset import Recipe
from locomotion_hf.errors import AssetError, OutputError, TrainingError
from locomotion_hf.evaluation.embedders import LocoMotionEmbedder
from locomotion_hf.training import PretrainingArguments, pretrain
from locomotion_hf.training.checkpoints import last_checkpoint
from locomotion_hf.training.data import StepBatches
from locomotion_hf.training.loop import configure
from locomotion_hf.training.optimizers import schedule
from locomotion_hf.training.report import Report, held_out_sets
from locomotion_hf.video_writing import write_video

SCRIPT = Path(__file__).parents[2] / "scripts" / "pretrain.py"
SMALL = PretrainingArguments(
    max_steps=3,
    per_device_train_batch_size=16,
    eval_groups=2,
    eval_top_k=4,
    dataloader_num_workers=0,
    save_steps=2,
)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    """One small run, and the folder it ran in."""
    home, before = tmp_path_factory.mktemp("run"), Path.cwd()
    os.chdir(home)
    try:
        return home, pretrain(SMALL)
    finally:
        os.chdir(before)


@pytest.fixture
def inside(done: tuple[Path, dict], monkeypatch: pytest.MonkeyPatch) -> dict:
    monkeypatch.chdir(done[0])
    return done[1]


def test_what_it_leaves(inside: dict) -> None:
    names = {path.name for path in Path("locomotion").iterdir()}
    assert {"config.json", "model.safetensors", "README.md", "results.json", "train_log.jsonl"} <= names
    assert not [name for name in names if name.startswith(("checkpoint-", "partial-"))]
    card = Path("locomotion/README.md").read_text()
    assert "unofficial" in card
    assert "same object and background" in card
    results = json.loads(Path("locomotion/results.json").read_text())
    assert results["trained"]["figures"] == inside["trained"]["figures"]
    assert results["stamp"]["seeds"]["run"] == 0
    assert len(Path("locomotion/train_log.jsonl").read_text().splitlines()) == 2
    assert (Path("locomotion_synth_sample") / "data").is_dir()


def test_auto_classes_load_it_with_the_same_numbers(inside: dict) -> None:
    whole, info = AutoModelForPreTraining.from_pretrained("locomotion", output_loading_info=True)
    assert not info["missing_keys"]
    assert not info["unexpected_keys"]
    model, info = AutoModel.from_pretrained("locomotion", output_loading_info=True)
    assert not info["missing_keys"]
    processor = AutoProcessor.from_pretrained("locomotion")
    sets = held_out_sets(Recipe(resolution=model.config.video_config.image_size, vocabulary=SMALL.vocabulary), 2)
    frames = [example.frames for example in sets["minimal"]]
    texts = [example.caption for example in sets["minimal"]]
    with torch.no_grad():
        inputs = processor(videos=frames, text=texts, return_tensors="pt")
        pixels, words = inputs.pop("pixel_values_videos"), dict(inputs)
        for one, other in (
            (model.eval().get_video_features(pixels), whole.eval().get_video_features(pixels)),
            (model.get_text_features(**words), whole.get_text_features(**words)),
        ):
            assert torch.equal(one.pooler_output, other.pooler_output)
    # The same numbers as in training: the run's own evaluation, done again from the files.
    again = Report(SMALL, print).evaluate(whole, processor, sets, SMALL.eval_top_k)
    assert again["ranks"] == inside["trained"]["ranks"]


def test_a_clip_and_its_reversal_differ(inside: dict) -> None:
    embedder = LocoMotionEmbedder(
        AutoModel.from_pretrained("locomotion"), AutoProcessor.from_pretrained("locomotion")
    )
    clip = held_out_sets(Recipe(resolution=64), 2)["minimal"][0].frames
    forwards, backwards = embedder.embed_videos([clip, np.ascontiguousarray(clip[::-1])])
    assert np.abs(forwards - backwards).max() > 1e-4


def test_nothing_is_overwritten_silently(inside: dict) -> None:
    stamp = Path("locomotion/model.safetensors").stat().st_mtime_ns
    with pytest.raises(OutputError, match=r"already holds a model.*--overwrite_output_dir"):
        pretrain(SMALL)
    assert Path("locomotion/model.safetensors").stat().st_mtime_ns == stamp


def figures_of(log: Path) -> list[dict]:
    """What the log holds, without what depends on the clock."""
    lines = map(json.loads, log.read_text().splitlines())
    return [{name: line[name] for name in line.keys() - {"clips_per_second", "data_stall"}} for line in lines]


def test_a_run_is_a_function_of_its_seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, done: tuple) -> None:
    monkeypatch.chdir(tmp_path)
    again = pretrain(replace(SMALL, sample_dir=""))
    assert again["trained"]["ranks"] == done[1]["trained"]["ranks"]
    log, old = (Path(p) / "locomotion" / "train_log.jsonl" for p in (tmp_path, done[0]))
    assert len(figures_of(log)) == 2
    assert figures_of(log) == figures_of(old)


def test_control_and_own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    (tmp_path / "videos").mkdir()
    for name in "ab":
        write_video(tmp_path / "videos" / f"{name}.mp4", rng.integers(0, 256, (30, 96, 128, 3), np.uint8), 12)
    (tmp_path / "videos" / "notes.mp4").write_text("not a video")
    args = replace(
        SMALL,
        backgrounds="videos",
        captions="spatial_caption",
        output_dir="control",
        sample_dir="",
        max_steps=1,
        eval_top_k=0,
    )
    results = pretrain(args)
    said = capsys.readouterr().out
    assert "skipped notes.mp4" in said
    assert "Skipped 1 files" in said
    assert results["settings"]["captions"] == "spatial_caption"
    assert "gallery/clip/vtm/t2v/r1" not in results["trained"]["figures"]


@pytest.mark.slow
def test_the_control_is_trained_once_and_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    args = replace(SMALL, max_steps=1, sample_dir="", eval_top_k=0, with_control=True)
    pretrain(args)
    assert "gain over the spatial control: T2V R@1, same noun" in capsys.readouterr().out
    control = Path("locomotion_spatial/results.json")
    assert json.loads(control.read_text())["settings"]["captions"] == "spatial_caption"
    written = control.stat().st_mtime_ns
    pretrain(replace(args, output_dir="again", with_control=False))
    assert "gain over the spatial control" not in capsys.readouterr().out
    Path("locomotion").rename("first")
    pretrain(args)
    assert "gain over the spatial control" in capsys.readouterr().out
    assert control.stat().st_mtime_ns == written


@pytest.mark.slow
def test_a_loss_can_be_switched_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    args = replace(SMALL, config_overrides="vtm_weight=0,mlm_weight=0", sample_dir="", eval_top_k=0, max_steps=1)
    pretrain(args)
    (line,) = map(json.loads, Path("locomotion/train_log.jsonl").read_text().splitlines())
    assert {name for name in line if name.startswith(("loss", "vtm", "mlm"))} == {"loss", "loss_vtc"}


@pytest.mark.slow
def test_adapters_are_trained_kept_and_merged(inside: dict) -> None:
    args = replace(SMALL, model_name_or_path="locomotion", lora=True, lora_rank=4, output_dir="adapted", max_steps=2)
    results = pretrain(replace(args, sample_dir="", eval_top_k=0))
    assert results["settings"]["lora_rank"] == 4
    merged = AutoModel.from_pretrained("adapted")
    adapted = AutoModel.from_pretrained("adapted/adapter")
    base = AutoModel.from_pretrained("locomotion")
    pixels = torch.rand(2, *(merged.config.video_config.num_frames, 3, 64, 64))
    with torch.no_grad():
        of_merged, of_adapted, of_base = (
            m.eval().get_video_features(pixels).pooler_output for m in (merged, adapted, base)
        )
    torch.testing.assert_close(of_merged, of_adapted, rtol=1e-4, atol=1e-5)
    assert (of_merged - of_base).abs().max() > 1e-4
    with pytest.raises(TrainingError, match="lora without model_name_or_path"):
        replace(SMALL, lora=True)


@pytest.mark.slow
def test_passes_and_an_average_go_through_the_whole_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    args = replace(SMALL, sample_dir="", eval_top_k=0, per_device_train_batch_size=8)
    results = pretrain(replace(args, gradient_accumulation_steps=2, ema_decay=0.9))
    assert results["cost"]["clips"] == 3 * 16
    assert results["settings"]["ema_decay"] == 0.9


def test_few_cut_outs_of_one_noun_are_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "objects" / "wooden_toy"
    folder.mkdir(parents=True)
    for number in range(3):
        rgba = np.zeros((60, 80, 4), np.uint8)
        rgba[10:50, 10 : 60 + 5 * number] = (200, 40 * number, 0, 255)
        rgba[10:30, 10:30] = 0
        Image.fromarray(rgba).save(folder / f"{number}.png")
    results = pretrain(replace(SMALL, objects="objects", sample_dir="", max_steps=1, eval_top_k=0))
    assert results["held_out"] is True
    assert set(results["trained"]["sets"]["noun"]["clusters"]) == {"wooden toy"}
    assert results["settings"]["objects"] == "objects"


def test_one_source_is_said_not_to_be_held_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "videos").mkdir()
    noise = np.random.default_rng(0).integers(0, 256, (30, 96, 128, 3), np.uint8)
    write_video(tmp_path / "videos" / "only.mp4", noise, 12)
    args = replace(SMALL, backgrounds=str(tmp_path / "videos"), sample_dir="", max_steps=1, eval_top_k=0)
    with pytest.warns(UserWarning, match="not held out"):
        results = pretrain(args)
    assert results["held_out"] is False
    assert "nothing could be held out" in Path("locomotion/README.md").read_text()
    assert str(tmp_path) not in Path("locomotion/results.json").read_text()


@pytest.mark.resume
def test_resuming_needs_the_same_settings_and_counts_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    args = replace(SMALL, sample_dir="", eval_top_k=0)
    with monkeypatch.context() as broken:  # everything is trained, and then nothing can be written
        broken.setattr(Report, "write", lambda *_, **__: {}["disk full"])
        with pytest.raises(KeyError):
            pretrain(args)
    assert last_checkpoint(Path("locomotion")).name == "checkpoint-3"
    with Path("locomotion/train_log.jsonl").open("a") as log:
        log.write('{"step": 9')  # half a line
    with pytest.raises(TrainingError, match=r"was trained with seed=0, this run has seed=7"):
        pretrain(replace(args, seed=7, resume_from_checkpoint=True))
    results = pretrain(replace(args, resume_from_checkpoint=True))
    assert results["cost"]["clips"] == 3 * 16
    assert results["cost"]["seconds"] > 0
    assert not list(Path("locomotion").glob("checkpoint-*"))


@pytest.mark.slow
def test_a_full_disk_at_the_end_leaves_the_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    args = replace(SMALL, sample_dir="", eval_top_k=0)
    with monkeypatch.context() as patched:  # the disk fills up after the last checkpoint
        whole = Report.write

        def write(*values: object, **named: object) -> dict:
            with limited(resource.RLIMIT_FSIZE, 100_000):
                return whole(*values, **named)

        patched.setattr(Report, "write", write)
        with pytest.raises(OutputError, match=r"could not be written to locomotion.*--resume_from_checkpoint"):
            pretrain(args)
    assert last_checkpoint(Path("locomotion")).name == "checkpoint-3"
    pretrain(replace(args, resume_from_checkpoint=True))
    AutoModel.from_pretrained("locomotion")


def test_a_filled_sample_folder_ends_before_any_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "busy").mkdir()
    (tmp_path / "busy" / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="holds other files"):
        pretrain(replace(SMALL, sample_dir="busy"))
    assert not (tmp_path / "locomotion").exists()


def test_batches_are_disjoint_over_processes_and_steps() -> None:
    drawn = [list(StepBatches(16, 2, 5, rank, 2)) for rank in range(2)]
    indices = [index for batches in drawn for batch in batches for index in batch]
    assert sorted(indices) == list(range(2 * 2 * 16, 5 * 2 * 16))
    assert list(StepBatches(16, 4, 5, 1, 2)) == drawn[1][2:]


def test_bad_places_and_folders_end_before_any_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"file/model cannot be written .* --output_dir"):
        pretrain(replace(SMALL, output_dir="file/model"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(AssetError, match="empty"):
        pretrain(replace(SMALL, backgrounds="empty"))
    with pytest.raises(OutputError, match="no checkpoint"):
        pretrain(replace(SMALL, resume_from_checkpoint=True, output_dir="new"))
    with pytest.raises(TrainingError, match="whole groups"):
        replace(SMALL, per_device_train_batch_size=12)


def test_learning_rate_rises_and_falls() -> None:
    args = PretrainingArguments(max_steps=100, warmup_ratio=0.1)
    rates = [schedule(step, args) for step in range(100)]
    assert rates[9] == max(rates) == 1
    assert rates[0] < rates[5] < rates[9]
    assert rates[99] < 0.02
    assert all(a >= b for a, b in itertools.pairwise(rates[10:]))


def test_settings_can_be_changed_by_name() -> None:
    config = configure("mlm_weight=0,text_config.initializer_range=.02,video_config.hidden_act=relu")
    assert config.mlm_weight == 0
    assert config.text_config.initializer_range == 0.02
    assert config.text_config.hidden_size == configure("").text_config.hidden_size
    assert config.video_config.hidden_act == "relu"
    for wrong in ("mlm_weight", "mlm_wait=0", "video_konfig.hidden_act=relu"):
        with pytest.raises(TrainingError, match="name=value, with a name of the configuration"):
            configure(wrong)


def launch(*arguments: str, processes: int = 1) -> list[str]:
    """The command line of a small run, as a user would type it."""
    several = ["--multi_gpu", "--num_processes", str(processes)] if processes > 1 else []
    options = "--max_steps 6 --per_device_train_batch_size 16 --eval_groups 2 --eval_top_k 0 --logging_steps 1"
    return [
        sys.executable, "-m", "accelerate.commands.launch", *several, str(SCRIPT), *options.split(),
        "--save_steps", "2", "--sample_dir", "", "--dataloader_num_workers", "0", *arguments,
    ]  # fmt: skip


def losses(folder: Path) -> dict[int, float]:
    lines = map(json.loads, (folder / "train_log.jsonl").read_text().splitlines())
    return {line["step"]: line["loss"] for line in lines}


@pytest.mark.resume
def test_a_killed_run_goes_on_as_if_nothing_had_happened(tmp_path: Path) -> None:
    subprocess.run(launch("--output_dir", "whole"), cwd=tmp_path, check=True, capture_output=True)
    process = subprocess.Popen(
        launch("--output_dir", "killed"), cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while last_checkpoint(tmp_path / "killed") is None and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert last_checkpoint(tmp_path / "killed")
    assert not (tmp_path / "killed" / "config.json").exists()
    refused = subprocess.run(
        launch("--output_dir", "killed"), cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "unfinished run" in refused.stderr
    subprocess.run(
        launch("--output_dir", "killed", "--resume_from_checkpoint"),
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    assert losses(tmp_path / "killed") == losses(tmp_path / "whole")
    shutil.rmtree(tmp_path / "killed")


@pytest.mark.distributed
def test_two_processes_train_together(tmp_path: Path) -> None:
    environment = {**os.environ, "ACCELERATE_USE_CPU": "1"}
    subprocess.run(
        launch("--output_dir", "two", processes=2),
        cwd=tmp_path,
        check=True,
        env=environment,
        capture_output=True,
    )
    assert len(losses(tmp_path / "two")) == 6
    assert json.loads((tmp_path / "two" / "results.json").read_text())["cost"]["clips"] == 6 * 32
