import os
import shutil

import pytest
from PIL import Image

from locomotion_hf.assets import folder
from locomotion_hf.assets.sources import background_source, object_source
from locomotion_hf.errors import AssetError
from locomotion_hf.types import AssetInfo


def test_videos_are_found_in_order_and_the_bad_ones_listed(tmp_path, film):
    root = tmp_path / "films"
    (root / "b").mkdir(parents=True)
    (root / "z.mp4").write_bytes(film)
    (root / "b" / "A.MP4").write_bytes(film)
    (root / "linked.mp4").symlink_to(root / "z.mp4")
    (root / "text.mp4").write_text("no video\n" * 500)
    (root / "cut.mp4").write_bytes(film[: len(film) // 2])
    (root / "empty.webm").touch()
    (root / "gone.mov").symlink_to(tmp_path / "gone")
    (root / "._z.mp4").write_bytes(b"macOS")
    (root / "notes.txt").write_text("not looked at")
    source = background_source(root)
    assert source.infos == tuple(AssetInfo(id, id, "unknown") for id in ("b/A.MP4", "linked.mp4", "z.mp4"))
    assert sorted(source.skipped) == ["cut.mp4", "empty.webm", "gone.mov", "text.mp4"]
    assert "broken link" in source.skipped["gone.mov"]
    assert "not a video file" in source.skipped["text.mp4"]
    clip = source.load("b/A.MP4", 24)
    assert (clip.frames.shape, clip.fps) == ((24, 24, 32, 3), 12.0)
    assert source.load("b/A.MP4", 24) is clip


def test_folders_behind_links_are_entered_once(tmp_path, film):
    real = tmp_path / "elsewhere"
    real.mkdir()
    (real / "a.mp4").write_bytes(film)
    (real / "back").symlink_to(real)
    root = tmp_path / "films"
    root.mkdir()
    (root / "link").symlink_to(real)
    assert [info.id for info in background_source(root).infos] == ["link/a.mp4"]


def test_cut_outs_are_named_after_their_folder(tmp_path, disc):
    for place in ("teapot/1.png", "alarm_clock/x.webp", "bow_(weapon)/deep/y.png", "loose.png", "007/a.png"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        disc.save(tmp_path / place)
    Image.new("RGB", (64, 64)).save(tmp_path / "teapot" / "photo.png")
    (tmp_path / "teapot" / "link.png").symlink_to(tmp_path / "gone.png")
    source = object_source(tmp_path)
    assert {info.id: info.noun for info in source.infos} == {
        "alarm_clock/x.webp": "alarm clock",
        "bow_(weapon)/deep/y.png": "bow",
        "teapot/1.png": "teapot",
    }
    assert {info.source for info in source.infos} == {info.id for info in source.infos}
    assert "no alpha channel" in source.skipped["teapot/photo.png"]
    assert "broken link" in source.skipped["teapot/link.png"]
    assert "not in a folder named after its noun" in source.skipped["loose.png"]
    assert "not in a folder named after its noun" in source.skipped["007/a.png"]
    assert source.load("teapot/1.png").rgba.shape == (40, 40, 4)


@pytest.mark.parametrize("make", [background_source, object_source])
def test_a_folder_without_anything_usable_is_an_error(tmp_path, make):
    with pytest.raises(AssetError, match="gone does not exist"):
        make(tmp_path / "gone")
    with pytest.raises(AssetError, match=r"holds no (video|picture) files"):
        make(tmp_path)
    (tmp_path / "noun").mkdir()
    for name in ("a.mp4", "b.mp4", "c.mp4", "d.mp4", "a.png", "b.png", "c.png", "d.png"):
        (tmp_path / "noun" / name).write_text("neither video nor picture")
    with pytest.raises(AssetError, match=r"holds 4 (video|picture) files, and none can be used") as caught:
        make(tmp_path)
    assert caught.value.seen.count("is not a ") == 3  # the first three reasons
    with pytest.raises(AssetError, match="is not a folder"):
        make(tmp_path / "noun" / "a.mp4")


def test_names_that_are_no_text(tmp_path, film, disc):
    os.mkdir(os.fsencode(tmp_path) + b"/teapot")
    for name in (b"caf\xe9", b"caf\xe8"):
        disc.save(tmp_path / "x.png")
        shutil.move(tmp_path / "x.png", os.fsencode(tmp_path) + b"/teapot/" + name + b".png")
        with open(os.fsencode(tmp_path) + b"/" + name + b".mp4", "wb") as file:
            file.write(film)
    objects, backgrounds = object_source(tmp_path), background_source(tmp_path)
    assert [info.id for info in objects.infos] == ["teapot/caf\ufffd.png", "teapot/caf\ufffd.png~"]
    assert [info.id for info in backgrounds.infos] == ["caf\ufffd.mp4", "caf\ufffd.mp4~"]
    for source in (objects, backgrounds):
        for info in source.infos:
            info.id.encode()  # goes into JSON and Parquet
    assert objects.load("teapot/caf\ufffd.png~").info.noun == "teapot"
    assert len(backgrounds.load("caf\ufffd.mp4~", 24).frames) == 24


def test_a_large_folder_is_checked_by_headers_and_fails_when_used(tmp_path, film, disc, monkeypatch):
    monkeypatch.setattr(folder, "SMALL_FILES", 2)
    damaged = bytearray(film)
    start = damaged.index(b"mdat") + 900
    damaged[start : damaged.index(b"moov") - 10] = bytes(damaged.index(b"moov") - 10 - start)
    for name in ("a", "b"):
        (tmp_path / f"{name}.mp4").write_bytes(film)
    (tmp_path / "damaged.mp4").write_bytes(bytes(damaged))
    (tmp_path / "text.mp4").write_text("no video")
    source = background_source(tmp_path)
    assert [info.id for info in source.infos] == ["a.mp4", "b.mp4", "damaged.mp4"]
    assert list(source.skipped) == ["text.mp4"]
    with pytest.raises(AssetError, match=r"damaged\.mp4"):
        source.load("damaged.mp4", 24)
    monkeypatch.setattr(folder, "MANY_VIDEOS", 3)
    (tmp_path / "empty.mp4").touch()
    source = background_source(tmp_path)
    assert list(source.skipped) == ["empty.mp4"]
    with pytest.raises(AssetError, match=r"text\.mp4 is not a video"):
        source.load("text.mp4", 24)

    (tmp_path / "ring").mkdir()
    for name in ("a", "b"):
        disc.save(tmp_path / "ring" / f"{name}.png")
    Image.new("RGBA", (64, 64)).save(tmp_path / "ring" / "nothing.png")
    objects = object_source(tmp_path)
    assert len(objects.infos) == 3
    with pytest.raises(AssetError, match=r"nothing\.png is transparent everywhere"):
        objects.load("ring/nothing.png")


def test_a_file_that_vanishes_later_is_an_asset_error(tmp_path, film):
    (tmp_path / "a.mp4").write_bytes(film)
    source = background_source(tmp_path)
    (tmp_path / "a.mp4").unlink()
    with pytest.raises(AssetError, match=r"a\.mp4 does not exist"):
        source.load("a.mp4", 24)


def test_a_fast_camera_is_read_at_thirty(tmp_path, film):
    from locomotion_hf.video_io import read_video
    from locomotion_hf.video_writing import write_video

    write_video(tmp_path / "a.mp4", read_video(film)[0], 60)
    assert background_source(tmp_path).load("a.mp4", 24).fps == 30
