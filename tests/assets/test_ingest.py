import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from locomotion_hf.assets import ingest as ingest_module
from locomotion_hf.assets.folder import FolderBackgrounds
from locomotion_hf.assets.frame_codecs import CODECS, decode_frames, encode_frames
from locomotion_hf.assets.ingest import CachedBackgrounds, LazyFrames, ingest, is_cache
from locomotion_hf.errors import AssetError, OutputError
from locomotion_hf.types import AssetInfo, BackgroundSource, Clip
from locomotion_hf.video_writing import write_video


def scene(seed: int, count: int = 24, height: int = 50, width: int = 67) -> np.ndarray:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    waves = [np.sin(x * rng.uniform(0.02, 0.12) + y * rng.uniform(0.02, 0.12) + rng.uniform(0, 6)) for _ in range(3)]
    drift = np.arange(count)[:, None, None, None] * 2
    return (128 + 90 * np.stack(waves, -1) + drift).clip(0, 255).astype(np.uint8)


class Scenes:
    """A source of three smooth clips, one of which cannot be read."""

    def __init__(self, fps: float = 12.0, names: tuple[str, ...] = ("a", "b/c", "broken")) -> None:
        self.infos = tuple(
            AssetInfo(name, f"film {name}", "CC-BY-4.0", attribution="me", caption=f"scene {name}") for name in names
        )
        self.skipped = {"d.txt": "d.txt is not a video."}
        self.fps, self.loaded = fps, list[str]()

    def file(self, id: str) -> None:
        return None

    def load(self, id: str, short_side: int) -> Clip:
        self.loaded.append(id)
        if id == "broken":
            raise AssetError("broken is cut off.", "a whole file.", "repair it.")
        info = next(info for info in self.infos if info.id == id)
        return Clip(info, scene(len(id), height=short_side, width=short_side * 4 // 3 + len(id)), self.fps)


@pytest.mark.parametrize("codec", CODECS)
def test_frames_come_back(codec: str) -> None:
    for height, width in ((50, 67), (48, 64), (17, 16)):
        frames = scene(1, 5, height, width)
        data, sizes, _ = encode_frames(frames, codec)
        assert len(data) == sum(sizes)
        indices, window = np.array([4, 0, 0, 2]), (3, 5, 12, 11)
        got = decode_frames(np.frombuffer(data, np.uint8), np.cumsum(sizes), codec, (height, width), indices, window)
        wanted = frames[indices, 3:15, 5:16].astype(int)
        assert got.shape == (4, 12, 11, 3)
        worst, mean = {"raw": (0, 0), "i420": (12, 2.5), "jpeg": (20, 2.5)}[codec]
        assert np.abs(got - wanted).max() <= worst
        assert np.abs(got - wanted).mean() <= mean
        assert abs((got - wanted).mean()) < 0.5


def test_grey_survives_i420_and_so_do_the_extremes() -> None:
    levels = np.arange(256, dtype=np.uint8).repeat(2).reshape(1, 2, 256, 1).repeat(3, -1)
    data, sizes, _ = encode_frames(levels, "i420")
    whole = (0, 0, 2, 256)
    got = decode_frames(np.frombuffer(data, np.uint8), sizes, "i420", (2, 256), np.array([0]), whole)
    assert (got == levels).all()
    for colour in np.ndindex(2, 2, 2):
        flat = np.broadcast_to(np.array(colour, np.uint8) * 255, (1, 4, 4, 3))
        data, sizes, _ = encode_frames(flat, "i420")
        got = decode_frames(np.frombuffer(data, np.uint8), sizes, "i420", (4, 4), np.array([0]), (0, 0, 4, 4))
        assert np.abs(got.astype(int) - flat).max() <= 2


@pytest.mark.parametrize("codec", CODECS)
def test_a_cache_is_a_source_like_the_one_it_was_made_from(tmp_path: Path, codec: str) -> None:
    source = Scenes()
    cache: BackgroundSource = ingest(source, tmp_path / "cache", 50, codec, progress=False)
    assert cache.infos == source.infos[:2]
    assert cache.skipped == {"d.txt": "d.txt is not a video.", "broken": "broken is cut off."}
    clip, original = cache.load("b/c", 50), source.load("b/c", 50)
    assert repr(clip) == repr(original)
    frames = np.array([0, 5, 5, 23, 22])
    close = 0 if codec == "raw" else 3
    cut = clip.frames[frames, 2:50, 9:57]
    assert np.abs(cut - original.frames[frames, 2:50, 9:57].astype(int)).mean() <= close
    assert isinstance(cache, CachedBackgrounds)
    assert (np.asarray(clip.frames)[frames, 2:50, 9:57] == cut).all()
    assert (clip.frames[3] == clip.frames[:][3]).all()
    assert (clip.frames[-1] == clip.frames[20:, 0:][-1]).all()
    small = cache.load("a", 30)
    assert small.frames.shape == (24, 30, round(67 * 30 / 50), 3)


def test_a_worker_gets_a_small_source(tmp_path: Path) -> None:
    cache = ingest(Scenes(), tmp_path, 50, progress=False)
    data = pickle.dumps(cache)
    assert len(data) < 500
    again = pickle.loads(data)
    assert again.infos == cache.infos
    assert (again.load("a", 50).frames[2] == cache.load("a", 50).frames[2]).all()


def test_faster_videos_lose_frames_evenly(tmp_path: Path) -> None:
    clip = ingest(Scenes(fps=30.0), tmp_path, 50, "raw", max_fps=8.0, progress=False).load("a", 50)
    assert clip.fps == 8.0
    kept = [0, 3, 7, 11, 15, 18, 22]  # k * 30 / 8, rounded down
    assert (clip.frames[:] == Scenes().load("a", 50).frames[kept]).all()


def test_videos_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "videos").mkdir()
    write_video(tmp_path / "videos" / "one.mp4", scene(2, 40, 64, 80), 12.0)
    (tmp_path / "videos" / "two.mp4").write_bytes(b"no video")
    cache = ingest(FolderBackgrounds(tmp_path / "videos"), tmp_path / "cache", 48, progress=False)
    assert [info.id for info in cache.infos] == ["one.mp4"]
    assert "is not a video file" in cache.skipped["two.mp4"]
    expected = FolderBackgrounds(tmp_path / "videos").load("one.mp4", 48)
    clip = cache.load("one.mp4", 48)
    assert repr(clip) == repr(expected)
    assert np.abs(clip.frames[:] - expected.frames.astype(int)).mean() < 2


@pytest.mark.parametrize("codec", CODECS)
def test_videos_scaled_while_they_are_decoded(tmp_path: Path, codec: str) -> None:
    """The short way gives the frames that the source's own reading gives, odd sizes and rates as well."""
    (tmp_path / "videos").mkdir()
    file = tmp_path / "videos" / "one.mp4"
    write_video(file, scene(2, 40, 130, 182), 25.0, crf=10)

    class Whole(FolderBackgrounds):
        """Videos that are only to be had decoded."""

        def file(self, id: str) -> None:
            return None

    source = FolderBackgrounds(tmp_path / "videos")
    whole = Whole(tmp_path / "videos")
    slow = ingest(whole, tmp_path / "slow", 65, codec, max_fps=10.0, progress=False).load("one.mp4", 65)
    fast = ingest(source, tmp_path / "fast", 65, codec, max_fps=10.0, progress=False)
    clip = fast.load("one.mp4", 65)
    assert repr(clip) == repr(slow)
    assert clip.fps == 10.0
    error = (clip.frames[:].astype(float) - slow.frames[:]) @ [0.299, 0.587, 0.114]
    assert 10 * np.log10(255**2 / (error**2).mean()) > 42  # of the brightness; colours are coarser
    assert np.abs((clip.frames[:].astype(float) - slow.frames[:]).mean((0, 1, 2))).max() < 2
    file.write_bytes(b"no video")
    with pytest.raises(AssetError, match=r"none of the 1 backgrounds can be used: .*is not a video file"):
        ingest(source, tmp_path / "b", 65, codec, progress=False)


def test_a_killed_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ingest(Scenes(), tmp_path / "whole", 50, progress=False)

    class Killed(Scenes):
        def load(self, id: str, short_side: int) -> Clip:
            if id == "b/c":
                raise KeyboardInterrupt
            return super().load(id, short_side)

    with pytest.raises(KeyboardInterrupt):
        ingest(Killed(), tmp_path / "killed", 50, progress=False)
    assert is_cache(tmp_path / "killed")
    with pytest.raises(AssetError, match=r"an unfinished cache.*run ingest again with the same settings"):
        CachedBackgrounds(tmp_path / "killed")
    # What a kill in the middle of writing leaves.
    with (tmp_path / "killed" / ingest_module.FRAMES).open("ab") as file:
        file.write(b"half a frame")
    with (tmp_path / "killed" / ingest_module.JOURNAL).open("a") as file:
        file.write('{"id": "b/')
    source = Scenes()
    ingest(source, tmp_path / "killed", 50, progress=False)
    assert source.loaded == ["b/c", "broken"]
    for name in (ingest_module.FRAMES, ingest_module.INDEX):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert not (tmp_path / "killed" / ingest_module.JOURNAL).exists()


def test_what_is_new_is_added(tmp_path: Path) -> None:
    ingest(Scenes(names=("b/c",)), tmp_path, 50, progress=False)
    source = Scenes()
    cache = ingest(source, tmp_path, 50, progress=False)
    assert source.loaded == ["a", "broken"]
    assert [info.id for info in cache.infos] == ["a", "b/c"]
    fresh = source.load("b/c", 50).frames
    assert np.abs(cache.load("b/c", 50).frames[:] - fresh.astype(int)).mean() < 3


def test_other_settings_another_folder(tmp_path: Path) -> None:
    ingest(Scenes(), tmp_path, 50, progress=False)
    with pytest.raises(OutputError, match=r"codec=i420, short_side=50\. Expected: codec=raw, short_side=40, as"):
        ingest(Scenes(), tmp_path, 40, "raw", progress=False)


def test_damage_is_named(tmp_path: Path) -> None:
    assert not is_cache(tmp_path)
    with pytest.raises(AssetError, match="holds no cache of backgrounds"):
        CachedBackgrounds(tmp_path)
    ingest(Scenes(), tmp_path, 50, "jpeg", progress=False)
    index, frames = tmp_path / ingest_module.INDEX, tmp_path / ingest_module.FRAMES
    data = frames.read_bytes()
    frames.write_bytes(data[:-1])
    with pytest.raises(AssetError, match=rf"has {len(data) - 1} bytes\. Expected: {len(data)}, as the index says"):
        CachedBackgrounds(tmp_path)
    frames.write_bytes(bytes(len(data)))
    with pytest.raises(AssetError, match=r"'a' in .* is damaged"):
        CachedBackgrounds(tmp_path).load("a", 50).frames[0]
    text = index.read_text()
    index.write_text(text.replace('"version": 1', '"version": 99'))
    with pytest.raises(AssetError, match=r"a cache of version 99\. Expected: version 1"):
        CachedBackgrounds(tmp_path)
    index.write_text(text[: len(text) // 2])
    with pytest.raises(AssetError, match="cannot be read"):
        CachedBackgrounds(tmp_path)


def test_what_is_asked_for_must_be_there(tmp_path: Path) -> None:
    cache = ingest(Scenes(), tmp_path, 50, progress=False)
    with pytest.raises(AssetError, match="has no 'z'"):
        cache.load("z", 50)
    with pytest.raises(AssetError, match=r"short_side=60 is asked .* holds 50\. .* run ingest with short_side=60"):
        cache.load("a", 60)
    lazy = cache.load("a", 50).frames
    assert isinstance(lazy, LazyFrames)
    with pytest.raises(IndexError):
        lazy[24]
    with pytest.raises(IndexError, match="slices of step 1, not empty"):
        lazy[0, 5:5]
    with pytest.raises(IndexError, match="slices of step 1"):
        lazy[0, ::2]
    with pytest.raises(AssetError, match="codec='png', short_side=50"):
        ingest(Scenes(), tmp_path, 50, "png", progress=False)  # type: ignore[arg-type]
    with pytest.raises(AssetError, match=r"none of the 1 backgrounds can be used: .*broken is cut off"):
        ingest(Scenes(names=("broken",)), tmp_path / "other", 50, progress=False)


def test_the_index_names_licences(tmp_path: Path) -> None:
    ingest(Scenes(), tmp_path, 50, progress=False)
    index = json.loads((tmp_path / ingest_module.INDEX).read_text())
    assert index["backgrounds"][0]["licence"] == "CC-BY-4.0"
    assert index["backgrounds"][0]["caption"] == "scene a"


def test_a_full_disk(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"cannot be written .* goes on from what is there"):
        ingest(Scenes(), tmp_path / "file", 50, progress=False)
