import multiprocessing
import tarfile
import warnings

import pytest
from datasets import Dataset, Features, Image, Value, Video

from locomotion_hf.assets.default_pack import is_photograph
from locomotion_hf.assets.sources import SPECS_HELP, background_source, object_source, split_infos
from locomotion_hf.errors import AssetError
from locomotion_hf.types import AssetInfo


def test_the_pack_holds_out_two_video_sources_and_whole_panoramas():
    sides = split_infos(background_source().infos, 0.2)
    sources = {side: {info.source for info in infos} for side, infos in sides.items()}
    assert not sources["train"] & sources["validation"]
    held_out = [info for info in sides["validation"] if not is_photograph(info)]
    assert len({info.source for info in held_out}) == 2
    assert sum(is_photograph(info) for info in sides["validation"]) >= 2
    ids = {info.id: side for side, infos in sides.items() for info in infos}
    assert len(ids) == 30
    pans = [id for id in ids if "hdri" in id and id.endswith("_0")]
    assert len(pans) == 6
    for id in pans:
        assert ids[id] == ids[id.removesuffix("0") + "1"]


def test_photographs_do_not_move_the_videos():
    with_photos = split_infos(background_source().infos, 0.2)["validation"]
    without = split_infos(background_source(photographs=False).infos, 0.2)["validation"]
    assert [info for info in with_photos if not is_photograph(info)] == list(without)


def test_objects_are_split_by_source():
    sides = split_infos(object_source().infos, 0.2)
    assert len(sides["train"]) + len(sides["validation"]) == len(object_source().infos)
    assert len(sides["validation"]) == round(0.2 * len(object_source().infos))
    shuffled = split_infos(reversed(object_source().infos), 0.2)
    assert shuffled == sides


def test_one_source_serves_both_sides_and_says_so():
    infos = [AssetInfo("film/1", "film", "unknown"), AssetInfo("film/2", "film", "unknown")]
    with pytest.warns(UserWarning, match="validation backgrounds are not held out"):
        sides = split_infos(infos, 0.2)
    assert sides["train"] == sides["validation"] == tuple(infos)
    with pytest.warns(UserWarning, match="validation objects are not held out"):
        split_infos([AssetInfo("a", "a", "unknown", "teapot")], 0.2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        split_infos([*infos, AssetInfo("other", "other", "unknown")], 0.2)


@pytest.mark.parametrize("held_out", [-0.1, 1.1, float("nan")])
def test_a_share_out_of_range(held_out):
    with pytest.raises(AssetError, match="a share, 0 to 1"):
        split_infos(object_source().infos, held_out)


def test_nothing_to_split():
    with pytest.raises(AssetError, match="no assets"):
        split_infos([], 0.2)


def test_the_specs():
    assert object_source("default_pack").infos == object_source().infos
    with pytest.raises(AssetError, match="defaultpack does not exist"):
        background_source("defaultpack")
    with pytest.raises(AssetError, match=r"owner/name does not exist.* for a dataset of the Hub write hf:owner/name"):
        object_source("owner/name")


def test_the_help_names_every_form():
    for form in ("default_pack", "my_videos/", "my_cutouts/", "captions.csv", "*.tar", "{000..003}", "hf:owner/name"):
        assert form in SPECS_HELP
    assert max(map(len, SPECS_HELP.splitlines())) <= 110


@pytest.fixture
def every_kind(tmp_path, film, disc):
    """One spec of each kind that is not the default pack: backgrounds, then objects."""
    for folder in ("videos", "tars", "objects/ring"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "videos" / "a.mp4").write_bytes(film)
    with tarfile.open(tmp_path / "tars" / "a.tar", "w") as tar:
        tar.add(tmp_path / "videos" / "a.mp4", "a.mp4")
    disc.save(tmp_path / "objects" / "ring" / "a.png")
    films = Dataset.from_dict({"v": [film]}, Features({"v": Video(decode=False)}))
    films.save_to_disk(tmp_path / "films")
    picture = {"image": [str(tmp_path / "objects" / "ring" / "a.png")], "label": ["ring"]}
    Dataset.from_dict(picture, Features({"image": Image(), "label": Value("string")})).save_to_disk(tmp_path / "pin")
    backgrounds = (f"{tmp_path}/videos", f"{tmp_path}/tars", f"{tmp_path}/tars/a.tar", f"hf:{tmp_path}/films")
    return backgrounds, (f"{tmp_path}/objects", f"hf:{tmp_path}/pin")


def _pixels(source, size):
    loaded = [source.load(info.id, *size) for info in source.infos]
    return [float((one.frames if size else one.rgba).mean()) for one in loaded]


@pytest.mark.slow
def test_every_kind_reads_the_same_pixels_here_and_in_a_worker(every_kind):
    backgrounds, objects = every_kind
    cases = [(background_source(spec), (24,)) for spec in backgrounds] + [
        (object_source(spec), ()) for spec in objects
    ]
    here = [_pixels(*case) for case in cases]
    assert here == [here[0]] * len(backgrounds) + [here[-1]] * len(objects)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.starmap(_pixels, cases) == here
