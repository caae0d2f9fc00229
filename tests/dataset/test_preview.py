from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFont

from locomotion_hf.dataset import Recipe, generate
from locomotion_hf.dataset.preview import (
    animation,
    check_place,
    contact_sheet,
    visible_stretches,
    wrap,
    write_preview,
)
from locomotion_hf.dataset.schema import to_row
from locomotion_hf.dataset.shown import COLOURS, Family, Shown, generated
from locomotion_hf.errors import AssetError, OutputError

RECIPE = Recipe(resolution=64)
ORANGE = tuple(bytes.fromhex(COLOURS[0][1:]))


@pytest.fixture(scope="module")
def clips() -> list[Shown]:
    return [family.original for family in generated(RECIPE, "train", range(0, 32, 8))]


@pytest.fixture(scope="module")
def still(clips: list[Shown]) -> Shown:
    """A clip on which nothing but the drawn path changes: it leads along the middle of a still, colourful frame."""
    frames = np.repeat(np.random.default_rng(0).integers(0, 256, (1, 64, 64, 3), np.uint8), 9, 0)
    paths = np.stack([np.linspace(0.1, 0.9, 9), np.full(9, 0.5)], 1)[:, None]
    return replace(clips[0], frames=frames, paths=paths, fps=4.0, caption="A dot moves", twin=None)


def near(picture: np.ndarray, colour: tuple[int, ...]) -> np.ndarray:
    return np.abs(picture.astype(int) - colour).max(-1) < 12


def test_paths_lie_in_the_objects(clips: list[Shown]) -> None:
    for clip, index in zip(clips, range(0, 32, 8), strict=True):
        boxes = generate(RECIPE, "train", index).boxes
        seen = (boxes[..., 2:] > boxes[..., :2]).all(-1)
        assert (np.isnan(clip.paths).any(-1) == ~seen).all()
        inside = (clip.paths > boxes[..., :2]) & (clip.paths < boxes[..., 2:])
        assert inside[seen].all()


def test_a_row_shows_what_the_example_shows() -> None:
    example = generate(RECIPE, "train", 24, "reverse", masks=True)
    straight, row = Shown.from_example(example), Shown.from_row(to_row(example))
    for name in ("id", "fps", "caption", "spatial_caption", "facts", "backdrop", "twin"):
        assert getattr(row, name) == getattr(straight, name)
    assert np.abs(row.frames.astype(int) - straight.frames).mean() < 8
    # The middle of a box is not the centroid, but near it.
    assert np.nanmax(np.abs(row.paths - straight.paths)) < 0.1
    outside = to_row(example)
    outside["boxes"][0][0] = [0.0] * 4
    assert np.isnan(Shown.from_row(outside).paths[0, 0]).all()


def test_a_row_of_another_version_is_refused_in_words() -> None:
    row = to_row(generate(RECIPE, "train", 0))
    row["facts"]["objects"][0]["phases"][0]["colour"] = "red"
    with pytest.raises(AssetError, match=r"row 'train-00000000' cannot be shown \(TypeError: .*'colour'\)"):
        Shown.from_row(row)


def test_an_example_without_mattes_has_no_path() -> None:
    with pytest.raises(ValueError, match=r"train-00000000 has no mattes; make it with generate"):
        Shown.from_example(generate(RECIPE, "train", 0))


def test_a_path_is_broken_where_the_object_is_outside() -> None:
    path = np.array([[np.nan] * 2, [1, 1], [2, 2], [np.nan] * 2, [4, 4]])
    assert [part.tolist() for part in visible_stretches(path)] == [[[1, 1], [2, 2]], [[4, 4]]]
    assert visible_stretches(path[:1]) == []


def test_a_sheet_draws_the_path_so_far(still: Shown) -> None:
    sheet = np.asarray(contact_sheet([still], frames=3))
    drawn = [near(sheet[8:72, 8 + 72 * n : 72 + 72 * n], ORANGE) for n in range(3)]
    assert [int(np.flatnonzero(one[26:38].any(0)).max()) // 8 for one in drawn] == [0, 4, 7]  # near .1, .5 and .9
    assert not any(one[:20].any() for one in drawn)


def test_a_sheet_has_a_row_for_each_clip(clips: list[Shown], still: Shown) -> None:
    alone = [contact_sheet([clip]).height for clip in clips]
    sheet = contact_sheet(clips)
    assert sheet.size == (6 * 64 + 7 * 8, sum(alone))
    wide = replace(still, frames=np.zeros((9, 64, 128, 3), np.uint8))
    assert contact_sheet([still, wide]).width == 6 * 128 + 7 * 8
    # A longer caption takes more lines.
    assert (
        contact_sheet([replace(still, caption="A dot " + 40 * "moves, then ")]).height > contact_sheet([still]).height
    )


def test_no_text_is_cut_off() -> None:
    font = ImageFont.load_default(size=14)
    for text in ("A teapot moves slowly upwards, then quickly to the right", "An " + 60 * "w" + " moves", "", "a"):
        lines = wrap(text, font, 90)
        assert all(font.getlength(line) <= 90 for line in lines)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        assert len(lines) == 1 or all(lines)


def test_an_animation_plays_every_clip_at_its_own_speed(still: Shown) -> None:
    fast = replace(still, fps=8.0, frames=still.frames.copy())
    fast.frames[:] = np.arange(9, dtype=np.uint8)[:, None, None, None] * 20
    pictures, milliseconds = animation([still, fast])
    assert len(pictures) == len(milliseconds) == 18  # 9 frames at 4 a second, shown at 8 a second
    assert sum(milliseconds) == 2250
    assert {one % 10 for one in milliseconds} == {0}
    corners = [np.asarray(one)[10, 8 + 72 + 2, 0] // 20 for one in pictures]
    assert corners == [*range(9), *[8] * 9]  # the shorter one waits on its last frame
    reach = [int(np.flatnonzero(near(np.asarray(one)[8:72, 8:72], ORANGE)[26:38].any(0)).max()) for one in pictures]
    assert reach == sorted(reach)
    assert reach[0] < 12 < 52 < reach[-1]


def test_a_fast_clip_is_shown_at_a_rate_that_viewers_play(still: Shown) -> None:
    pictures, milliseconds = animation([replace(still, fps=90.0, frames=np.repeat(still.frames, 10, 0),
                                                paths=np.repeat(still.paths, 10, 0))])  # fmt: skip
    assert len(pictures) == 25
    assert set(milliseconds) == {40}


def test_a_gif_does_not_flicker(still: Shown, tmp_path: Path) -> None:
    write_preview(tmp_path / "a.gif", [Family(still)])
    with Image.open(tmp_path / "a.gif") as picture:
        assert picture.n_frames == 9
        assert picture.info["loop"] == 0
        shown = []
        for number in range(9):
            picture.seek(number)
            assert picture.info["duration"] == 250 or picture.info["duration"] in (240, 260)
            shown.append(np.asarray(picture.convert("RGB")))
    frames = np.stack(shown)
    untouched = np.ones(frames.shape[1:3], bool)
    untouched[8 + 20 : 8 + 44] = False
    assert (frames[:, untouched] == frames[0, untouched]).all()
    assert near(frames[-1], ORANGE).sum() > 60
    assert near(frames[0][80:], (255, 255, 255)).mean() > 0.5


def test_a_webp_moves(still: Shown, tmp_path: Path) -> None:
    write_preview(tmp_path / "a.webp", [Family(still, (still,))])
    with Image.open(tmp_path / "a.webp") as picture:
        assert picture.n_frames == 9
        assert picture.width == 2 * 64 + 3 * 8


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a.mp4", r"a\.mp4 ends in '\.mp4'\. Expected: a \.png or \.jpg \(contact sheet\), \.gif or \.webp"),
        ("a", r"ends in 'nothing'.*To fix it: rename it\."),
        ("nowhere/a.png", r"nowhere/a\.png cannot be written \(there is no such folder\)"),
        ("folder.png", r"folder\.png cannot be written \(it is a folder\)"),
    ],
)
def test_places_that_cannot_be_written(name: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(OutputError, match=message):
        check_place(tmp_path / name)
