import io
import json
import pickle
import tarfile

import numpy as np
import pytest

from locomotion_hf.assets.sources import background_source
from locomotion_hf.assets.tars import TarBackgrounds, expand_tars
from locomotion_hf.errors import AssetError
from locomotion_hf.types import AssetInfo


def write_tar(path, members, mode="w"):
    with tarfile.open(path, mode) as tar:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


@pytest.fixture
def shards(tmp_path, film):
    """Two tars: `000` with captions of both kinds, `001` with one video in a folder and other things."""
    root = tmp_path / "shards"
    root.mkdir()
    first = [("a.mp4", film), ("a.txt", b" a cup\nfalls "), ("b.json", json.dumps({"text": "b"}).encode())]
    write_tar(root / "clips-000.tar", [*first, ("b.seg.MP4", film)])
    second = [("deep/c.webm", film), ("deep/._c.webm", b"macOS"), ("deep/c.cls", b"3"), ("deep/c.json", b"[]")]
    write_tar(root / "clips-001.tar", second)
    return root


IDS = ["clips-000.tar/a.mp4", "clips-000.tar/b.seg.MP4", "clips-001.tar/deep/c.webm"]


def test_videos_and_their_captions(shards):
    source = background_source(shards)
    captions = ("a cup falls", "b", "")
    assert source.infos == tuple(
        AssetInfo(id, id, "unknown", caption=text) for id, text in zip(IDS, captions, strict=True)
    )
    assert source.skipped == {}
    clip = source.load(IDS[2], 24)
    assert (clip.frames.shape, clip.fps, clip.info.id) == ((24, 24, 32, 3), 12.0, IDS[2])
    assert source.load(IDS[2], 24) is clip
    with pytest.raises(AssetError, match=r"shards has no 'd\.mp4'"):
        source.load("d.mp4", 24)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("clips-000.tar", IDS[:2]),
        ("clips-*.tar", IDS),
        ("*", IDS),
        ("clips-{000..001}.tar", IDS),
        ("{other,clips}-00{0..1}.tar", IDS),
        ("../shards/clips-00[1-9].tar", IDS[2:]),
    ],
)
def test_the_forms_of_a_spec(shards, spec, expected):
    assert [info.id for info in background_source(f"{shards}/{spec}").infos] == expected


def test_ranges_keep_their_zeros(tmp_path, monkeypatch):
    for spec, names in {
        "{8..10}": ["10.tar", "8.tar", "9.tar"],
        "{008..010}": ["008.tar", "009.tar", "010.tar"],
        "{0..10..2}": [],
        "{1..0}{a,b}": ["0a.tar", "0b.tar", "1a.tar", "1b.tar"],
    }.items():
        for name in names:
            (tmp_path / name).touch()
        if names:
            assert [path.name for path in expand_tars(tmp_path / f"{spec}.tar")[1]] == names
        else:
            with pytest.raises(AssetError, match="names no file"):
                expand_tars(tmp_path / f"{spec}.tar")
    monkeypatch.setattr("locomotion_hf.assets.tars.MAX_SHARDS", 100)
    with pytest.raises(AssetError, match=r"more than 100 tars\. Expected: fewer"):
        expand_tars(tmp_path / "{0..999999999}.tar")


def test_missing_tars_of_a_range_are_listed(shards):
    source = background_source(f"{shards}/clips-{{001..002}}.tar")
    assert [info.id for info in source.infos] == IDS[2:]
    assert source.skipped == {"clips-002.tar": "clips-002.tar cannot be opened (No such file or directory)."}


def test_a_folder_of_videos_stays_one(shards, film):
    (shards / "loose.mp4").write_bytes(film)
    assert [info.id for info in background_source(shards).infos] == ["loose.mp4"]


def test_damaged_members_are_skipped_with_their_reason(tmp_path, film):
    members = [
        ("ok.mp4", film),
        ("cut.mp4", film[: len(film) // 2]),
        ("text.avi", b"no video" * 99),
        ("empty.mp4", b""),
    ]
    members += [("ok.txt", b"caf\xe9"), ("same.mp4", film), ("same.mp4", film), ("same.json", b"{")]
    write_tar(tmp_path / "a.tar", members)
    with tarfile.open(tmp_path / "a.tar", "a") as tar:
        link = tarfile.TarInfo("link.mp4")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    source = background_source(tmp_path)
    assert [info.id for info in source.infos] == ["a.tar/ok.mp4", "a.tar/same.mp4", "a.tar/same.mp4~"]
    assert [info.caption for info in source.infos] == ["", "", ""]
    reasons = {
        "a.tar/cut.mp4": "a.tar/cut.mp4: a video of",
        "a.tar/text.avi": "is not a video file",
        "a.tar/empty.mp4": "a.tar/empty.mp4 is empty (0 bytes).",
        "a.tar/link.mp4": "is a link",
        "a.tar/ok.txt": "a.tar/ok.txt is not UTF-8 text. Its video is used without it.",
        "a.tar/same.json": "is not JSON",
    }
    assert sorted(source.skipped) == sorted(reasons)
    for id, reason in reasons.items():
        assert reason in source.skipped[id]


def test_a_damaged_tar_is_used_up_to_the_damage(tmp_path, film):
    write_tar(tmp_path / "whole.tar", [("a.mp4", film), ("b.mp4", film), ("c.mp4", film)])
    whole = (tmp_path / "whole.tar").read_bytes()
    with tarfile.open(tmp_path / "whole.tar") as tar:
        second, third = (tar.getmember(name) for name in ("b.mp4", "c.mp4"))
    (tmp_path / "cut.tar").write_bytes(whole[: second.offset_data + 99])
    spoilt = bytearray(whole)
    spoilt[third.offset : third.offset + 512] = b"\x55" * 512
    (tmp_path / "spoilt.tar").write_bytes(spoilt)
    source = background_source(tmp_path)
    by_tar = [info.id for info in source.infos if not info.id.startswith("whole")]
    assert by_tar == ["cut.tar/a.mp4", "spoilt.tar/a.mp4", "spoilt.tar/b.mp4"]
    assert source.skipped == {
        "cut.tar": "cut.tar is cut off or corrupt behind its first 2 files, which are used.",
        "cut.tar/b.mp4": "cut.tar/b.mp4 is cut off with its tar.",
        "spoilt.tar": "spoilt.tar is cut off or corrupt behind its first 2 files, which are used.",
    }


def test_tars_of_which_nothing_can_be_used(tmp_path, film):
    for name in ("gzip", "text", "empty", "without"):
        (tmp_path / name).mkdir()
    write_tar(tmp_path / "gzip" / "a.tar", [("a.mp4", film)], "w:gz")
    (tmp_path / "text" / "a.tar").write_text("no tar at all" * 1000)
    (tmp_path / "empty" / "a.tar").touch()
    write_tar(tmp_path / "without" / "a.tar", [("a.txt", b"no video")])
    for name, reason in {
        "gzip": r"a\.tar is compressed, so that its files cannot be found by seek: unpack it",
        "text": r"holds 1 tars or videos, and none can be used: a\.tar cannot be read as a tar",
        "empty": r"a\.tar cannot be read as a tar \(empty file\)",
        "without": r"holds no tars or videos\. .*key\.mp4",
    }.items():
        with pytest.raises(AssetError, match=reason):
            background_source(tmp_path / name)
    with pytest.raises(AssetError, match=r"gone\.tar names no file\. Expected: a tar, or a glob or range"):
        background_source(tmp_path / "gone.tar")
    with pytest.raises(AssetError, match=r"is an address. .* download the tars, or use a dataset of the Hub"):
        background_source("s3://bucket/clips-{000..009}.tar")


@pytest.mark.parametrize("seed", range(40))
def test_poisoned_tars_never_crash(tmp_path, seed):
    rng = np.random.default_rng(seed)
    formats = (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT)
    with tarfile.open(tmp_path / "a.tar", "w", format=formats[seed % 2]) as tar:
        for name in ("a" * 150 + ".mp4", "b\u00e9.mp4", "c.json", "d.mp4"):
            info = tarfile.TarInfo(name)
            info.size = 300
            tar.addfile(info, io.BytesIO(rng.bytes(300)))
    data = bytearray((tmp_path / "a.tar").read_bytes())
    places = rng.integers(0, len(data), 60)
    for place in places:
        data[place] = rng.integers(256)
    (tmp_path / "a.tar").write_bytes(data[: rng.integers(1, len(data))])
    with pytest.raises(AssetError):  # none of the members is a video
        background_source(tmp_path)


def test_many_videos_are_decoded_when_used(tmp_path, film, monkeypatch):
    monkeypatch.setattr("locomotion_hf.assets.tars.SMALL_FILES", 1)
    write_tar(tmp_path / "a.tar", [("a.mp4", film), ("text.mp4", b"no video")])
    source = background_source(tmp_path)
    assert len(source.infos) == 2
    with pytest.raises(AssetError, match=r"a\.tar/text\.mp4: a video of 8 bytes is not a video file"):
        source.load("a.tar/text.mp4", 24)
    (tmp_path / "a.tar").write_bytes(b"short")
    with pytest.raises(AssetError, match=r"a\.tar/a\.mp4: .*a\.tar has become shorter since it was opened"):
        source.load("a.tar/a.mp4", 24)
    (tmp_path / "a.tar").unlink()
    with pytest.raises(AssetError, match="cannot be read any more"):
        source.load("a.tar/a.mp4", 24)


def test_a_source_is_small_when_pickled(tmp_path, film):
    write_tar(tmp_path / "a.tar", [(f"{index:08d}.mp4", film) for index in range(100)])
    source = TarBackgrounds(tmp_path / "a.tar")
    assert len(pickle.dumps(source)) < 80 * len(source.infos) + 1000
