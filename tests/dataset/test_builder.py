import hashlib
import os
import subprocess
import sys
from pathlib import Path

import datasets
import pytest
from datasets import load_dataset

import locomotion_hf
from locomotion_hf.dataset import Recipe, generate
from locomotion_hf.dataset.builder import LocoMotionSynthConfig
from locomotion_hf.dataset.export import export_sample
from locomotion_hf.dataset.schema import features
from locomotion_hf.errors import OutputError
from locomotion_hf.video_io import read_video

SMALL = {"num_examples": 40, "resolution": 64}
COLUMNS = [
    "id",
    "video",
    "caption",
    "spatial_caption",
    "noun",
    "facts",
    "boxes",
    "group",
    "fps",
    "num_frames",
    "object_ids",
    "background_id",
    "backdrop",
    "twin",
    "seed",
    "licences",
    "recipe",
]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def digest(rows: datasets.Dataset | datasets.IterableDataset) -> str:
    rows = rows if isinstance(rows, datasets.IterableDataset) else list(rows)
    return hashlib.sha256(
        b"".join(row["video"]["bytes"] + repr({k: row[k] for k in COLUMNS[2:]}).encode() for row in rows)
    ).hexdigest()


@pytest.mark.slow
def test_one_process_two_processes_and_streaming_give_the_same_bytes(tmp_path: Path) -> None:
    one = load_dataset("locomotion_synth", split="train", cache_dir=str(tmp_path / "1"), **SMALL)
    two = load_dataset("locomotion_synth", split="train", num_proc=2, cache_dir=str(tmp_path / "2"), **SMALL)
    stream = load_dataset("locomotion_synth", split="train", streaming=True, **SMALL)
    assert one.num_rows == 40
    assert one.column_names == COLUMNS
    assert digest(one) == digest(two) == digest(stream)
    assert stream.num_shards == 2

    row = one[11]
    example = generate(*Recipe.from_row(row["recipe"]))
    assert row["caption"] == example.caption
    frames, fps = read_video(row["video"]["bytes"])
    assert frames.shape == example.frames.shape
    assert fps == row["fps"] == 8
    assert abs(frames.astype(int) - example.frames).mean() < 6
    assert row["facts"] == example.facts.to_dict()


def test_validation_split_and_unknown_options() -> None:
    rows = load_dataset("locomotion_synth", split="validation", streaming=True, **SMALL)
    assert sum(1 for _ in rows) == 8
    with pytest.raises(ValueError, match="num_clips"):
        load_dataset("locomotion_synth", split="train", num_clips=3)


def test_a_folder_of_that_name_comes_first(tmp_path: Path) -> None:
    (tmp_path / "locomotion_synth").mkdir()
    (tmp_path / "locomotion_synth" / "train.csv").write_text("a,b\n1,2\n")
    assert load_dataset("locomotion_synth", split="train").column_names == ["a", "b"]


def test_the_cache_notices_a_changed_folder(tmp_path: Path) -> None:
    from locomotion_hf.dataset.builder import LocoMotionSynth

    (tmp_path / "mine").mkdir()
    ids = []
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / "mine" / name).write_bytes(b"x")
        ids.append(LocoMotionSynth(backgrounds="mine").config_id)
    assert ids[0] != ids[1]


def test_the_sample_loads_without_our_package(tmp_path: Path) -> None:
    export_sample(Recipe(resolution=64), {"train": 8, "validation": 8}, tmp_path / "sample")
    code = """
import sys
from datasets import load_dataset
rows = load_dataset("./sample", split="train")
assert "locomotion_hf" not in sys.modules
print(rows.num_rows, rows[0]["video"]["bytes"][4:8], rows.features["facts"], rows[0]["facts"]["objects"][0]["noun"])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[:2] == ["8", "b'ftyp'"]
    card = (tmp_path / "sample" / "README.md").read_text()
    assert "decode: false" in card
    assert "## Licences" in card
    assert load_dataset("./sample", split="validation").features == features()


def test_the_sample_is_whole_or_untouched(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("mine")
    with pytest.raises(OutputError, match="holds other files"):
        export_sample(Recipe(resolution=64), {"train": 1}, other)
    assert [p.name for p in other.iterdir()] == ["thesis.txt"]
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        export_sample(Recipe(resolution=64), {"train": 1}, tmp_path / "file" / "sample")
    assert not [p for p in tmp_path.iterdir() if p.name.endswith(".partial")]


def test_a_folder_with_data_of_ones_own_is_not_a_sample(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "data").mkdir(parents=True)
    (project / "data" / "mine.csv").write_text("a,b")
    with pytest.raises(OutputError, match="nothing was touched"):
        export_sample(Recipe(resolution=64), {"train": 1}, project)
    assert (project / "data" / "mine.csv").read_text() == "a,b"
    for _ in range(2):  # an earlier sample is replaced
        export_sample(Recipe(resolution=64), {"train": 1, "validation": 1}, tmp_path / "sample")
    assert load_dataset("./sample", split="train").num_rows == 1


def test_the_cache_notices_changed_tars_and_leaves_datasets_alone(tmp_path: Path) -> None:
    def ids() -> list[str]:
        specs = ("t/0.tar", "t/*.tar", "t/{0..1}.tar", "t", "hf:owner/name:train", "hf:owner/name", "gone")
        specs = tuple(spec if spec.startswith("hf:") else f"{tmp_path}/{spec}" for spec in specs)
        return [LocoMotionSynthConfig().create_config_id({"backgrounds": spec}) for spec in specs]

    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "0.tar").write_bytes(b"one")
    before = ids()
    assert before == ids()
    assert len(set(before)) == len(before)
    (tmp_path / "t" / "0.tar").write_bytes(b"more")
    assert [one == other for one, other in zip(before, ids(), strict=True)] == [False] * 4 + [True] * 3


def test_links_back_up_do_not_hang_the_cache(tmp_path: Path) -> None:
    from locomotion_hf.dataset.builder import LocoMotionSynth

    (tmp_path / "mine").mkdir()
    for name in "abc":
        (tmp_path / "mine" / name).symlink_to("..")
    assert LocoMotionSynth(backgrounds="mine").config_id


def test_builder_class_works_without_the_patched_name(tmp_path: Path) -> None:
    builder = locomotion_hf.LocoMotionSynth(num_examples=3, num_validation=2, resolution=64, cache_dir=str(tmp_path))
    builder.download_and_prepare()
    assert builder.as_dataset(split="validation").num_rows == 2
    assert os.listdir(tmp_path)
