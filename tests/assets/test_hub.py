import json
import pickle
import re

import datasets
import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, Image, Value, Video

from locomotion_hf.assets.hub import DatasetBackgrounds, DatasetObjects
from locomotion_hf.assets.sources import background_source, object_source
from locomotion_hf.errors import AssetError
from locomotion_hf.types import AssetInfo


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def clips(film):
    """Three videos: bytes, bytes with a name, and one that is cut off."""
    files = [{"bytes": film, "path": None}, {"bytes": film, "path": "b.mp4"}, {"bytes": film[:999], "path": None}]
    columns = {"clip": files, "caption": ["a cup", None, "c"], "film": ["x", "x", "y"], "key": ["k1", "k2", "k3"]}
    text = Value("string")
    features = Features({"clip": Video(decode=False), "caption": text, "film": text, "key": text})
    return Dataset.from_dict(columns, features)


@pytest.fixture
def cut_outs(tmp_path, disc):
    """PIN's form: a picture with alpha and a class in LVIS's spelling; the last two rows are unusable."""
    disc.save(tmp_path / "disc.png")
    disc.convert("RGB").save(tmp_path / "opaque.png")
    files = [str(tmp_path / name) for name in ("disc.png", "disc.png", "disc.png", "opaque.png")]
    label = ClassLabel(names=["alarm_clock", "bow_(weapon)"])
    return Dataset.from_dict({"image": files, "label": [0, 1, -1, 0]}, Features({"image": Image(), "label": label}))


def test_a_folder_of_save_to_disk(tmp_path, clips):
    clips.save_to_disk(tmp_path / "films")
    source = background_source(f"hf:{tmp_path}/films")
    ids = ["films/00000000", "films/00000001"]
    assert source.infos == tuple(
        AssetInfo(id, id, "unknown", caption=text) for id, text in zip(ids, ["a cup", ""], strict=True)
    )
    assert list(source.skipped) == ["films/00000002"]
    assert source.skipped["films/00000002"].startswith("films/00000002: a video of 999 bytes is ")
    clip = source.load(ids[1], 24)
    assert (clip.frames.shape, clip.fps) == ((24, 24, 32, 3), 12.0)
    assert source.load(ids[1], 24) is clip
    with pytest.raises(AssetError, match="films has no 'films/7'"):
        source.load("films/7", 24)


def test_a_folder_of_parquet_with_everything_named(tmp_path, clips):
    (tmp_path / "films" / "data").mkdir(parents=True)
    for split in ("train", "test"):
        clips.to_parquet(tmp_path / "films" / "data" / f"{split}-00000-of-00001.parquet")
    options = "video=clip&caption=film&id=key&source=film&licence=caption"
    source = background_source(f"hf:{tmp_path}/films:test?{options}")
    assert source.infos == (
        AssetInfo("films/test/k1", "films/test/x", "a cup", caption="x"),
        AssetInfo("films/test/k2", "films/test/x", "unknown", caption="x"),
    )
    assert background_source(f"hf:{tmp_path}/films").infos[0].id == "films/train/00000000"
    sliced = background_source(f"hf:{tmp_path}/films:train[1:2]")
    assert [info.id for info in sliced.infos] == ["films/train[1:2]/00000000"]
    assert len(sliced.load("films/train[1:2]/00000000", 24).frames) == 24


def test_videos_that_lie_beside_the_dataset(tmp_path, film):
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "a.mp4").write_bytes(film)
    (tmp_path / "films" / "metadata.jsonl").write_text(json.dumps({"file_name": "a.mp4", "text": "a cup"}))
    source = background_source(f"hf:{tmp_path}/films")
    assert [(info.id, info.caption) for info in source.infos] == [("films/train/00000000", "a cup")]
    assert len(source.load("films/train/00000000", 24).frames) == 24
    (tmp_path / "films" / "a.mp4").unlink()
    with pytest.raises(AssetError, match=r"films/train/00000000: .*films/a\.mp4 does not exist"):
        source.load("films/train/00000000", 32)


def test_bytes_without_a_type_and_empty_rows(tmp_path, film):
    Dataset.from_dict({"mp4": [film, None, b""], "name": ["a", "b", "b"]}).save_to_disk(tmp_path / "films")
    source = background_source(f"hf:{tmp_path}/films?id=name")
    assert [info.id for info in source.infos] == ["films/a"]
    assert source.skipped["films/b"] == "films/b: is empty (null)."
    assert "is empty (0 bytes)" in source.skipped["films/b~"]


def test_large_datasets_are_decoded_when_used(tmp_path, clips, cut_outs, monkeypatch):
    monkeypatch.setattr("locomotion_hf.assets.dataset_rows.SMALL_FILES", 1)
    rows = [*clips, {"clip": None, "caption": "", "film": "", "key": ""}]
    Dataset.from_list(rows, clips.features).save_to_disk(tmp_path / "films")
    source = background_source(f"hf:{tmp_path}/films")
    assert len(source.infos) == 3
    assert source.skipped == {"films/00000003": "films/00000003: is empty (null)."}
    with pytest.raises(AssetError, match="films/00000002: a video of 999 bytes"):
        source.load("films/00000002", 24)
    cut_outs.save_to_disk(tmp_path / "things")
    objects = object_source(f"hf:{tmp_path}/things")
    assert len(objects.infos) == 3
    with pytest.raises(AssetError, match=r"things/00000003: .* has no alpha channel"):
        objects.load("things/00000003")


def test_cut_outs_with_classes(tmp_path, cut_outs):
    DatasetDict(train=cut_outs, test=cut_outs.select([1])).save_to_disk(tmp_path / "pin")
    source = object_source(f"hf:{tmp_path}/pin")
    assert [(info.id, info.noun, info.licence) for info in source.infos] == [
        ("pin/train/00000000", "alarm clock", "unknown"),
        ("pin/train/00000001", "bow", "unknown"),
    ]
    assert source.skipped["pin/train/00000002"] == "pin/train/00000002: its label '' is no noun."
    assert "has no alpha channel" in source.skipped["pin/train/00000003"]
    assert source.load("pin/train/00000001").rgba.shape == (40, 40, 4)
    assert [info.noun for info in object_source(f"hf:{tmp_path}/pin:test").infos] == ["bow"]


def test_cut_outs_named_by_strings(tmp_path, disc):
    disc.save(tmp_path / "disc.png")
    data = (tmp_path / "disc.png").read_bytes()
    columns = {"png": [data, data], "name": ["tea_pot", "007"]}
    Dataset.from_dict(columns).save_to_disk(tmp_path / "things")
    source = object_source(f"hf:{tmp_path}/things")
    assert [info.noun for info in source.infos] == ["tea pot"]
    assert source.skipped == {"things/00000001": "things/00000001: its label '007' is no noun."}
    assert (source.load("things/00000000").rgba[20, 20] == (200, 60, 20, 255)).all()


def test_a_folder_of_pictures_as_datasets_reads_it(tmp_path, disc):
    (tmp_path / "things" / "tea_pot").mkdir(parents=True)
    (tmp_path / "things" / "ring").mkdir()
    for noun in ("tea_pot", "ring"):
        disc.save(tmp_path / "things" / noun / "1.png")
    source = object_source(f"hf:{tmp_path}/things")
    assert sorted(info.noun for info in source.infos) == ["ring", "tea pot"]


@pytest.mark.parametrize(
    ("make", "query", "reason", "fix"),
    [
        (DatasetBackgrounds, "", "has 2 columns that may hold videos: one, two", r"films\?video=COLUMN"),
        (DatasetBackgrounds, "?video=three", "has no column 'three'.* there are: one, two, image, label", "video="),
        (DatasetBackgrounds, "?video=label", "holds no videos in its column 'label'", "video="),
        (DatasetBackgrounds, "?video=one&caption=two", "holds no texts, .* in its column 'two'", "caption="),
        (DatasetBackgrounds, "?label=label", "option 'label'.*split, config, revision, video, caption", "COLUMN"),
        (DatasetBackgrounds, ":train?split=train", "has an option twice", "hf:owner/name:train"),
        (DatasetBackgrounds, "?video=", "has option 'video'", "hf:owner/name:train"),
        (DatasetBackgrounds, ":test", "cannot be loaded: Unknown split", "check name, split and config"),
        (DatasetObjects, "", "has 2 columns that may hold names of objects: label, other", "label=COLUMN"),
        (DatasetObjects, "?image=label&label=other", "holds no pictures in its column 'label'", "image="),
        (DatasetObjects, "?label=one", "holds no names of objects in its column 'one'", "label="),
    ],
)
def test_what_a_spec_can_get_wrong(tmp_path, film, disc, make, query, reason, fix):
    disc.save(tmp_path / "disc.png")
    columns = {"one": [film], "two": [film], "image": [str(tmp_path / "disc.png")], "label": ["a"], "other": ["b"]}
    (tmp_path / "films").mkdir()
    Dataset.from_dict(columns).cast_column("image", Image()).to_parquet(tmp_path / "films" / "train.parquet")
    with pytest.raises(AssetError, match=f"films{query.replace('?', '[?]')} .*{reason}") as caught:
        make(f"hf:{tmp_path}/films{query}")
    assert re.search(fix, caught.value.fix)


def test_datasets_that_are_not_there(tmp_path, clips):
    with pytest.raises(AssetError, match=r"hf:nobody/nothing cannot be loaded: .*nobody/nothing"):
        background_source("hf:nobody/nothing")
    with pytest.raises(AssetError, match="has no name"):
        object_source("hf:")
    (tmp_path / "empty").mkdir()
    with pytest.raises(AssetError, match="empty cannot be loaded"):
        background_source(f"hf:{tmp_path}/empty")
    DatasetDict(a=clips, b=clips).save_to_disk(tmp_path / "two")
    with pytest.raises(AssetError, match=r"has 2 splits and none is called train\. Expected: one of a, b\."):
        background_source(f"hf:{tmp_path}/two")
    with pytest.raises(AssetError, match=r"has no split 'c'.* write hf:.*/two:a\."):
        background_source(f"hf:{tmp_path}/two:c")
    clips.save_to_disk(tmp_path / "cut")
    arrow = next((tmp_path / "cut").glob("*.arrow"))
    arrow.write_bytes(arrow.read_bytes()[:300])
    with pytest.raises(AssetError, match="cut cannot be loaded"):
        background_source(f"hf:{tmp_path}/cut")
    clips.remove_columns("clip").save_to_disk(tmp_path / "texts")
    with pytest.raises(AssetError, match=r"has no column of videos\. Expected: one column of videos; there are: cap"):
        background_source(f"hf:{tmp_path}/texts")


def test_a_source_is_small_when_pickled(tmp_path, film):
    rows = {"video": [film] * 100}
    Dataset.from_dict(rows, Features({"video": Video(decode=False)})).save_to_disk(tmp_path / "films")
    source = background_source(f"hf:{tmp_path}/films")
    copy = pickle.dumps(source)
    assert len(copy) < 60 * len(source.infos) + 3000
    assert pickle.loads(copy).load("films/00000099", 24).fps == 12
