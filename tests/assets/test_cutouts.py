import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from locomotion_hf.assets.cutouts import MAX_SIDE, check_cut_out, is_noun_phrase, load_cut_out, noun_of
from locomotion_hf.errors import AssetError
from locomotion_hf.types import AssetInfo

INFO = AssetInfo("x", "x", "unknown", "disc")


def test_it_is_cropped_to_what_can_be_seen(tmp_path, disc):
    haze = np.array(disc)
    haze[0, 0] = (255, 255, 255, 3)  # invisible, but not zero
    for name, picture in (("plain.png", disc), ("haze.webp", Image.fromarray(haze))):
        picture.save(tmp_path / name, **({"lossless": True} if name.endswith("webp") else {}))
        cut_out = load_cut_out(tmp_path / name, INFO)
        assert cut_out.rgba.shape == (40, 40, 4)
        assert tuple(cut_out.rgba[20, 20]) == (200, 60, 20, 255)
        assert cut_out.rgba[0, 0, 3] == 0


def test_palette_with_transparency_is_a_cut_out(tmp_path, disc):
    disc.quantize(8).save(tmp_path / "disc.png")
    assert load_cut_out(tmp_path / "disc.png", INFO).rgba.shape == (40, 40, 4)


def test_a_large_one_is_made_smaller(tmp_path, disc):
    disc.resize((1700, 1700)).save(tmp_path / "disc.png")
    cut_out = load_cut_out(tmp_path / "disc.png", INFO)
    assert max(cut_out.rgba.shape[:2]) == MAX_SIDE
    edge = (cut_out.rgba[..., 3] > 40) & (cut_out.rgba[..., 3] < 255)
    assert edge.any()
    assert (cut_out.rgba[edge][:, 0] > 180).all()  # no dark seam from the transparent surrounding


BAD = {
    "no alpha": ("has no alpha channel (mode RGB)", lambda p, disc: disc.convert("RGB").save(p)),
    "opaque": (
        "is opaque everywhere: a picture, no cut-out",
        lambda p, disc: disc.convert("RGB").convert("RGBA").save(p),
    ),
    "nothing": ("is transparent everywhere", lambda p, disc: Image.new("RGBA", (64, 64)).save(p)),
    "faint": ("is transparent everywhere", lambda p, disc: Image.new("RGBA", (64, 64), (9, 9, 9, 5)).save(p)),
    "tiny": ("shows 5x5 pixels, less than 8", lambda p, disc: disc.resize((8, 8), 0).save(p)),
    "text": ("is not a picture", lambda p, disc: p.write_text("no picture")),
    "empty": ("is empty (0 bytes)", lambda p, disc: p.write_bytes(b"")),
    "missing": ("does not exist", lambda p, disc: None),
    "link": ("is a broken link to", lambda p, disc: p.symlink_to(p.with_name("gone.png"))),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_cut_out_is_refused_with_the_reason(tmp_path, disc, kind):
    message, make = BAD[kind]
    path = tmp_path / "a.png"
    make(path, disc)
    with pytest.raises(AssetError) as caught:
        load_cut_out(path, INFO)
    assert caught.value.seen.startswith(f"{path} {message}")
    assert "transparent surrounding" in caught.value.expected
    assert "cut the object out" in caught.value.fix


def test_a_file_cut_off_in_the_middle(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 4), np.uint8)
    Image.fromarray(noise).save(tmp_path / "a.png")
    (tmp_path / "a.png").write_bytes((tmp_path / "a.png").read_bytes()[:8000])
    with pytest.raises(AssetError, match="cut off or corrupt"):
        load_cut_out(tmp_path / "a.png", INFO)


def test_a_huge_picture_is_refused_from_its_header(tmp_path):
    for side in (9000, 20000):  # Pillow itself objects to the second
        Image.new("RGBA", (1, 1)).save(tmp_path / "a.png")
        data = bytearray((tmp_path / "a.png").read_bytes())
        data[16:24] = struct.pack(">II", side, side)
        data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
        (tmp_path / "a.png").write_bytes(data)
        with pytest.raises(AssetError, match="64 million"):
            check_cut_out(tmp_path / "a.png")


@pytest.mark.parametrize(
    ("folder", "noun"),
    [
        ("teapot", "teapot"),
        ("alarm_clock", "alarm clock"),
        ("bow_(weapon)", "bow"),
        ("bat_(animal)_", "bat"),
        ("jack-o-lantern", "jack-o-lantern"),
        ("pin\u0303ata", "pi\u00f1ata"),
        ("003", ""),
        ("(weapon)", ""),
        ("a_teapot", ""),
        ("caf\ufffd", ""),
        ("teapot;rm", ""),
    ],
)
def test_folder_names_become_nouns(folder, noun):
    assert noun_of(folder) == noun


def test_a_noun_phrase_has_at_most_six_words():
    assert is_noun_phrase("cup with a straw")
    assert not is_noun_phrase("one two three four five six seven")
    assert not is_noun_phrase("")
