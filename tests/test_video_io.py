import hashlib
import io
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from locomotion_hf.assets.default_pack import ROOT as PACK
from locomotion_hf.errors import AssetError, OutputError
from locomotion_hf.video_io import probe_video, read_video
from locomotion_hf.video_writing import encode_mp4, write_video


def moving_square(count: int = 24, height: int = 48, width: int = 64, seed: int = 0) -> np.ndarray:
    """A textured background with a square that moves: what the package really encodes."""
    rng = np.random.default_rng(seed)
    texture = np.kron(rng.integers(40, 200, (height // 8, width // 8, 3)), np.ones((8, 8, 1))).astype(np.uint8)
    frames = np.repeat(texture[None], count, 0)
    for t in range(count):
        frames[t, 10:26, t : t + 16] = (250, 30, 30)
    return frames


def write_timed(path: Path, levels: list[int], pts: list[int], *, codec: str = "libx264", rotate=None) -> None:
    """Grey frames of the given levels, shown from the given milliseconds on; left half red if rotated."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=30, options={"crf": "5"} if codec == "libx264" else {})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        if rotate:
            stream.set_display_matrix(rotate)
        for level, time in zip(levels, pts, strict=True):
            picture = np.full((48, 64, 3), level, np.uint8)
            if rotate:
                picture[:, :32] = (255, 0, 0)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = time, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    return 10 * np.log10(255**2 / np.mean((one.astype(float) - other) ** 2))


def test_what_was_written_is_read_back(tmp_path):
    frames, _ = read_video(PACK / "videos" / "hdri_city_0.mp4", short_side=64)
    write_video(tmp_path / "clip.mp4", frames, 12)
    read, fps = read_video(tmp_path / "clip.mp4")
    assert fps == 12
    assert (read.shape, read.dtype) == (frames.shape, np.uint8)
    assert psnr(frames, read) > 30
    assert os.listdir(tmp_path) == ["clip.mp4"]  # no temporary file is left
    header = probe_video((tmp_path / "clip.mp4").read_bytes())
    assert (header.width, header.height, header.fps, header.seconds) == (64, 64, 12, 4)


def test_colours_survive():
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (200, 120, 40)]
    frames = np.stack([np.full((32, 32, 3), colour, np.uint8) for colour in colours])
    read, _ = read_video(encode_mp4(frames, 8, crf=5))
    assert np.abs(read.astype(int) - frames).max() <= 6


@pytest.mark.slow
def test_equal_frames_give_equal_bytes_in_every_process():
    script = (
        "import sys, hashlib; sys.path.insert(0, sys.argv[1])\n"
        "from test_video_io import moving_square; from locomotion_hf.video_writing import encode_mp4\n"
        "for seed in (3, 1, 2, 0): x = hashlib.sha256(encode_mp4(moving_square(seed=seed), 8)).hexdigest()\n"
        "print(x)"
    )
    run = [sys.executable, "-c", script, str(Path(__file__).parent)]
    hashes = {subprocess.run(run, capture_output=True, text=True, check=True).stdout.strip() for _ in range(2)}
    hashes |= {hashlib.sha256(encode_mp4(moving_square(), 8)).hexdigest() for _ in range(5)}
    assert len(hashes) == 1
    assert encode_mp4(moving_square(), 8) != encode_mp4(moving_square(seed=1), 8)


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_variable_frame_rate_is_read_by_time(tmp_path, ending):
    path = tmp_path / f"clip.{ending}"
    write_timed(path, [0, 50, 100, 150, 200], [0, 100, 200, 900, 1000])
    read, fps = read_video(path, fps=10, max_seconds=1.05)
    assert fps == 10
    levels = read.mean((1, 2, 3))
    assert np.allclose(levels, [0, 50, 100, 100, 100, 100, 100, 100, 100, 150, 200], atol=4)


def test_another_rate_keeps_the_speed():
    frames = np.stack([np.full((32, 32, 3), 8 * t, np.uint8) for t in range(24)])
    data = encode_mp4(frames, 12, crf=5)
    half, _ = read_video(data, fps=6)
    double, _ = read_video(data, fps=24)
    assert np.allclose(half.mean((1, 2, 3)), 16 * np.arange(12), atol=4)
    assert np.allclose(double.mean((1, 2, 3)), 8 * (np.arange(48) // 2), atol=4)
    assert len(read_video(data, max_seconds=1)[0]) == 12


@pytest.mark.parametrize(
    ("matrix", "red"),
    [
        ([0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30], "top"),  # 90 degrees clockwise: left becomes top
        ([-65536, 0, 0, 0, -65536, 0, 0, 0, 1 << 30], "right"),
        ([0, -65536, 0, 65536, 0, 0, 0, 0, 1 << 30], "bottom"),
    ],
)
def test_rotation_of_the_file_is_applied(tmp_path, matrix, red):
    write_timed(tmp_path / "phone.mp4", [0, 0, 0], [0, 100, 200], rotate=matrix)
    read, _ = read_video(tmp_path / "phone.mp4", short_side=24)
    height, width = read.shape[1:3]
    assert (height, width) == ((24, 32) if red == "right" else (32, 24))
    sides = {"top": read[0, 2], "bottom": read[0, -3], "left": read[0, :, 2], "right": read[0, :, -3]}
    is_red = {side: bool(strip[..., 0].mean() > 200) for side, strip in sides.items()}
    assert is_red[red]
    assert not is_red[{"top": "bottom", "bottom": "top", "right": "left"}[red]]


def test_short_side_and_pixel_aspect(tmp_path):
    data = encode_mp4(moving_square(height=48, width=96), 8)
    assert read_video(data, short_side=20)[0].shape[1:] == (20, 40, 3)
    assert read_video(data, short_side=60)[0].shape[1:] == (60, 120, 3)
    path = tmp_path / "wide_pixels.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=8)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(2, 1)
        for _ in range(4):
            frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert read_video(path, short_side=32)[0].shape[1:] == (32, 64, 3)


def damage(clip: bytes, frames: range) -> bytes:
    """The clip with noise in place of what these frames hold."""
    data, rng = bytearray(clip), np.random.default_rng(0)
    with av.open(io.BytesIO(clip)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.dts is not None]
    for packet in packets[frames.start : frames.stop]:
        body = slice(packet.pos + 12, packet.pos + packet.size)
        data[body] = rng.integers(0, 256, len(data[body]), np.uint8).tobytes()
    return bytes(data)


def test_a_few_damaged_frames_are_bridged_by_the_one_before():
    clip = encode_mp4(moving_square(48), 12)
    whole, _ = read_video(clip)
    bridged, _ = read_video(damage(clip, range(10, 12)))
    assert len(bridged) == 48
    assert np.array_equal(bridged[:10], whole[:10])
    assert np.array_equal(bridged[10], whole[9])
    assert np.array_equal(bridged[11], whole[9])


def bad_input(kind: str, folder: Path):
    clip = encode_mp4(moving_square(48), 12)
    path = folder / "clip.mp4"
    if kind == "link":
        path.symlink_to(folder / "gone.mp4")
    elif kind == "folder":
        path.mkdir()
    elif kind == "sound":
        with av.open(str(path), "w") as container:
            stream = container.add_stream("aac", rate=8000, layout="mono")
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            frame.sample_rate = 8000
            container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    elif kind == "half mkv":
        with av.open(str(folder / "whole.mkv"), "w") as container, av.open(io.BytesIO(clip)) as source:
            stream = container.add_stream_from_template(source.streams.video[0])
            for packet in source.demux(video=0):
                if packet.dts is not None:
                    packet.stream = stream
                    container.mux(packet)
        path.write_bytes((folder / "whole.mkv").read_bytes()[: len(clip) // 2])
    elif kind == "damaged":
        path.write_bytes(damage(clip, range(10, 22)))  # the last frame still comes at its time
    elif kind == "playlist":
        (folder / "real.mp4").write_bytes(clip)
        path = folder / "clip.m3u8"
        path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:4,\n{folder}/real.mp4\n#EXT-X-ENDLIST\n")
    elif kind != "missing":
        path.write_bytes({"empty": b"", "text": b"no video\n" * 500, "half": clip[: len(clip) // 2]}[kind])
    return path


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("missing", "does not exist"),
        ("link", "is a broken link to"),
        ("folder", "is a folder"),
        ("empty", "is empty (0 bytes)"),
        ("text", "is not a video file"),
        ("playlist", "is not a video file"),
        ("sound", "holds no video stream"),
        ("half", "cut off or corrupt"),
        ("half mkv", "declared seconds can be decoded"),
        ("damaged", "4.00 of 4.00 declared seconds can be decoded, with 12 of 48 frames damaged"),
    ],
)
def test_bad_files_are_named_with_reason_and_way_out(tmp_path, kind, message):
    path = bad_input(kind, tmp_path)
    with pytest.raises(AssetError) as caught:
        read_video(path)
    assert str(path) in caught.value.seen
    assert message in caught.value.seen
    assert "a video file (mp4" in caught.value.expected
    assert "leave it out" in caught.value.fix
    with pytest.raises(AssetError):
        probe_video(path, decode=True)


@pytest.mark.parametrize("decode", [False, True])
def test_one_frame_is_no_video(decode):
    still = encode_mp4(moving_square(1), 8)
    message = "is a video of 1 frame; at least 2 are needed"
    with pytest.raises(AssetError, match=message):
        read_video(still)
    with pytest.raises(AssetError, match=message):
        probe_video(still, decode=decode)


def test_a_rate_that_leaves_one_frame_is_refused():
    with pytest.raises(AssetError, match="only 1 frame at 1 frames per second"):
        read_video(encode_mp4(moving_square(6), 8), fps=1)


@pytest.mark.parametrize("limit", ["MAX_FRAME_PIXELS", "MAX_TOTAL_BYTES"])
def test_huge_videos_are_refused_not_loaded(monkeypatch, limit):
    monkeypatch.setattr(f"locomotion_hf.video_io.{limit}", 2000)
    with pytest.raises(AssetError, match="64x48"):
        read_video(encode_mp4(moving_square(), 8))


@pytest.mark.parametrize("arguments", [{"fps": 0}, {"short_side": -1}, {"max_seconds": float("nan")}])
def test_arguments_out_of_range(arguments):
    with pytest.raises(AssetError, match="a positive number"):
        read_video(b"", **arguments)


@pytest.mark.parametrize(
    ("frames", "fps", "message"),
    [
        (np.zeros((4, 31, 32, 3), np.uint8), 8, "even width and height"),
        (np.zeros((4, 32, 32, 3), np.float32), 8, "float32"),
        (np.zeros((4, 3, 32, 32), np.uint8), 8, r"\(N, H, W, 3\)"),
        (np.zeros((0, 32, 32, 3), np.uint8), 8, r"\(0, 32, 32, 3\)"),
        (np.zeros((4, 32, 32, 3), np.uint8), 0, "fps=0"),
        ([1, 2], 8, "list"),
    ],
)
def test_frames_that_cannot_be_encoded(frames, fps, message):
    with pytest.raises(AssetError, match=message):
        encode_mp4(frames, fps)


def test_a_place_that_cannot_be_written(tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        write_video(tmp_path / "gone" / "clip.mp4", moving_square(4), 8)
    (tmp_path / "clip.mp4").mkdir()
    with pytest.raises(OutputError, match="cannot be written"):
        write_video(tmp_path / "clip.mp4", moving_square(4), 8)
    assert os.listdir(tmp_path) == ["clip.mp4"]


def test_a_file_name_that_is_no_text(tmp_path):
    path = os.fsencode(tmp_path) + b"/caf\xe9.mp4"
    with open(path, "wb") as file:
        file.write(encode_mp4(moving_square(6), 8))
    assert len(read_video(os.fsdecode(path))[0]) == 6


def test_reading_bytes_equals_reading_the_file(tmp_path):
    write_video(tmp_path / "clip.mp4", moving_square(6), 8)
    from_file, _ = read_video(tmp_path / "clip.mp4")
    from_bytes, _ = read_video(io.BytesIO((tmp_path / "clip.mp4").read_bytes()).getvalue())
    assert np.array_equal(from_file, from_bytes)
