"""Killed in the middle of writing a checkpoint, at one and at two processes; then on as if nothing had happened."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from tiny_run import losses

SCRIPT = Path(__file__).with_name("tiny_run.py")
CONFIGURATIONS = SCRIPT.parents[2] / "scripts" / "accelerate"
#: Files that one checkpoint takes on the main process: weights, AdamW, Muon, random states, average.
FILES = 5


def run(folder: Path, *how: str, processes: int = 1, **settings) -> subprocess.CompletedProcess:
    settings = {"output_dir": str(folder), "max_steps": 6, "ema_decay": 0.9, **settings}
    file = CONFIGURATIONS / ("fsdp2.yaml" if "sharded" in how else "ddp.yaml")
    launch = ["-m", "accelerate.commands.launch", "--config_file", str(file), "--mixed_precision", "no"]
    launch += ["--num_processes", str(processes)]
    return subprocess.run(
        [sys.executable, *(launch if processes > 1 else []), str(SCRIPT), json.dumps(settings), *how],
        env={**os.environ, "ACCELERATE_USE_CPU": "1"}, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return torch.load(folder / "checkpoint-6" / "average.bin")["average"]


def killed_and_resumed(tmp_path: Path, processes: int, **settings) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    done = run(whole, processes=processes, **settings)
    assert done.returncode == 0, done.stderr
    killed = run(broken, "kill-at", str(FILES + 2), processes=processes, **settings)
    assert killed.returncode == (-signal.SIGKILL if processes == 1 else 1)
    names = {path.name for path in broken.iterdir()}
    assert {"checkpoint-2", "partial-4"} <= names
    assert "checkpoint-4" not in names
    resumed = run(broken, processes=processes, resume_from_checkpoint=True, **settings)
    assert resumed.returncode == 0, resumed.stderr
    assert "Going on from step 2." in resumed.stdout
    assert len(losses(whole)) == 6
    assert losses(broken) == losses(whole)
    expected = weights(whole)
    assert all(torch.equal(weight, expected[name]) for name, weight in weights(broken).items())
    assert not list(broken.glob("partial-*"))


@pytest.mark.resume
@pytest.mark.parametrize("parts", [1, 2])
def test_one_process(tmp_path: Path, parts: int) -> None:
    killed_and_resumed(tmp_path, 1, gradient_accumulation_steps=parts)


@pytest.mark.resume
@pytest.mark.distributed
@pytest.mark.parametrize("parts", [1, 2])
def test_two_processes(tmp_path: Path, parts: int) -> None:
    killed_and_resumed(tmp_path, 2, gradient_accumulation_steps=parts)


@pytest.mark.distributed
def test_processes_and_passes_are_one_batch(tmp_path: Path) -> None:
    """VTC alone, without dropout: the norm of the gradient says whether it is that of the same batch."""
    model = {"dropout": 0.0, "vtm_weight": 0, "mlm_weight": 0}  # weights without gradients, as DDP has to know
    norms = {}
    for name, processes, parts in (("one", 1, 4), ("two", 2, 2), ("whole", 2, 1)):
        done = run(
            tmp_path / name, processes=processes, gradient_accumulation_steps=parts, model=model, ema_decay=0,
            max_steps=4 if parts == 1 else 2,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        lines = (tmp_path / name / "train_log.jsonl").read_text().splitlines()
        norms[name] = [json.loads(line)["grad_norm"] for line in lines]
    assert norms["two"] == pytest.approx(norms["one"], rel=2e-3)
    assert norms["whole"][0] != pytest.approx(norms["one"][0], rel=2e-2)


@pytest.mark.distributed
@pytest.mark.parametrize("parts", [1, 2])
def test_divided_weights_train_as_whole_ones(tmp_path: Path, parts: int) -> None:
    """FSDP2 and DDP: the same losses and norms step by step, the same weights, and it resumes."""
    settings = {"optim": "adamw", "ema_decay": 0, "gradient_accumulation_steps": parts, "model": {"dropout": 0.0}}
    for name, how in (("whole", ()), ("divided", ("sharded",))):
        done = run(tmp_path / name, *how, processes=2, **settings)
        assert done.returncode == 0, done.stderr
    assert "2 processes" in done.stdout
    whole, divided = ((tmp_path / name / "train_log.jsonl").read_text().splitlines() for name in ("whole", "divided"))
    for line, other in zip(map(json.loads, whole), map(json.loads, divided), strict=True):
        assert other["loss"] == pytest.approx(line["loss"], abs=2e-4)
        assert other["grad_norm"] == pytest.approx(line["grad_norm"], rel=1e-3)
    ends = [torch.load(tmp_path / name / "end.bin") for name in ("whole", "divided")]
    assert all((weight - ends[1][name]).abs().max() < 1e-3 for name, weight in ends[0].items())
    shutil.rmtree(tmp_path / "divided" / "checkpoint-6")
    again = run(tmp_path / "divided", "sharded", processes=2, resume_from_checkpoint=True, **settings)
    assert again.returncode == 0, again.stderr
    assert "Going on from step 4." in again.stdout
    assert (tmp_path / "divided" / "train_log.jsonl").read_text().count("\n") == 6
    assert losses(tmp_path / "divided") == {line["step"]: line["loss"] for line in map(json.loads, divided)}


@pytest.mark.distributed
def test_divided_weights_refuse_what_needs_whole_ones(tmp_path: Path) -> None:
    refused = run(tmp_path, "sharded", processes=2, ema_decay=0)
    assert "optim=muon with weights divided over the processes" in refused.stderr


@pytest.mark.distributed
def test_processes_that_do_not_know_of_each_other_are_told(tmp_path: Path) -> None:
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", str(SCRIPT)]
    settings = json.dumps({"output_dir": str(tmp_path / "run")})
    environment = {name: value for name, value in os.environ.items() if name != "ACCELERATE_USE_CPU"}
    ended = subprocess.run([*launch, settings], env=environment, capture_output=True, text=True, check=False)
    if torch.cuda.is_available():
        pytest.skip("with a GPU they know")
    assert "2 processes were launched that do not know of each other" in ended.stderr


@pytest.mark.distributed
def test_two_machines_are_as_two_processes(tmp_path: Path) -> None:
    """Both launchers run here, each as a machine of its own would."""
    assert run(tmp_path / "two", processes=2, ema_decay=0).returncode == 0
    launch = [
        sys.executable, "-m", "accelerate.commands.launch", "--config_file", str(CONFIGURATIONS / "multi_node.yaml"),
        "--mixed_precision", "no", "--num_processes", "2", "--main_process_port", "29731",
    ]  # fmt: skip
    settings = json.dumps({"output_dir": str(tmp_path / "machines"), "max_steps": 6})
    environment = {**os.environ, "ACCELERATE_USE_CPU": "1"}
    machines = [
        subprocess.Popen([*launch, "--machine_rank", str(rank), str(SCRIPT), settings], env=environment)
        for rank in range(2)
    ]
    assert [machine.wait(timeout=300) for machine in machines] == [0, 0]
    assert losses(tmp_path / "machines") == losses(tmp_path / "two")


@pytest.mark.distributed
def test_the_configuration_without_a_gpu(tmp_path: Path) -> None:
    settings = json.dumps({"output_dir": str(tmp_path), "max_steps": 1})
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--config_file", str(CONFIGURATIONS / "cpu.yaml")]
    done = subprocess.run([*launch, str(SCRIPT), settings], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "1 process)" in done.stdout


@pytest.mark.distributed
def test_a_loss_that_is_no_number_ends_all_processes(tmp_path: Path) -> None:
    ended = run(tmp_path, processes=2, learning_rate=1e30, warmup_ratio=0, optim="adamw", save_steps=1)
    assert ended.returncode == 1
    assert "at step 1" in ended.stderr
    assert (tmp_path / "checkpoint-1" / "run.json").exists()
