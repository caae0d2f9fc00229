"""A release comes out the same however often it is killed and however many work on it."""

import json
import multiprocessing
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from datasets import load_dataset
from PIL import Image

from locomotion_hf.assets.cache import BACKGROUNDS
from locomotion_hf.dataset import Recipe
from locomotion_hf.dataset.export import export, finish
from locomotion_hf.dataset.shards import Shard, plan, read_footer, write_shard
from locomotion_hf.errors import AssetError, OutputError, RecipeError
from locomotion_hf.video_writing import write_video

ROWS = {"train": 60, "validation": 9}
#: Children of one clean process that has imported everything: real processes, started in milliseconds.
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["locomotion_hf.dataset.export"])


@pytest.fixture(scope="module")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few small videos and cut-outs."""
    root = tmp_path_factory.mktemp("assets")
    y, x = np.mgrid[:40, :40]
    for number, noun in enumerate(("ring", "moon", "kite")):
        pixels = np.zeros((40, 40, 4), np.uint8)
        pixels[(x - 20) ** 2 + (y - 16 - 2 * number) ** 2 / 2 < 150] = (200, 60 * number, 20, 255)
        (root / "cut_outs" / noun).mkdir(parents=True)
        Image.fromarray(pixels).save(root / "cut_outs" / noun / "1.png")
    (root / "films").mkdir()
    for number in range(3):
        frames = np.random.default_rng(number).integers(0, 256, (24, 76, 76, 3), np.uint8)
        write_video(
            root / "films" / f"{number}.mp4", np.kron(frames[:, ::4, ::4], np.ones((1, 4, 4, 1), np.uint8)), 12
        )
    return root


@pytest.fixture(scope="module")
def recipe(assets: Path) -> Recipe:
    return Recipe(resolution=64, objects=str(assets / "cut_outs"), backgrounds=str(assets / "films"))


@pytest.fixture(scope="module")
def whole(recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release made in one go, by one process."""
    folder = tmp_path_factory.mktemp("whole") / "release"
    made = export(recipe, ROWS, folder, rows_per_shard=8)
    assert (made.shards, made.missing, made.rows, made.skipped) == (10, (), 69, ())
    return folder


def content(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def command(recipe: Recipe, folder: Path, *more: str) -> list[str]:
    words = ["generate", str(folder), "--num_examples", "60", "--num_validation", "9", "--rows_per_shard", "8"]
    words += ["--resolution", "64", "--objects", recipe.objects, "--backgrounds", recipe.backgrounds, *more]
    return [sys.executable, "-c", f"from locomotion_hf.cli import main; main({words!r})"]


def make(recipe: Recipe, folder: Path, rank: int = 0, machines: int = 1) -> None:
    export(recipe, ROWS, folder, rows_per_shard=8, machine_rank=rank, num_machines=machines)


def test_a_shard_is_a_fixed_range_of_rows() -> None:
    assert plan({"train": 17, "validation": 2}, 8) == (
        Shard("train", 0, 3, 0, 8),
        Shard("train", 1, 3, 8, 16),
        Shard("train", 2, 3, 16, 17),
        Shard("validation", 0, 1, 0, 2),
    )
    assert plan({"train": 17}, 8)[2].name == "train-00002-of-00003.parquet"


def test_plain_load_dataset_reads_all_rows_in_order(whole: Path, tmp_path: Path) -> None:
    rows = load_dataset(str(whole), cache_dir=str(tmp_path))
    assert rows["train"]["id"] == [f"train-{index:08d}" for index in range(60)]
    assert rows["validation"]["id"] == [f"validation-{index:08d}" for index in range(9)]
    first = rows["train"][0]
    alone = plan({"train": 1}, 8)[0]
    write_shard(alone, lambda: None, Recipe.from_row(first["recipe"])[0], tmp_path, "x")
    assert (
        load_dataset("parquet", data_files=str(tmp_path / alone.name), cache_dir=str(tmp_path))["train"][0] == first
    )


@pytest.mark.resume
def test_killed_at_random_moments_it_goes_on_to_the_same_bytes(recipe: Recipe, whole: Path, tmp_path: Path) -> None:
    folder, rng, half = tmp_path / "release", np.random.default_rng(0), 0
    for _ in range(5):
        before = set(folder.glob("data/.*.partial"))
        process = SERVER.Process(target=make, args=(recipe, folder))
        process.start()
        while set(folder.glob("data/.*.partial")) <= before and process.is_alive():
            time.sleep(0.002)
        time.sleep(float(rng.uniform(0, 0.15)))
        process.kill()
        process.join()
        assert process.exitcode == -9
        half += set(folder.glob("data/.*.partial")) > before
        assert not (folder / "README.md").exists()
        for file in folder.glob("data/train*.parquet"):
            assert file.read_bytes() == (whole / "data" / file.name).read_bytes()
    assert half >= 3  # it was in the middle of a file
    make(recipe, folder)
    assert content(folder) == content(whole)  # and nothing else: no half file is left


@pytest.mark.slow
def test_two_machines_need_not_talk(recipe: Recipe, whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "release"
    machines = [SERVER.Process(target=make, args=(recipe, folder, rank, 2)) for rank in (0, 1)]
    for machine in machines:
        machine.start()
    for machine in machines:
        machine.join()
        assert machine.exitcode == 0
    assert content(folder) == content(whole)


def test_two_processes_make_the_same(recipe: Recipe, whole: Path, tmp_path: Path) -> None:
    export(recipe, ROWS, tmp_path / "release", rows_per_shard=8, num_processes=2)
    assert content(tmp_path / "release") == content(whole)


def test_a_machine_makes_its_shards_alone_and_the_last_step_can_be_called(
    recipe: Recipe, whole: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "release"
    made = export(recipe, ROWS, folder, rows_per_shard=8, machine_rank=1, num_machines=2)
    assert [int(name[6:11]) for name in made.missing if name.startswith("train")] == [0, 2, 4, 6]
    with pytest.raises(
        OutputError, match=r"5 of 10 shards of .* are missing, the first: train-00000-of-00008"
    ) as caught:
        finish(folder)
    assert "let every machine finish" in caught.value.fix
    assert not (folder / "README.md").exists()
    shutil.copytree(whole / "data", folder / "data", dirs_exist_ok=True)
    assert finish(folder).rows == 69
    assert content(folder) == content(whole)
    with pytest.raises(OutputError, match=r"recipe\.json cannot be read"):
        finish(tmp_path)


def test_a_damaged_shard_is_made_again_and_a_whole_one_left_alone(
    recipe: Recipe, whole: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "release"
    shutil.copytree(whole, folder)
    damaged, foreign, kept = sorted((folder / "data").glob("train-*"))[:3]
    damaged.write_bytes(damaged.read_bytes()[:-100])
    write_shard(plan(ROWS, 8)[1], lambda: None, recipe, folder / "data", "of another recipe")
    stale = folder / "data" / f".{damaged.name}.0123.partial"
    stale.touch()
    os.utime(stale, (0, 0))
    before = kept.stat().st_mtime_ns
    make(recipe, folder)
    assert content(folder) == content(whole)
    assert kept.stat().st_mtime_ns == before
    assert read_footer(foreign).release == read_footer(kept).release


def test_a_folder_begun_otherwise_is_refused(recipe: Recipe, whole: Path, assets: Path, tmp_path: Path) -> None:
    before = content(whole)
    other = Recipe(resolution=64, seed=1, objects=recipe.objects, backgrounds=recipe.backgrounds)
    with pytest.raises(OutputError, match="was begun otherwise: seed is 0 there, 1 here"):
        export(other, ROWS, whole, rows_per_shard=8)
    with pytest.raises(OutputError, match="rows_per_shard is 8 there, 9 here") as caught:
        export(recipe, ROWS, whole, rows_per_shard=9)
    assert "choose another folder" in caught.value.fix
    assert content(whole) == before

    grown = tmp_path / "grown"
    shutil.copytree(assets, grown)
    again = Recipe(resolution=64, objects=str(grown / "cut_outs"), backgrounds=str(grown / "films"))
    export(again, {"train": 8}, tmp_path / "release", machine_rank=1, num_machines=2)
    shutil.copy(grown / "films" / "0.mp4", grown / "films" / "new.mp4")
    child = SERVER.Process(target=refused, args=(again, tmp_path / "release"))
    child.start()
    child.join()
    assert child.exitcode == 7

    for place in ("data", "."):
        mine = tmp_path / f"mine{place}"
        (mine / place).mkdir(parents=True)
        (mine / place / "thesis-00000-of-00001.parquet").write_text("mine")
        with pytest.raises(OutputError, match="nothing was touched") as caught:
            make(recipe, mine)
        assert [file.name for file in mine.rglob("*") if file.is_file()] == ["thesis-00000-of-00001.parquet"]


def refused(recipe: Recipe, folder: Path) -> None:
    try:
        export(recipe, {"train": 8}, folder, machine_rank=1, num_machines=2)
    except OutputError as error:
        sys.exit(7 if "not the same files as then" in error.seen else 1)


def limited(recipe: Recipe, folder: Path, most_bytes: int) -> None:
    """The kernel refuses to let a file grow: the same errors, at the same places, as on a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    try:
        make(recipe, folder)
    except OutputError as error:
        sys.exit(7 if "File too large" in error.seen and "shards that are complete are kept" in error.fix else 1)


def test_a_full_disk_ends_in_a_sentence_and_what_is_written_stays(
    recipe: Recipe, whole: Path, tmp_path: Path
) -> None:
    sizes = [(whole / "data" / shard.name).stat().st_size for shard in plan(ROWS, 8)]
    folder = tmp_path / "release"
    for limit, there in ((sizes[0] - 1, 0), (max(sizes) - 1, sizes.index(max(sizes)))):
        child = SERVER.Process(target=limited, args=(recipe, folder, limit))
        child.start()
        child.join()
        assert child.exitcode == 7
        assert len(list(folder.glob("data/*.parquet"))) == there
        assert not list(folder.rglob(".*.partial"))
    make(recipe, folder)
    assert content(folder) == content(whole)


def peak(recipe: Recipe, folder: Path, grown: multiprocessing.Queue) -> None:
    peaks: list[int] = []

    def tick() -> None:
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)

    write_shard(Shard("train", 0, 1, 0, 160), tick, recipe, folder, "x")
    tick()
    grown.put(peaks[-1] - peaks[47])


@pytest.mark.slow
def test_memory_does_not_grow_with_the_rows(assets: Path, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (24, 150, 150, 3), np.uint8)
    (tmp_path / "films").mkdir()
    write_video(tmp_path / "films" / "noise.mp4", noise, 12)
    recipe = Recipe(resolution=128, objects=str(assets / "cut_outs"), backgrounds=str(tmp_path / "films"))
    grown = SERVER.Queue()
    child = SERVER.Process(target=peak, args=(recipe, tmp_path, grown))
    child.start()
    child.join()
    size = (tmp_path / "train-00000-of-00001.parquet").stat().st_size
    assert size > 20e6
    assert grown.get() < size  # half of it, measured; with all rows in memory seven times as much


def test_rows_that_cannot_be_made_are_left_out_and_named(
    assets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("locomotion_hf.assets.folder.SMALL_FILES", 0)  # a large folder: looked at when used
    shutil.copytree(assets, tmp_path / "mine")
    for noun in ("ring", "moon"):
        (tmp_path / "mine" / "cut_outs" / noun / "1.png").rename(
            tmp_path / "mine" / "cut_outs" / "kite" / f"{noun}.png"
        )
    broken = tmp_path / "mine" / "cut_outs" / "bell" / "1.png"
    broken.parent.mkdir()
    Image.new("RGBA", (40, 40)).save(broken)
    (tmp_path / "mine" / "films" / "note.mp4").write_text("no video")
    recipe = Recipe(
        resolution=64,
        group_size=1,
        held_out=0,
        objects=str(tmp_path / "mine" / "cut_outs"),
        backgrounds=str(tmp_path / "mine" / "films"),
    )
    folder = tmp_path / "release"
    made = export(recipe, {"train": 24}, folder, rows_per_shard=16)
    lost = [one["row"] for one in made.skipped if "row" in one]
    assert 3 <= len(lost) <= 20
    assert made.rows == 24 - len(lost)
    rows = load_dataset(str(folder), split="train", cache_dir=str(tmp_path / "cache"))
    assert sorted([*rows["id"], *lost]) == [f"train-{index:08d}" for index in range(24)]
    told = [json.loads(line) for line in (folder / "skipped.jsonl").read_text().splitlines()]
    assert told == list(made.skipped)
    assert [one["file"] for one in told if "file" in one] == ["bell/1.png", "note.mp4"]
    assert "is transparent everywhere" in next(one["reason"] for one in told if one.get("file") == "bell/1.png")
    assert all("drawn in a row could not be used" in one["reason"] for one in told if "row" in one)

    shutil.rmtree(tmp_path / "mine" / "films")
    BACKGROUNDS.clear()
    with pytest.raises(AssetError, match="64 rows in a row could not be made, the last: 20 assets drawn") as caught:
        write_shard(Shard("train", 0, 1, 0, 200), lambda: None, recipe, tmp_path, "x")
    assert caught.value.fix
    assert not list(tmp_path.glob("*.parquet"))


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({"num_processes": 0}, "num_processes=0"),
        ({"rows_per_shard": 0}, "rows_per_shard=0"),
        ({"machine_rank": 2, "num_machines": 2}, "machine_rank=2 of num_machines=2"),
        ({"machine_rank": -1}, "machine_rank=-1"),
    ],
)
def test_numbers_out_of_range(recipe: Recipe, tmp_path: Path, numbers: dict[str, int], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        export(recipe, ROWS, tmp_path / "release", **numbers)
    assert not (tmp_path / "release").exists()


@pytest.mark.resume
def test_two_commands_on_one_folder(recipe: Recipe, whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "release"
    words = [command(recipe, folder, "--num_machines", "2", "--machine_rank", rank) for rank in "01"]
    machines = [subprocess.Popen(one, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for one in words]
    told = [machine.communicate(timeout=200) for machine in machines]
    assert [machine.returncode for machine in machines] == [0, 0], told
    assert any(f"Wrote {folder}: 69 rows in 10 shards" in out for out, _ in told)
    assert "40/40" in told[0][1]  # the bar counts the machine's own rows
    assert "29/29" in told[1][1]
    assert content(folder) == content(whole)


@pytest.mark.resume
def test_a_command_of_several_processes_killed_again_and_again(recipe: Recipe, whole: Path, tmp_path: Path) -> None:
    folder, rng = tmp_path / "release", np.random.default_rng(1)
    for victim in ("parent", "worker", "parent"):
        before = len(list(folder.glob("data/.*.partial")))
        process = subprocess.Popen(command(recipe, folder, "--num_processes", "2"), stderr=subprocess.PIPE, text=True)
        while len(list(folder.glob("data/.*.partial"))) < before + 2 and process.poll() is None:
            time.sleep(0.005)
        time.sleep(float(rng.uniform(0, 0.1)))
        workers = [worker for child in children(process.pid) for worker in children(child)]
        assert len(workers) == 2  # the children of the clean process, which is ours
        os.kill(process.pid if victim == "parent" else workers[0], 9)
        told = process.communicate(timeout=60)[1]
        if victim == "worker":
            assert "OutputError: 1 of 2 processes broke down (exit code -9" in told
        end = time.time() + 10
        while any(Path(f"/proc/{worker}").exists() for worker in workers) and time.time() < end:
            time.sleep(0.05)
        assert not any(Path(f"/proc/{worker}").exists() for worker in workers)  # none goes on without a parent
    assert not (folder / "README.md").exists()
    subprocess.run(command(recipe, folder, "--num_processes", "2"), check=True, capture_output=True)
    assert content(folder) == content(whole)


def children(parent: int) -> list[int]:
    """Processes that a process started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(stat.parent.name))
        except (OSError, IndexError):
            continue
    return found
