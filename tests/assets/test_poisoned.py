"""Two hundred bad and odd files: none stops or hangs a run, and each is used or named with its reason."""

import io
import json
import os
import signal
import socket
import struct
import zlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from datasets import load_dataset
from PIL import Image

from locomotion_hf.assets.sources import background_source, object_source
from locomotion_hf.dataset import Recipe
from locomotion_hf.dataset.export import export
from locomotion_hf.errors import AssetError

USED = "used"
#: What must become of a file: `USED`, words of the reason, or None where either is right.
Fate = str | None
CUT_AT = np.linspace(0.02, 0.98, 25)


@pytest.fixture(autouse=True, scope="module")
def nothing_hangs() -> Iterator[None]:
    def too_long(*_: object) -> None:
        raise TimeoutError("a file made the reader wait for ever")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(100)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def film(
    name: str,
    count: int = 24,
    width: int = 64,
    height: int = 48,
    rate: Fraction | int = 12,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    first: int = 0,
    base: Fraction | None = None,
    steps: Callable[[int], int] = lambda t: t,
    aspect: Fraction | None = None,
    matrix: list[int] | None = None,
    sound: bool = False,
    **options: str,
) -> bytes:
    """A video of a moving bar, as the bytes of a file whose name says the container."""
    file = io.BytesIO()
    ending = {"mkv": "matroska", "ts": "mpegts", "mpg": "mpeg", "wmv": "asf", "m4v": "mp4"}
    with av.open(file, "w", format=ending.get(name.rpartition(".")[2], name.rpartition(".")[2])) as container:
        stream = container.add_stream(codec, rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, pixels
        if base:
            stream.codec_context.time_base = base
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        if matrix:
            stream.set_display_matrix(matrix)
        if sound:
            speech = container.add_stream("aac", rate=8000, layout="mono")
        for t in range(count):
            picture = np.full((height, width, 3), 40, np.uint8)
            picture[:, t % width : t % width + 8] = (220, 180, 40)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=pixels)
            frame.pts, frame.time_base = first + steps(t), base or 1 / Fraction(rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if sound:
            quiet = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            quiet.sample_rate = 8000
            container.mux([*speech.encode(quiet), *speech.encode(None)])
    return file.getvalue()


def only_sound(form: str, codec: str) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=form) as container:
        stream = container.add_stream(codec, rate=8000, layout="mono")
        form = "fltp" if codec == "aac" else "s16"
        quiet = av.AudioFrame.from_ndarray(
            np.zeros((1, 1024), np.float32 if form == "fltp" else np.int16), form, "mono"
        )
        quiet.sample_rate = 8000
        container.mux([*stream.encode(quiet), *stream.encode(None)])
    return file.getvalue()


def repeated(frames: int, step: int) -> bytes:
    """One picture, shown again and again: a long recording that takes no time to write."""
    still, file = film("x.mkv", 1), io.BytesIO()
    with av.open(io.BytesIO(still)) as source, av.open(file, "w", format="matroska") as container:
        stream = container.add_stream_from_template(source.streams.video[0])
        picture = next(packet for packet in source.demux(video=0) if packet.size)
        for t in range(frames):
            packet = av.Packet(bytes(picture))
            packet.stream, packet.time_base, packet.is_keyframe = stream, Fraction(1, 1000), True
            packet.pts = packet.dts = t * step
            container.mux(packet)
    return file.getvalue()


def declared(clip: bytes, seconds: int) -> bytes:
    """An mp4 whose headers claim another length."""
    data = bytearray(clip)
    for box, scale_at, length_at in ((b"mvhd", 12, 16), (b"mdhd", 12, 16), (b"tkhd", None, 20)):
        start = data.index(box) + 4
        scale = struct.unpack_from(">I", data, start + scale_at)[0] if scale_at else 1000
        struct.pack_into(">I", data, start + length_at, seconds * scale)
    at = data.index(b"elst") + 12
    struct.pack_into(">I", data, at, seconds * 1000)
    return bytes(data)


def declared_mkv(clip: bytes, seconds: int) -> bytes:
    """The same for Matroska."""
    at = clip.index(b"\x44\x89\x88") + 3  # Duration, a float of 8 bytes, in milliseconds
    return clip[:at] + struct.pack(">d", seconds * 1000) + clip[at + 8 :]


def flipped(data: bytes, seed: int) -> bytes:
    """The file with 1 to 64 bytes changed."""
    rng, changed = np.random.default_rng(seed), bytearray(data)
    for place in rng.integers(0, len(data), 2 ** (seed % 7)):
        changed[place] ^= int(rng.integers(1, 256))
    return bytes(changed)


def videos() -> dict[str | bytes, tuple[bytes | Callable[[Path], object], Fate]]:
    """Name -> content (or what makes the file) and fate."""
    clip, mkv, stream = film("x.mp4"), film("x.mkv"), film("x.ts", 48)
    found: dict = {
        "plain.mp4": (clip, USED),
        "zero.mp4": (b"", "is empty"),
        "zero.mkv": (b"", "is empty"),
        "nul.mp4": (bytes(5000), "not a video"),
        "text.mp4": (b"no video\n" * 500, "not a video"),
        "page.webm": (b"<html><body>404</body></html>" * 50, "not a video"),
        "list.avi": (b"#EXTM3U\n#EXTINF:4,\n/etc/passwd\n", "not a video"),
        "archive.mkv": (b"PK\x03\x04" + bytes(500), "not a video"),
        "noise.mpg": (np.random.default_rng(0).bytes(20_000), " "),
        "sound.mp4": (only_sound("mp4", "aac"), "no video stream"),
        "sound.avi": (only_sound("avi", "pcm_s16le"), "no video stream"),
        "wave.mov": (only_sound("wav", "pcm_s16le"), "not a video"),
        "with_sound.mp4": (film("x.mp4", sound=True), USED),
        "odd_444.mp4": (film("x.mp4", width=101, height=63, pixels="yuv444p"), USED),
        "odd.avi": (film("x.avi", width=101, height=63, codec="mpeg4"), USED),
        "odd.mkv": (film("x.mkv", width=101, height=63, codec="ffv1"), USED),
        "odd.gif": (film("x.gif", width=101, height=63, codec="gif", pixels="rgb8"), USED),
        "dot.mp4": (film("x.mp4", width=2, height=2), USED),
        "dot.mkv": (film("x.mkv", width=1, height=1, codec="ffv1", pixels="bgr0"), USED),
        "thin.mp4": (film("x.mp4", width=2, height=200), USED),
        "ten_bit.mp4": (film("x.mp4", pixels="yuv420p10le"), USED),
        "hevc.mp4": (film("x.mp4", codec="libx265", **{"x265-params": "log-level=none"}), USED),
        "hevc_ten_bit.mkv": (
            film("x.mkv", codec="libx265", pixels="yuv420p10le", **{"x265-params": "log-level=none"}),
            USED,
        ),
        "vp9.webm": (film("x.webm", codec="libvpx-vp9"), USED),
        "vp8.webm": (film("x.webm", codec="libvpx"), USED),
        "mpeg1.mpg": (film("x.mpg", codec="mpeg1video", rate=25), USED),
        "mpeg2.ts": (film("x.ts", codec="mpeg2video", rate=25), USED),
        "wmv.wmv": (film("x.wmv", codec="wmv2"), USED),
        "flash.flv": (film("x.flv", codec="flv"), USED),
        "theora.ogv": (film("x.mkv", codec="mjpeg", pixels="yuvj420p"), USED),
        "full_range.mp4": (film("x.mp4", pixels="yuvj420p"), USED),
        "grey.mp4": (film("x.mp4", pixels="gray"), USED),
        "interlaced.mp4": (film("x.mp4", **{"x264-params": "interlaced=1:tff=1"}), USED),
        "variable.mp4": (film("x.mp4", base=Fraction(1, 1000), steps=lambda t: t * t * 5), USED),
        "one.mp4": (film("x.mp4", 1), "1 frame"),
        "one.mkv": (film("x.mkv", 1), "1 frame"),
        "one.gif": (film("x.gif", 1, codec="gif", pixels="rgb8"), " "),
        "two.mp4": (film("x.mp4", 2), USED),
        "fast.mp4": (film("x.mp4", 48, rate=1000), USED),
        "crawling.mp4": (film("x.mp4", 30, rate=1), USED),
        "one_each_20_min.mkv": (repeated(30, 1_200_000), " "),
        "ten_hours.mkv": (repeated(36_000, 1000), USED),
        "ten_hours_claimed.mp4": (declared(clip, 36_000), USED),  # all of its two seconds can be read
        "ten_hours_claimed.mkv": (declared_mkv(mkv, 36_000), "of 30.00 declared seconds"),
        "no_time_claimed.mp4": (declared(clip, 0), None),
        "fine_clock.mp4": (film("x.mp4", base=Fraction(1, 1_000_000), steps=lambda t: t * 83_333), USED),
        "coarse_clock.mkv": (film("x.mkv", base=Fraction(1, 2), steps=lambda t: t), USED),
        "before_zero.mkv": (film("x.mkv", first=-12), USED),
        "before_zero.mp4": (film("x.mp4", first=-12), USED),
        "late.ts": (film("x.ts", first=12 * 36_000, rate=12), USED),
        "late.mp4": (film("x.mp4", first=12 * 3600), USED),
        "wide_pixels.mp4": (film("x.mp4", aspect=Fraction(2, 1)), USED),
        "mad_pixels.mp4": (film("x.mp4", aspect=Fraction(4000, 1)), USED),
        "resized.ts": (film("x.ts") + film("x.ts", width=96, height=32), None),
        "twice.ts": (film("x.ts") * 2, USED),
        "twice.mp4": (clip * 2, None),
        "tail.mp4": (clip + b"TAG" + bytes(4000), USED),
        "http:__host_a.mp4": (clip, USED),
        "-i.mp4": (clip, USED),
        "two\nlines.mp4": (clip, USED),
        "%d-*?[x].mp4": (clip, USED),
        "SHOUT.MP4": (clip, USED),
        "l" * 251 + ".mp4": (clip, USED),
        b"caf\xe9.mp4": (clip, USED),
        b"\xff\xfe.mp4": (b"", "is empty"),
        "link.mp4": (lambda path: path.symlink_to("plain.mp4"), USED),
        "gone.mp4": (lambda path: path.symlink_to("nowhere.mp4"), "broken link"),
        "loop.mp4": (lambda path: path.symlink_to("loop.mp4"), "broken link"),
        "endless.mp4": (lambda path: path.symlink_to("/dev/zero"), "not a regular file"),
        "pipe.mp4": (os.mkfifo, "not a regular file"),
        "socket.mp4": (bind, "not a regular file"),
    }
    for degrees, turn in {90: (0, 65536, -65536, 0), 180: (-65536, 0, 0, -65536), 270: (0, -65536, 65536, 0)}.items():
        matrix = [turn[0], turn[1], 0, turn[2], turn[3], 0, 0, 0, 1 << 30]
        found[f"turned_{degrees}.mp4"] = (film("x.mp4", matrix=matrix), USED)
    found["sheared.mp4"] = (film("x.mp4", matrix=[65536, 30000, 0, 12345, 65536, 0, 0, 0, 1 << 30]), USED)
    found["flattened.mp4"] = (film("x.mp4", matrix=[0] * 9), USED)
    huge = bytearray(film("x.gif", codec="gif", pixels="rgb8"))
    struct.pack_into("<HH", huge, 6, 20_000, 20_000)
    found["huge.gif"] = (bytes(huge), "declares frames of")
    for number, share in enumerate(CUT_AT):
        at = int(share * len(clip))
        found[f"cut/{number}.mp4"] = (clip[:at], " " if share < 0.98 else None)
        found[f"cut/{number}.mkv"] = (mkv[: int(share * len(mkv))], " " if share < 0.8 else None)
        if number % 3 == 0:
            found[f"cut/{number}.ts"] = (stream[: int(share * len(stream))], None)  # it declares no length
    for name, seed in (("dot.mkv", 8), ("dot.mkv", 302), ("twice.ts", 236), ("twice.ts", 1069)):  # once not caught
        found[f"flipped/{seed}_{name}"] = (flipped(found[name][0], seed), None)
    for seed in range(28):
        found[f"flipped/{seed}.mp4"] = (flipped(clip, seed), None)
        if seed % 2:
            found[f"flipped/{seed}.mkv"] = (flipped(mkv, seed), None)
    return found


def bind(path: Path) -> None:
    """A socket's path may have 100 characters, so it is bound from within its folder."""
    before = os.getcwd()
    os.chdir(path.parent)
    try:
        socket.socket(socket.AF_UNIX).bind(path.name)
    finally:
        os.chdir(before)


def png(picture: Image.Image, form: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def raw_png(width: int, height: int, bits: int, kind: int, rows: bytes, *more: tuple[bytes, bytes]) -> bytes:
    """A PNG from its parts, for what Pillow does not write. `rows` are filter bytes and samples."""
    header = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    chunks = [(b"IHDR", header), *more, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(name, body) for name, body in chunks)


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def pictures(disc: Image.Image) -> dict[str | bytes, tuple[bytes | Callable[[Path], object], Fate]]:
    """As `videos`, for cut-outs."""
    plain, webp = png(disc), png(disc, "WEBP", lossless=True)
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 4), np.uint8)
    noisy = png(Image.fromarray(noise))
    grey = disc.convert("LA")
    other = disc.rotate(90)
    bomb = chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(80_000_000)))
    samples = np.zeros((40, 40, 4), ">u2")
    samples[10:30, 10:30] = 65535
    deep = b"".join(b"\0" + row.tobytes() for row in samples)
    deep_grey = b"".join(b"\0" + row.tobytes() for row in np.ascontiguousarray(samples[..., 0]))
    turned = Image.Exif()
    turned[0x0112] = 6
    found: dict = {
        "plain.png": (plain, USED),
        "plain.webp": (webp, USED),
        "lossy.webp": (png(disc, "WEBP", quality=30), USED),
        "grey.png": (png(grey), USED),
        "palette.png": (png(disc.quantize(8)), USED),
        "key.png": (png(disc.convert("RGB"), transparency=(0, 0, 0)), USED),
        "grey_key.png": (png(disc.convert("L"), transparency=0), USED),
        "bit_key.png": (png(disc.convert("L").convert("1"), transparency=0), USED),
        "deep.png": (raw_png(40, 40, 16, 6, deep), USED),
        "deep_grey_key.png": (raw_png(40, 40, 16, 0, deep_grey, (b"tRNS", b"\0\0")), "grey of more than 8 bits"),
        "animated.png": (png(disc, save_all=True, append_images=[other]), USED),
        "animated.webp": (png(disc, "WEBP", save_all=True, append_images=[other], lossless=True), USED),
        "animated_gif.png": (png(disc, "GIF", save_all=True, append_images=[other]), USED),
        "turned.png": (png(disc.crop((0, 0, 40, 64)), exif=turned), USED),
        "tiff.png": (png(disc, "TIFF"), USED),
        "icon.png": (png(disc, "ICO"), USED),
        "jpeg.png": (png(disc.convert("RGB"), "JPEG"), "no alpha channel (mode RGB)"),
        "cmyk.png": (png(disc.convert("CMYK"), "JPEG"), "no alpha channel (mode CMYK)"),
        "cmyk_tiff.png": (png(disc.convert("CMYK"), "TIFF"), "no alpha channel (mode CMYK)"),
        "rgb.png": (png(disc.convert("RGB")), "no alpha channel"),
        "bits.png": (png(disc.convert("1")), "no alpha channel"),
        "deep_grey.png": (raw_png(40, 40, 16, 0, deep_grey), "grey of more than 8 bits"),
        "solid.png": (png(disc.convert("RGB").convert("RGBA")), "opaque everywhere"),
        "clear.png": (png(Image.new("RGBA", (64, 64))), "transparent everywhere"),
        "pixel.png": (png(Image.new("RGBA", (1, 1), (9, 9, 9, 200))), "less than 8"),
        "hair.png": (png(Image.new("RGBA", (1, 4000), (9, 9, 9, 200))), "less than 8"),
        "real_20000.png": (
            raw_png(20_000, 20_000, 1, 3, bytes(2501 * 20_000), (b"PLTE", bytes(6)), (b"tRNS", b"\0")),
            "64 million",
        ),
        "claimed_20000.png": (raw_png(20_000, 20_000, 8, 6, b""), "64 million"),
        "claimed_9000.webp": (raw_png(9000, 9000, 8, 6, b""), "9000x9000"),
        "claimed_most.png": (raw_png(2**31 - 1, 2**31 - 1, 8, 6, b""), " "),
        "claimed_none.png": (raw_png(0, 0, 8, 6, b""), " "),
        "no_rows.png": (raw_png(40, 40, 8, 6, b""), "cut off or corrupt"),
        "few_rows.png": (raw_png(40, 40, 16, 6, deep[:3000]), "cut off or corrupt"),
        "many_rows.png": (raw_png(40, 40, 16, 6, deep * 20), USED),
        "strange_filter.png": (raw_png(40, 40, 16, 6, b"\x09" + deep[1:]), "cut off or corrupt"),
        "text_bomb.png": (plain[:33] + bomb + plain[33:], " "),
        "text_bomb_after.png": (plain[:-12] + bomb + plain[-12:], " "),
        "profile.png": (png(disc, icc_profile=b"no profile"), USED),
        "film.png": (film("x.mp4"), "not a picture"),
        "svg.png": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
        "zero.png": (b"", "is empty"),
        "zero.webp": (b"", "is empty"),
        "text.webp": (b"no picture", "not a picture"),
        "tail.png": (plain + bytes(5000), USED),
        "l" * 251 + ".png": (plain, USED),
        b"caf\xe9.png": (plain, USED),
        "two\nlines.png": (plain, USED),
        "link.png": (lambda path: path.symlink_to("plain.png"), USED),
        "gone.png": (lambda path: path.symlink_to("nowhere.png"), "broken link"),
        "loop.png": (lambda path: path.symlink_to("loop.png"), "broken link"),
        "endless.png": (lambda path: path.symlink_to("/dev/zero"), "not a regular file"),
        "pipe.png": (os.mkfifo, "not a regular file"),
        "socket.png": (bind, "not a regular file"),
    }
    for number, share in enumerate(CUT_AT):
        found[f"cut/{number}.png"] = (noisy[: int(share * len(noisy))], " " if share < 0.95 else None)
        found[f"cut/{number}.webp"] = (webp[: int(share * len(webp))], " ")
    for seed in range(28):
        found[f"flipped/{seed}.png"] = (flipped(plain, seed), None)
        found[f"flipped/{seed}.webp"] = (flipped(webp, seed), None)
    return found


def lay_out(root: Path, files: dict) -> dict[str, Fate]:
    """Write the files; their ids (names as text) with their fates."""
    fates = {}
    for name, (content, fate) in files.items():
        path = Path(os.fsdecode(os.fsencode(root) + b"/" + os.fsencode(name)))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content) if isinstance(content, bytes) else content(path)
        fates[os.fsencode(name).decode("utf-8", "replace")] = fate
    (root / "folder.mp4").mkdir()
    (root / "folder.png").mkdir()
    return fates


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Fate], dict[str, Fate]]:
    root = tmp_path_factory.mktemp("poisoned")
    y, x = np.mgrid[:64, :64]
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[(x - 31.5) ** 2 + (y - 31.5) ** 2 < 20**2] = (200, 60, 20, 255)
    films = lay_out(root / "films", videos())
    made = lay_out(root / "cut_outs" / "disc", pictures(Image.fromarray(pixels)))
    assert len(films) + len(made) >= 200
    return root, films, {f"disc/{id}": fate for id, fate in made.items()}


def check(source, fates: dict[str, Fate], load: Callable[[str], object]) -> None:
    ids = {info.id for info in source.infos}
    assert ids | set(source.skipped) == set(fates)
    assert not ids & set(source.skipped)
    became = {id: source.skipped.get(id, USED) for id in fates}
    wrong = {
        id: (fate, became[id])
        for id, fate in fates.items()
        if fate is not None and (became[id] != USED if fate == USED else became[id] == USED or fate not in became[id])
    }
    assert not wrong
    for reason in source.skipped.values():
        assert len(reason) > 20
        reason.encode()
    for id in sorted(ids):
        try:
            load(id)
        except AssetError:  # what only shows when it is used is drawn again, and named then
            assert fates[id] is None


def test_every_video_is_used_or_named_with_its_reason(poisoned) -> None:
    root, films, _ = poisoned
    source = background_source(root / "films")
    check(source, films, lambda id: source.load(id, 32))
    assert source.load("turned_90.mp4", 48).frames.shape[1:] == (64, 48, 3)
    assert [source.load(f"odd.{ending}", 63).frames.shape[1:] for ending in ("avi", "mkv", "gif")] == [
        (63, 101, 3)
    ] * 3
    for id in ("ten_bit.mp4", "hevc_ten_bit.mkv", "vp9.webm", "interlaced.mp4", "before_zero.mkv", "late.ts"):
        bar = source.load(id, 48).frames[12, 24, :, 0]
        assert bar[14:18].min() > 150  # the bar of frame 12 is at 12 to 20
        assert bar[[2, 40]].max() < 110
    assert source.load("ten_hours.mkv", 32).frames.shape[0] <= 30 * 30


def test_every_picture_is_used_or_named_with_its_reason(poisoned) -> None:
    root, _, made = poisoned
    source = object_source(root / "cut_outs")
    check(source, made, source.load)
    assert source.load("disc/deep.png").rgba.shape == (20, 20, 4)
    assert source.load("disc/palette.png").rgba.shape == source.load("disc/animated.webp").rgba.shape == (40, 40, 4)
    assert source.load("disc/turned.png").rgba.shape == (28, 40, 4)


@pytest.mark.parametrize("small", [True, False])
def test_a_run_over_all_of_them_succeeds_and_the_count_adds_up(
    poisoned, tmp_path: Path, small: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, films, made = poisoned
    if not small:  # as if there were so many files that they are looked at only when they are used
        monkeypatch.setattr("locomotion_hf.assets.folder.SMALL_FILES", 10)
        monkeypatch.setattr("locomotion_hf.assets.folder.MANY_VIDEOS", 10)
    recipe = Recipe(
        resolution=32, group_size=1, objects=str(root / "cut_outs"), backgrounds=str(root / "films"), num_frames=8
    )
    done = export(recipe, {"train": 40}, tmp_path / "release")
    lost = [one["row"] for one in done.skipped if "row" in one]
    assert done.rows + len(lost) == 40
    assert load_dataset(str(tmp_path / "release"), split="train", cache_dir=str(tmp_path)).num_rows == done.rows
    told = [json.loads(line) for line in (tmp_path / "release" / "skipped.jsonl").read_text().splitlines()]
    files = {one["file"] for one in told if "file" in one}
    fates = films | made
    assert files <= set(fates)
    assert not any(fates[file] == USED for file in files)
    if small:
        assert not lost
        assert {id for id, fate in fates.items() if fate not in (USED, None)} <= files
