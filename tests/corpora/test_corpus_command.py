"""`locomotion check-corpus` as a user calls it."""

from pathlib import Path

import pytest

from locomotion_hf.cli import main


def test_a_whole_corpus_is_said_to_be_whole(tmp_path: Path, write, capsys: pytest.CaptureFixture) -> None:
    lines = "".join(f"{n}.mp4,it moves {n}\n" for n in range(10))
    write({"captions.csv": f"video,caption\n{lines}"}, [f"{n}.mp4" for n in range(10)])
    main(["check-corpus", str(tmp_path), "--decode"])
    assert capsys.readouterr().out == f"{tmp_path.name}, train: 8 clips.\n{tmp_path.name}, test: 2 clips.\n"


def test_what_is_missing_is_named_counted_and_listed(tmp_path: Path, write, capsys: pytest.CaptureFixture) -> None:
    names = [f"{n}.mp4" for n in range(20)]
    write(
        {"train/captions.csv": "video,caption\n" + "".join(f"{name},it moves\n" for name in names)},
        ["train/1.mp4", "train/2.mp4"],
    )
    (tmp_path / "train" / "2.mp4").write_bytes(b"damaged")
    (tmp_path / "train" / "3.mp4").write_bytes((tmp_path / "train" / "1.mp4").read_bytes())
    listed = tmp_path / "missing.txt"
    with pytest.raises(SystemExit) as ended:
        main(["check-corpus", str(tmp_path), "--splits", "train", "--list", str(listed)])
    said = capsys.readouterr().out
    assert "train: 2 clips of 1 classes; skipped 17 with missing video (the first: 0.mp4)" in said
    assert "  missing video: 0.mp4 is not there." in said
    assert "  ... and 8 more" in said
    assert "18 of the 20 videos of" in str(ended.value)
    assert "Put the videos where the caption file says" in str(ended.value)
    lines = listed.read_text().splitlines()
    assert len(lines) == 18
    assert any(line.startswith("train\tunreadable video: ") and "2.mp4" in line for line in lines)
