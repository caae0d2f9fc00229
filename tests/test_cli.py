from pathlib import Path

import pytest
from datasets import load_dataset
from PIL import Image

from locomotion_hf.cli import build_parser, main

SMALL = ["--resolution", "64"]


def test_generate_writes_a_dataset(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    main(["generate", str(tmp_path / "mine"), "--num_examples", "8", "--num_validation", "2", *SMALL])
    assert "Wrote" in capsys.readouterr().out
    assert load_dataset(str(tmp_path / "mine"), split="train").num_rows == 8
    assert load_dataset(str(tmp_path / "mine"), split="validation").num_rows == 2


def test_two_machines_and_the_last_step(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    command = ["generate", str(tmp_path / "mine"), "--num_examples", "8", "--num_validation", "2", *SMALL]
    command += ["--rows_per_shard", "4", "--num_machines", "2"]
    main([*command, "--machine_rank", "1"])
    assert "1 of 3 shards of" in capsys.readouterr().out
    with pytest.raises(SystemExit, match=r"OutputError: 2 of 3 shards of .* are missing, the first: train-00000-of"):
        main(["generate", str(tmp_path / "mine"), "--finish"])
    main([*command, "--machine_rank", "0"])
    assert "10 rows in 3 shards, and a card" in capsys.readouterr().out
    (tmp_path / "mine" / "README.md").unlink()
    main(["generate", str(tmp_path / "mine"), "--finish"])
    assert load_dataset(str(tmp_path / "mine"), split="train").num_rows == 8
    with pytest.raises(SystemExit, match=r"OutputError: .* was begun otherwise: seed is 0 there, 1 here"):
        main([*command, "--seed", "1"])


def test_preview_shows_clips_and_captions(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    main(["preview", str(tmp_path / "look.png"), "--count", "2", "--split", "validation", *SMALL])
    assert f"Wrote {tmp_path / 'look.png'}" in capsys.readouterr().out
    with Image.open(tmp_path / "look.png") as picture:
        assert picture.width == 6 * 64 + 7 * 8
        assert picture.height > 2 * (64 + 24)
        assert len(picture.convert("RGB").getcolors(1 << 20)) > 1000


def test_the_ending_says_what_a_preview_becomes(tmp_path: Path) -> None:
    for name, form in (("a.jpg", "JPEG"), ("a.gif", "GIF"), ("a.webp", "WEBP")):
        main(["preview", str(tmp_path / name), "--count", "1", *SMALL])
        with Image.open(tmp_path / name) as picture:
            assert picture.format == form
            assert getattr(picture, "n_frames", 1) == (1 if form == "JPEG" else 16)
    main(["preview", str(tmp_path / "a.HTML"), "--count", "1", "--twins", *SMALL])
    assert "reverse twin" in (tmp_path / "a.HTML").read_text()


def test_preview_of_a_finished_dataset(tmp_path: Path) -> None:
    main(["generate", str(tmp_path / "mine"), "--num_examples", "3", "--num_validation", "1", *SMALL])
    main(["preview", str(tmp_path / "mine.html"), "--dataset", str(tmp_path / "mine"), "--first", "1"])
    page = (tmp_path / "mine.html").read_text()
    for row in load_dataset(str(tmp_path / "mine"), split="train"):
        assert (row["id"] in page) == (row["id"] != "train-00000000")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["preview", "x.png", "--resolution", "63"], r"RecipeError: resolution=63\. Expected: an even number"),
        (["preview", "nowhere/x.png", *SMALL], r"OutputError: nowhere/x\.png cannot be written"),
        (["preview", "x.png", "--count", "0", *SMALL], r"RecipeError: first=0, count=0"),
        (["preview", "x.mp4", *SMALL], r"OutputError: x\.mp4 ends in '\.mp4'\. Expected: a \.png or \.jpg \(contact"),
        (
            ["preview", "x.html", "--dataset", "nowhere"],
            r"AssetError: nowhere is no folder\. Expected: a folder that",
        ),
        (["generate", "out", "--num_validation", "0", *SMALL], r"RecipeError: num_examples=64, num_validation=0"),
        (["generate", "out", "--finish"], r"OutputError: .*recipe\.json cannot be read"),
        (["generate", "out", "--num_processes", "0", *SMALL], r"RecipeError: num_processes=0\. Expected: 1 or more"),
        (["generate", "out", "--backgrounds", "nowhere", *SMALL], r"AssetError: .*nowhere"),
    ],
)
def test_mistakes_end_in_a_sentence(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match=message):
        main(arguments)


def test_help_teaches(capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit):
        build_parser().parse_args(["--help"])
    told = capsys.readouterr().out
    assert "locomotion preview clips.png" in told
    assert "write a dataset folder" in told
    with pytest.raises(SystemExit):
        build_parser().parse_args(["generate", "--help"])
    told = capsys.readouterr().out
    assert "Give the same command again" in told
    assert "--num_machines 4 --machine_rank 0" in told


def test_ingest_writes_a_cache_that_generate_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["ingest", str(tmp_path / "cache"), "--short_side", "80"])
    assert f"use it as --backgrounds {tmp_path / 'cache'}" in capsys.readouterr().out
    made = ["--num_examples", "8", "--resolution", "64", "--backgrounds", str(tmp_path / "cache")]
    main(["generate", str(tmp_path / "release"), *made])
    assert "Wrote" in capsys.readouterr().out
