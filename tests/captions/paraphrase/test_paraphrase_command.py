"""`locomotion paraphrase`, from captions to files, and killed on the way."""

import argparse
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from local_server import right, serving
from tiny_llm import tiny_llm

from locomotion_hf.captions.paraphrase import Ledger, command
from locomotion_hf.errors import CaptionError, OutputError

ALONE = """
import argparse, sys
from locomotion_hf.captions.paraphrase import command
parser = argparse.ArgumentParser()
command.add_arguments(parser)
command.run(parser.parse_args(sys.argv[1:]))
"""


def run(*words: object) -> None:
    parser = argparse.ArgumentParser(description=command.DESCRIPTION)
    command.add_arguments(parser)
    command.run(parser.parse_args([str(word) for word in words]))


@pytest.fixture
def captions(tmp_path: Path) -> Path:
    file = tmp_path / "captions.txt"
    file.write_text("".join(f"A ball moves to the left {number}\n" for number in range(40)))
    return file


@pytest.mark.resume
def test_killed_in_the_middle_and_given_again(captions: Path, tmp_path: Path) -> None:
    def slowly(handler, caption, number):
        time.sleep(0.03)
        right(handler, caption, number)

    out, ledger = tmp_path / "out.jsonl", tmp_path / "out.ledger.jsonl"
    with serving(slowly) as server:
        words = [captions, "--endpoint", server.url, "--out", out, "--concurrency", 1]
        process = subprocess.Popen([sys.executable, "-c", ALONE, *map(str, words)], stderr=subprocess.DEVNULL)
        while server.asked.total() < 10 and process.poll() is None:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        assert 9 <= ledger.read_bytes().count(b"\n") <= 10
        run(*words, "--summary", tmp_path / "summary.json")
        assert len(server.asked) == 40
        assert server.asked.total() <= 41  # the one that was in flight may be asked again
    lines = [json.loads(line) for line in ledger.read_text().splitlines()]
    assert len(lines) == len({line["key"] for line in lines}) == 40
    assert out.exists()
    assert json.loads((tmp_path / "summary.json").read_text())["groups"][0]["requests"] == 40


def test_a_server_that_dies_ends_the_command_and_leaves_the_files(captions: Path, tmp_path: Path) -> None:
    def dies(handler, caption, number):
        right(handler, caption, number) if int(caption.split()[-1]) < 5 else handler.say(b"", 503)

    out = tmp_path / "out.jsonl"
    with serving(dies) as server:
        words = [captions, "--endpoint", server.url, "--out", out, "--concurrency", 1, "--tries", 1]
        with pytest.raises(CaptionError, match=r"3 tries in a row failed .*status 503"):
            run(*words, "--give_up_after", 3)
    assert out.exists()
    assert len(Ledger(tmp_path / "out.ledger.jsonl").answered) == 5


def test_with_a_model_here_twice(captions: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    model = tiny_llm(tmp_path / "tiny")
    words = [captions, "--model", model, "--prompts", "verbs", "plain", "--limit", 2, "--max_new_tokens", 4]
    run(*words, "--out", tmp_path / "a.jsonl")
    run(*words, "--out", tmp_path / "b.jsonl")
    first, second = ((tmp_path / f"{name}.ledger.jsonl").read_bytes() for name in "ab")
    assert first == second
    assert first.count(b"\n") == 4
    run(*words, "--out", tmp_path / "a.jsonl", "--judge_again")
    assert (tmp_path / "a.ledger.jsonl").read_bytes() == first
    assert "0 paraphrases of 2 captions; all answers are in" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "error", "why"),
    [
        (["--out", "{}/out.jsonl"], CaptionError, "No --model, --endpoint or --lexicon"),
        (["--out", "{}/captions.txt"], OutputError, "three places"),
        (["--out", "{}/a", "--ledger", "{}/a"], OutputError, "three places"),
        (["--out", "{}/a", "--rounds", "0"], CaptionError, "rounds=0"),
        (["--out", "{}/a", "--limit", "0"], CaptionError, "limit=0"),
    ],
)
def test_what_does_not_fit_together(words: list[str], error: type, why: str, captions: Path) -> None:
    with pytest.raises(error, match=why):
        run(captions, *(word.replace("{}", str(captions.parent)) for word in words))
    assert captions.read_text().count("\n") == 40
