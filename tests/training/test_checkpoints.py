"""Checkpoints that are damaged, of another version or too large for the disk: the last good one stays."""

import json
import resource
import shutil
from pathlib import Path

import pytest
import torch
from tiny_run import arguments, limited, losses, tiny_model, train

from locomotion_hf.errors import OutputError, TrainingError
from locomotion_hf.training.checkpoints import FORMAT, checkpoints, damage

torch.set_num_threads(1)
STEPS = 6


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose checkpoints are still there."""
    folder = tmp_path_factory.mktemp("done") / "run"
    train(tiny_model(), arguments(output_dir=str(folder), max_steps=STEPS, ema_decay=0.9))
    return folder


@pytest.fixture
def folder(done: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(done, tmp_path / "run"))


def go_on(folder: Path, **changes) -> dict:
    args = arguments(output_dir=str(folder), max_steps=STEPS, ema_decay=0.9, resume_from_checkpoint=True)
    for name, value in changes.items():
        setattr(args, name, value)
    return train(tiny_model(), args)


def test_the_newest_are_kept_and_whole(done: Path) -> None:
    assert [path.name for path in checkpoints(done)] == ["checkpoint-4", "checkpoint-6"]
    assert not list(done.glob("partial-*"))
    assert [damage(path) for path in checkpoints(done)] == ["", ""]
    about = json.loads((done / "checkpoint-6" / "run.json").read_text())
    assert about["format"] == FORMAT
    assert {"pytorch_model.bin", "optimizer.bin", "average.bin", "random_states_0.pkl"} <= about["files"].keys()


def test_a_truncated_checkpoint_falls_back_to_the_one_before(
    done: Path, folder: Path, capsys: pytest.CaptureFixture
) -> None:
    whole = losses(folder)
    weights = folder / "checkpoint-6" / "pytorch_model.bin"
    weights.write_bytes(weights.read_bytes()[:1000])
    go_on(folder)
    said = capsys.readouterr().out
    assert "checkpoint-6 is damaged and left aside: pytorch_model.bin has 1,000 bytes instead of" in said
    assert "Going on from step 4." in said
    assert losses(folder) == whole
    assert damage(folder / "checkpoint-6") == ""
    ends = [torch.load(run / "checkpoint-6" / "average.bin")["average"] for run in (done, folder)]
    assert all(torch.equal(weight, ends[1][name]) for name, weight in ends[0].items())
    assert (folder / "damaged-checkpoint-6").is_dir()


def test_when_all_are_damaged_it_says_which_and_how(folder: Path) -> None:
    (folder / "checkpoint-6" / "optimizer.bin").unlink()
    (folder / "checkpoint-4" / "run.json").write_text("{")
    with pytest.raises(TrainingError, match=r"checkpoint-4 is damaged: run.json cannot be read .*; .*checkpoint-6 is "
                       r"damaged: optimizer.bin is missing.*--overwrite_output_dir"):  # fmt: skip
        go_on(folder)


def test_wrong_bytes_of_the_right_number_are_told_too(folder: Path) -> None:
    weights = folder / "checkpoint-6" / "pytorch_model.bin"
    weights.write_bytes(b"\0" * weights.stat().st_size)
    with pytest.raises(
        TrainingError, match=r"checkpoint-6 cannot be loaded: .*move it out of .* go on from checkpoint-4"
    ):
        go_on(folder)


def test_a_checkpoint_of_another_version(folder: Path) -> None:
    file = folder / "checkpoint-6" / "run.json"
    about = json.loads(file.read_text())
    file.write_text(json.dumps({**about, "format": 1}))
    with pytest.raises(
        TrainingError, match=r"has format 1, written by locomotion-hf \d.*finish the run with the version"
    ):
        go_on(folder)
    file.write_text(json.dumps({"settings": {}, "seconds": 1.0}))  # as the first version wrote them
    with pytest.raises(TrainingError, match="has format 1, written by locomotion-hf an earlier version"):
        go_on(folder)


def test_other_settings_and_another_torch(folder: Path, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(TrainingError, match=r"was trained with seed=0, this run has seed=1"):
        go_on(folder, seed=1)
    file = folder / "checkpoint-6" / "run.json"
    about = json.loads(file.read_text())
    about["packages"]["torch"] = "2.10"
    file.write_text(json.dumps(about))
    go_on(folder)
    assert "Written with torch 2.10, read with" in capsys.readouterr().out


def test_a_full_disk_leaves_the_checkpoint_before(folder: Path) -> None:
    """A limit on the size of files fails in the same calls as a disk without room does."""
    shutil.rmtree(folder / "checkpoint-6")
    before = {file: file.read_bytes() for file in (folder / "checkpoint-4").iterdir()}
    told = (
        r"the checkpoint of step 6 could not be written .*go on with --resume_from_checkpoint; checkpoint-4 is intact"
    )
    with limited(resource.RLIMIT_FSIZE, 100_000), pytest.raises(OutputError, match=told):
        go_on(folder)
    assert {file: file.read_bytes() for file in (folder / "checkpoint-4").iterdir()} == before
    assert not list(folder.glob("partial-*"))
    go_on(folder)
    assert damage(folder / "checkpoint-6") == ""
