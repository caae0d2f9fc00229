import json
from pathlib import Path

import pytest

from locomotion_hf.cli import main
from locomotion_hf.errors import CaptionError, OutputError

PAIRS = [
    {"caption": "A cat moves to the left", "paraphrase": "A cat heads leftwards", "id": 7},
    {
        "caption": "A cat moves to the left",
        "paraphrase": "A cat heads rightwards",
        "accepted": "what stood here before",
    },
    {"caption": "A cat moves to the left"},
    ["no", "object"],
]


def verdicts(folder: Path, content: bytes) -> list[dict]:
    pairs, out = folder / "pairs.jsonl", folder / "new" / "verdicts.jsonl"
    pairs.write_bytes(content)
    main(["verify", str(pairs), "--out", str(out)])
    return [json.loads(line) for line in out.read_text("utf-8").splitlines()]


def test_every_line_comes_out_with_a_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [*map(json.dumps, PAIRS), "{torn", "[" * 100_000]
    judged = verdicts(tmp_path, "\n\n".join(lines).encode() + b"\n\xff\xfe not text\n")
    assert [one["accepted"] for one in judged] == [True] + 6 * [False]
    assert judged[0]["id"] == 7
    reasons = ["", "contradiction:direction", "no paraphrase", *["unreadable line"] * 4]
    assert [one["reason"] for one in judged] == reasons
    assert "Accepted 1 of 7." in capsys.readouterr().err


def test_what_cannot_be_done_is_said(tmp_path: Path) -> None:
    from locomotion_hf.captions import verify_command
    from locomotion_hf.cli import build_parser

    def run(*words: object) -> None:
        verify_command.run(build_parser().parse_args(["verify", *map(str, words)]))

    pairs = tmp_path / "pairs.jsonl"
    with pytest.raises(CaptionError, match="No such file"):
        run(pairs, "--out", tmp_path / "out.jsonl")
    pairs.write_text("\n")
    with pytest.raises(CaptionError, match="no line"):
        run(pairs, "--out", tmp_path / "out.jsonl")
    pairs.write_text(json.dumps(PAIRS[0]))
    with pytest.raises(OutputError, match="input and output"):
        run(pairs, "--out", pairs)
    with pytest.raises(OutputError, match="a place to write"):
        run(pairs, "--out", pairs / "below" / "out.jsonl")
    assert pairs.read_text() == json.dumps(PAIRS[0])
    with pytest.raises(SystemExit, match="CaptionError"):
        main(["verify", str(tmp_path / "none.jsonl"), "--out", "-"])
