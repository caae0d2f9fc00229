import os
import time
from pathlib import Path

import pytest

from locomotion_hf.dataset.workers import work_off
from locomotion_hf.errors import LocoMotionError, OutputError


def work(job: tuple[str, Path], tick) -> None:
    what, place = job
    tick()
    if what == "fails":
        while not (place.parent / "b.begun").exists():
            time.sleep(0.01)
        raise OutputError("the disk is full.", "room.", "make room.")
    if what == "dies":
        os.kill(os.getpid(), 9)
    place.with_suffix(".begun").touch()
    try:
        for _ in range(1000 if what == "long" else 1):
            time.sleep(0.01)
            tick()
        place.with_suffix(".done").touch()
    finally:
        place.touch()


@pytest.mark.parametrize("num_processes", [1, 2])
def test_all_jobs_are_done_once_and_every_step_is_told(tmp_path: Path, num_processes: int) -> None:
    steps: list[int] = []
    threads = os.environ.get("OMP_NUM_THREADS")
    work_off([("short", tmp_path / str(n)) for n in range(5)], work, num_processes, lambda: steps.append(1))
    assert len(list(tmp_path.glob("?.done"))) == 5
    assert len(steps) == 10
    assert os.environ.get("OMP_NUM_THREADS") == threads


@pytest.mark.parametrize("num_processes", [1, 2])
def test_an_error_stops_the_others_and_comes_back_whole(tmp_path: Path, num_processes: int) -> None:
    jobs = [("fails", tmp_path / "a"), ("long", tmp_path / "b")]
    if num_processes == 1:
        (tmp_path / "b.begun").touch()
    started = time.time()
    with pytest.raises(OutputError, match="the disk is full") as caught:
        work_off(jobs, work, num_processes, lambda: None)
    assert (caught.value.expected, caught.value.fix) == ("room.", "make room.")
    assert time.time() - started < 9
    assert not (tmp_path / "b.done").exists()
    assert (tmp_path / "b").exists() == (num_processes == 2)  # the other one cleared up


def test_a_process_that_dies_does_not_keep_the_others_from_their_jobs(tmp_path: Path) -> None:
    jobs = [("short", tmp_path / "0"), ("dies", tmp_path / "1"), ("short", tmp_path / "2"), ("short", tmp_path / "3")]
    with pytest.raises(LocoMotionError, match=r"1 of 2 processes broke down \(exit code -9") as caught:
        work_off(jobs, work, 2, lambda: None)
    assert sorted(file.stem for file in tmp_path.glob("*.done")) == ["0", "2"]
    assert "smaller --num_processes" in caught.value.fix
