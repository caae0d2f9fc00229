"""Fine-tuning, small: real videos, a real model, every way to start, and a run that goes on where it stopped."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForPreTraining, AutoProcessor

from locomotion_hf.corpora import open_corpus, subset
from locomotion_hf.errors import CorpusError, OutputError, TrainingError
from locomotion_hf.evaluation import evaluate_corpus
from locomotion_hf.evaluation.locomotion_embedder import LocoMotionEmbedder
from locomotion_hf.training.adapters import HEADS
from locomotion_hf.training.checkpoints import last_checkpoint
from locomotion_hf.training.finetune import build, finetune
from locomotion_hf.training.finetune_arguments import FinetuningArguments
from locomotion_hf.video_writing import write_video

SCRIPT = Path(__file__).parents[2] / "scripts" / "finetune.py"
TINY = (
    "video_config.num_hidden_layers=1,video_config.num_frames=4,video_config.image_size=16,"
    "text_config.num_hidden_layers=1,cross_modal_config.num_hidden_layers=1"
)
#: Direction of the square -> caption.
WAYS = {
    (1, 0): "Moving something from left to right",
    (-1, 0): "Moving something from right to left",
    (0, 1): "Moving something down",
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight clips of each of three motions to train on, and four to test on."""
    home = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    for split, count in (("train", 8), ("test", 4)):
        lines = ["video,caption"]
        for (across, down), caption in WAYS.items():
            for number in range(count):
                frames = np.full((8, 32, 32, 3), rng.integers(0, 90), np.uint8)
                at = np.array([10, 10]) + rng.integers(-2, 3, 2)
                for time_, frame in enumerate(frames):
                    x, y = at + np.array([across, down]) * 2 * (time_ - 4)
                    frame[max(y, 0) : y + 10, max(x, 0) : x + 10] = 255
                name = f"{split}{len(lines)}_{number}.mp4"
                (home / split).mkdir(exist_ok=True)
                write_video(home / split / name, frames, 8)
                lines.append(f"{name},{caption}")
        (home / split / "captions.csv").write_text("\n".join(lines))
    return home


@pytest.fixture(scope="module")
def small(data: Path) -> FinetuningArguments:
    return FinetuningArguments(
        model_name_or_path="none",
        config_overrides=TINY,
        data=str(data),
        max_steps=4,
        per_device_train_batch_size=12,
        logging_steps=1,
        save_steps=2,
        eval_top_k=2,
    )


@pytest.fixture(scope="module")
def done(small: FinetuningArguments, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    """A run that is long enough to learn three motions."""
    folder = tmp_path_factory.mktemp("done") / "out"
    return folder, finetune(replace(small, output_dir=str(folder), max_steps=40, logging_steps=10, save_steps=500))


def test_it_learns_and_says_what_was_measured(done: tuple[Path, dict]) -> None:
    folder, results = done
    names = {path.name for path in folder.iterdir()}
    assert {"config.json", "model.safetensors", "README.md", "results.json", "train_log.jsonl"} <= names
    assert not [name for name in names if name.startswith(("checkpoint-", "partial-"))]
    losses = [json.loads(line)["loss_vtc"] for line in (folder / "train_log.jsonl").read_text().splitlines()]
    assert losses[-1] < 0.7 * losses[0]
    assert results["figures"]["v2t/vtc/r1"]["value"] > 0.6  # chance is a third
    assert results["train"]["clips"] == 24
    assert results["test"] | {"skipped": {}} == results["test"]
    assert results["test"]["classes"] == 3
    assert results["run"]["max_steps"] == 40
    assert results["stamp"]["queries"] == 3
    card = (folder / "README.md").read_text()
    assert "fine-tuned (all of its weights) for 40 steps on 24 clips" in card
    assert "unofficial" in card


def test_what_it_saved_gives_the_same_figures(done: tuple[Path, dict], data: Path) -> None:
    folder, results = done
    embedder = LocoMotionEmbedder(
        AutoModelForPreTraining.from_pretrained(folder), AutoProcessor.from_pretrained(folder)
    )
    again = evaluate_corpus(embedder, open_corpus(str(data), "test"), num_frames=4, seed=0, top_k=2)
    assert again["ranks"] == results["ranks"]
    assert results["stamp"]["weights"]


def test_zero_shot_is_the_untouched_model(
    done: tuple[Path, dict], small: FinetuningArguments, tmp_path: Path
) -> None:
    start = replace(small, model_name_or_path=str(done[0]), config_overrides="")
    for name, nothing in (("steps", {"max_steps": 0}), ("fraction", {"fraction": 0.0})):
        results = finetune(replace(start, output_dir=str(tmp_path / name), **nothing))
        assert results["ranks"] == done[1]["ranks"]
        assert results["cost"] == {}
        assert not (tmp_path / name / "train_log.jsonl").exists()
        assert results["stamp"]["weights"] == done[1]["stamp"]["weights"]


def test_adapters_move_the_merged_model_and_nothing_else(
    done: tuple[Path, dict], small: FinetuningArguments, tmp_path: Path
) -> None:
    folder = tmp_path / "lora"
    start = replace(small, model_name_or_path=str(done[0]), config_overrides="", lora=True, lora_rank=4)
    finetune(replace(start, output_dir=str(folder), fraction=0.5))
    before, after, adapted = (
        AutoModelForPreTraining.from_pretrained(p) for p in (done[0], folder, folder / "adapter")
    )
    moved = {n for n, p in before.named_parameters() if not torch.equal(p, after.get_parameter(n))}
    assert any("attention.qkv" in name for name in moved)
    assert all(re.search(rf"attention\.(qkv|output|self|output\.dense)|{'|'.join(HEADS)}", name) for name in moved)
    ids = torch.tensor([[2, 5, 6, 3]])
    one, other = (m.eval().get_text_features(ids).pooler_output for m in (after, adapted))
    assert torch.allclose(one, other, atol=1e-5)


def test_fractions_and_validation(small: FinetuningArguments, data: Path, tmp_path: Path) -> None:
    args = replace(small, fraction=0.1, max_steps=1, evaluate_on="validation", output_dir=str(tmp_path / "out"))
    results = finetune(args)
    assert results["train"]["clips"] == 3  # one of each motion
    assert results["test"]["split"] == "validation of train"
    assert results["run"]["per_device_train_batch_size"] == 3
    assert results["test"]["clips"] == 5
    epochs = replace(small, num_train_epochs=3).for_clips(24, 2)
    assert (epochs.max_steps, epochs.per_device_train_batch_size) == (3, 12)
    assert len(subset(open_corpus(str(data), "train"), 0.5, 0)) == 12


def test_it_starts_from_encoders(small: FinetuningArguments, tmp_path: Path) -> None:
    from transformers import BertConfig, BertModel, ViTConfig, ViTImageProcessorPil, ViTModel

    from locomotion_hf.modeling import build_tokenizer

    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 16}
    ViTModel(ViTConfig(**sizes, image_size=16, patch_size=8)).save_pretrained(tmp_path / "video")
    ViTImageProcessorPil(size={"height": 16, "width": 16}).save_pretrained(tmp_path / "video")
    BertModel(BertConfig(**sizes, vocab_size=4096)).save_pretrained(tmp_path / "text")
    build_tokenizer().save_pretrained(tmp_path / "text")
    args = replace(
        small,
        config_overrides="",
        video_encoder=str(tmp_path / "video"),
        text_encoder=str(tmp_path / "text"),
        num_frames=4,
        max_steps=1,
        optim="adamw",
        lora=True,
        output_dir=str(tmp_path / "out"),
    )
    results = finetune(args)
    assert results["stamp"]["frames"] == 4
    assert results["run"]["start"] == "video + text"


def test_bad_arguments_and_data_are_refused_before_any_work(
    small: FinetuningArguments, data: Path, tmp_path: Path
) -> None:
    here = replace(small, output_dir=str(tmp_path / "out"))
    with pytest.raises(TrainingError, match=r"fraction=2.*a share, 0 to 1"):
        replace(here, fraction=2)
    with pytest.raises(TrainingError, match=r"lora_rank=0\. Expected: 1 or more"):
        replace(here, lora_rank=0)
    with pytest.raises(TrainingError, match="both, or none"):
        replace(here, video_encoder="vit")
    with pytest.raises(TrainingError, match="adapters of random weights"):
        replace(here, lora=True)
    with pytest.raises(TrainingError, match="a saved model has its configuration"):
        replace(here, model_name_or_path="locomotion")
    with pytest.raises(TrainingError, match=r"nowhere cannot be loaded.*the folder of a saved model"):
        build(replace(here, model_name_or_path=str(tmp_path / "nowhere"), config_overrides=""))
    (tmp_path / "one").mkdir()
    lines = ["video,caption", *(f"{data}/train/train{n}_{n - 1}.mp4,it moves" for n in (1, 2, 3))]
    (tmp_path / "one" / "captions.csv").write_text("\n".join(lines))
    with pytest.raises(TrainingError, match="are of one group: 'it moves'"):
        finetune(replace(here, data=str(tmp_path / "one"), evaluate_on="validation"))
    with pytest.raises(CorpusError, match="no corpus 'nothing'"):
        finetune(replace(here, data="nothing"))
    (tmp_path / "out" / "config.json").write_text("{}")
    with pytest.raises(OutputError, match="already holds a model"):
        finetune(here)


def command(args: FinetuningArguments, **changes: object) -> list[str]:
    given = {
        name: getattr(args, name)
        for name in ("model_name_or_path", "config_overrides", "data", "per_device_train_batch_size", "logging_steps")
    }
    return [f"--{name}={value}" for name, value in {**given, **changes}.items()]


@pytest.mark.resume
def test_a_killed_run_goes_on_with_the_same_losses(small: FinetuningArguments, tmp_path: Path) -> None:
    steps = {"max_steps": 40, "save_steps": 10, "eval_top_k": 0}
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    start = [sys.executable, str(SCRIPT)]
    subprocess.run([*start, *command(small, output_dir=whole, **steps)], check=True, timeout=300)
    run = subprocess.Popen([*start, *command(small, output_dir=killed, **steps)])
    deadline = time.time() + 240
    while last_checkpoint(killed) is None and run.poll() is None and time.time() < deadline:
        time.sleep(0.02)
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert last_checkpoint(killed) is not None
    again = command(small, output_dir=killed, **steps, resume_from_checkpoint=True)
    subprocess.run([*start, *again], check=True, timeout=300)
    logs = [
        [
            (line["step"], line["loss"])
            for line in map(json.loads, (folder / "train_log.jsonl").read_text().splitlines())
        ]
        for folder in (whole, killed)
    ]
    assert logs[0] == logs[1]
    ranks = [json.loads((folder / "results.json").read_text())["ranks"] for folder in (whole, killed)]
    assert ranks[0] == ranks[1]


@pytest.mark.distributed
def test_two_processes(small: FinetuningArguments, tmp_path: Path) -> None:
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2"]
    environment = {**os.environ, "ACCELERATE_USE_CPU": "1"}
    arguments = command(small, output_dir=tmp_path / "out", max_steps=4, eval_top_k=2, per_device_train_batch_size=6)
    subprocess.run([*launch, str(SCRIPT), *arguments], check=True, timeout=300, env=environment)
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert results["cost"]["clips"] == 48
    assert results["test"]["clips"] == 12
