"""Captions from anywhere."""

import json
from pathlib import Path

import pytest
from datasets import Dataset

from locomotion_hf.captions.paraphrase import CaptionRow, read_captions
from locomotion_hf.captions.paraphrase.inputs import MAX_CAPTION
from locomotion_hf.errors import CaptionError

WANTED = [CaptionRow("A ball moves up"), CaptionRow("Ein Bällchen rollt 🎈"), CaptionRow('A "cat", asleep')]
TEXTS = [row.caption for row in WANTED]
FILES = {
    "a.txt": "\ufeffA ball  moves up\r\nEin Bällchen rollt 🎈\n\nA ball moves up\n" + TEXTS[2],
    "a.jsonl": "\n".join(json.dumps({"id": 1, "caption": text}) for text in TEXTS) + "\n\n",
    "b.jsonl": "\n".join(json.dumps(text) for text in TEXTS),
    "a.json": json.dumps([{"text": text} for text in TEXTS]),
    "b.json": json.dumps({f"{number}.mp4": text for number, text in enumerate(TEXTS)}),
    "a.csv": 'file,caption\n1,A ball moves up\n2,Ein Bällchen rollt 🎈\n3,"A ""cat"", asleep"\n',
}


@pytest.mark.parametrize("name", FILES)
def test_reads(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(FILES[name].encode())
    assert read_captions(tmp_path / name) == WANTED


def test_a_dataset_folder_is_read_without_its_videos(tmp_path: Path) -> None:
    columns = {
        "caption": [*TEXTS, TEXTS[0]],
        "noun": ["ball", "Ball", "cat", "ball"],
        "video": [b"no video at all"] * 4,
    }
    (tmp_path / "data").mkdir()
    Dataset.from_dict(columns).to_parquet(tmp_path / "data" / "train-00000-of-00001.parquet")
    skipped: dict[str, int] = {}
    rows = read_captions(tmp_path, "train", skipped)
    assert rows == [CaptionRow(text, noun) for text, noun in zip(TEXTS, ["ball", "Ball", "cat"], strict=True)]
    assert skipped == {"repeated": 1}
    with pytest.raises(CaptionError, match="cannot be read"):
        read_captions(tmp_path, "test")


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    lines = ["A ball", "", "  ", "word " * 10_000, "x" * MAX_CAPTION, None, 7, "A ball", "half \ud800", "a\nb"]
    file.write_text("\n".join(json.dumps({"caption": line}) for line in lines))
    skipped: dict[str, int] = {}
    captions = [row.caption for row in read_captions(file, skipped=skipped)]
    assert captions == ["A ball", "x" * MAX_CAPTION, "half ?", "a b"]
    assert skipped == {"empty": 4, "too long": 1, "repeated": 1}


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.txt", b"", "holds no caption .no rows"),
        ("a.txt", b"\n\n", "holds no caption .2 empty"),
        ("a.txt", b"\xff\xfe", "is not UTF-8 text .byte 0"),
        ("a.jsonl", b'{"caption": "A ball"}\n{"cap', "cannot be read"),
        ("a.jsonl", b'{"words": "A ball"}', "holds no caption .1 empty"),
        ("a.json", b"[" * 100_000, "cannot be read"),
        ("a.csv", b'caption\n"A ball', "cannot be read"),
        ("a.pdf", b"A ball", "nothing is known of files that end in '.pdf'"),
    ],
)
def test_what_cannot_be_read(name: str, content: bytes, why: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CaptionError, match=rf"{why}.*Expected: .*dataset folder"):
        read_captions(tmp_path / name)


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(CaptionError, match="check the name"):
        read_captions(tmp_path / "a.txt")
