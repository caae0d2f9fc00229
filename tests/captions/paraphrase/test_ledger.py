"""Nothing finished is lost, nothing is asked twice."""

import json
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from locomotion_hf.captions.paraphrase import (
    PLAIN,
    VERBS,
    Answer,
    CaptionRow,
    Ledger,
    accepted_rows,
    judge_again,
    paraphrase,
    summary,
)
from locomotion_hf.captions.paraphrase.acceptance import share
from locomotion_hf.captions.paraphrase.ledger import FIELDS
from locomotion_hf.captions.paraphrase.replies import MAX_REPLY
from locomotion_hf.captions.paraphrase.run import judge, write_accepted
from locomotion_hf.captions.verify import Verdict
from locomotion_hf.errors import CaptionError

ROWS = [CaptionRow(f"A ball moves {word}", "ball") for word in ("up", "down", "left", "right")]


class Talker:
    """Says what it is told to, in the order it is told to."""

    model, revision = "talker", "1"

    def __init__(self, reply: str = "1. {} now.\n2. {} later.", failing: str = "", backwards: bool = False) -> None:
        self.settings: dict = {"loud": False}
        self.reply, self.failing, self.backwards = reply, failing, backwards
        self.asked: list = []

    def answers(self, requests) -> Iterator[Answer]:
        for request in reversed(requests) if self.backwards else requests:
            self.asked.append((request.caption, request.prompt.name, request.seed))
            if self.failing and self.failing in request.caption:
                yield Answer(request, "", failure="hoarse")
            else:
                yield Answer(request, self.reply.replace("{}", request.caption))


def unless_late(caption: str, sentence: str) -> Verdict:
    return Verdict(False, "lost:time") if "later" in sentence else Verdict(True)


def go(ledger: Path, talker: Talker, rows=ROWS, prompts=(VERBS, PLAIN), seed: int = 0, rounds: int = 1):
    return paraphrase(rows, talker, prompts, Ledger(ledger), seed, rounds, unless_late, progress=False)


def test_a_line_for_each_request(tmp_path: Path) -> None:
    path = tmp_path / "new" / "ledger.jsonl"
    report = go(path, Talker())
    assert (report.asked, report.known, report.failed) == (8, 0, 0)
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(rows) == len({row["key"] for row in rows}) == 8
    first = rows[0]
    assert tuple(first) == FIELDS
    assert len(first.pop("key")) == 32
    assert 0 <= first.pop("seed") < 2**31
    assert first == {
        "caption": "A ball moves up",
        "noun": "ball",
        "prompt": "verbs-1",
        "model": "talker",
        "revision": "1",
        "settings": {"loud": False},
        "reply": "1. A ball moves up now.\n2. A ball moves up later.",
        "cut": False,
        "failure": "",
        "candidates": [
            {"text": "A ball moves up now.", "accepted": True, "reason": ""},
            {"text": "A ball moves up later.", "accepted": False, "reason": "lost:time"},
        ],
    }


def test_nothing_is_asked_twice(tmp_path: Path) -> None:
    path, again, more = tmp_path / "ledger", Talker(), Talker()
    go(path, Talker(), ROWS[:2])
    before = path.read_bytes()
    assert go(path, again, ROWS[:2]).known == 4
    assert again.asked == []
    assert path.read_bytes() == before
    assert go(path, more).known == 4
    assert {caption for caption, *_ in more.asked} == {row.caption for row in ROWS[2:]}


def change(**values):
    def changed(talker: Talker) -> None:
        for name, value in values.items():
            setattr(talker, name, value)

    return changed


@pytest.mark.parametrize(
    "different",
    [
        change(model="other"),
        change(revision="2"),
        change(settings={"loud": True}),
        {"seed": 1},
        {"rounds": 2},
        {"prompts": [VERBS, PLAIN.__class__("plain-2", PLAIN.system, PLAIN.examples)]},
        {"prompts": [VERBS, PLAIN.__class__("plain-1", PLAIN.system + " Be brief.", PLAIN.examples)]},
        {"rows": [*ROWS[:3], CaptionRow("A ball moves right", "bowl")]},
    ],
)
def test_whatever_an_answer_depends_on_is_part_of_its_key(tmp_path: Path, different) -> None:
    path, talker = tmp_path / "ledger", Talker()
    go(path, Talker())
    options = {} if callable(different) else different
    if callable(different):
        different(talker)
    assert go(path, talker, **options).asked >= 1


def test_the_seed_belongs_to_the_request_not_to_its_place(tmp_path: Path) -> None:
    forth, back = Talker(), Talker()
    go(tmp_path / "a", forth, rounds=2)
    go(tmp_path / "b", back, ROWS[::-1], rounds=2)
    assert sorted(forth.asked) == sorted(back.asked)
    assert len({seed for *_, seed in forth.asked}) == 16


def test_a_failed_request_is_asked_again(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    assert go(path, Talker(failing="down")).failed == 2
    assert sum(group["unanswered"] for group in summary(Ledger(path))["groups"]) == 2
    again = Talker()
    assert go(path, again).known == 6
    assert [caption for caption, *_ in again.asked] == ["A ball moves down"] * 2
    groups = summary(Ledger(path))["groups"]
    assert [(group["requests"], group["unanswered"]) for group in groups] == [(4, 0), (4, 0)]


@pytest.mark.parametrize("keep", [0, 1, 40, -1])
def test_a_torn_last_line_is_taken_off(tmp_path: Path, keep: int) -> None:
    path, talker = tmp_path / "ledger", Talker()
    go(path, Talker())
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]) + lines[-1][:keep])
    assert len(Ledger(path).answered) == 7
    assert go(path, talker).asked == 1
    assert path.read_bytes() == b"".join(lines)


@pytest.mark.parametrize(
    ("damage", "why"),
    [(b"\n", "Expecting value"), (b"[]\n", "it lacks"), (b'{"key": 1}\n', "it lacks"), (b"\xff\n", "codec")],
)
def test_a_damaged_line_is_no_torn_one(tmp_path: Path, damage: bytes, why: str) -> None:
    path = tmp_path / "ledger"
    go(path, Talker())
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + damage + b"".join(lines[1:]))
    with pytest.raises(CaptionError, match=rf"Line 2 of .* is no line of a ledger .*{why}.*take the line out"):
        Ledger(path)


def test_one_run_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    with Ledger(path), pytest.raises(CaptionError, match="is being written by another run"):
        go(path, Talker())
    assert go(path, Talker()).asked == 8


def test_a_full_disk_is_said_and_what_was_written_stands(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    go(path, Talker(), ROWS[:1])
    before, limits = path.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 100, limits[1]))
        with pytest.raises(CaptionError, match=r"cannot be written.*make room and give the same command again"):
            go(path, Talker())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == before
    assert go(path, Talker()).known == 2


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CaptionError, match="cannot be written"):
        go(tmp_path / "file" / "ledger", Talker())
    with pytest.raises(CaptionError, match="is no file"):
        go(tmp_path, Talker())


def test_judging() -> None:
    reply = "1. A ball moves up!\n2. It rises.\n3. it  rises\n4. " + "up and " * 200 + "\n5. It may ri"
    verdicts = judge("A ball moves up", reply, True, lambda caption, text: Verdict("rises" in text, ""))
    assert [one["reason"] for one in verdicts] == ["duplicate", "", "duplicate", "too long", "cut"]
    assert [one["accepted"] for one in verdicts] == [False, True, False, False, False]


def test_a_verifier_that_fails_lets_nothing_through(tmp_path: Path) -> None:
    def fails(caption: str, sentence: str) -> Verdict:
        raise RecursionError

    paraphrase(ROWS, Talker(), [VERBS], Ledger(tmp_path / "ledger"), 0, verifier=fails, progress=False)
    (group,) = summary(Ledger(tmp_path / "ledger"))["groups"]
    assert group["reasons"]["verifier: RecursionError"]["count"] == group["candidates"] == 8


def test_the_real_verifier_by_default(tmp_path: Path) -> None:
    """What it says is its own affair; the caption itself is no paraphrase."""
    talker = Talker("1. {}.\n2. {}")
    paraphrase(ROWS, talker, [VERBS], Ledger(tmp_path / "ledger"), 0, progress=False)
    reasons = {one["reason"] for row in Ledger(tmp_path / "ledger").rows() for one in row["candidates"]}
    assert reasons == {"duplicate"}


@pytest.mark.parametrize(
    "text", ["A ball rolls. " * 4000, "\ud800\x00\x1b[2J" * 9000, "", "[" * 90_000, "é" * 90_000]
)
def test_any_answer_makes_one_whole_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ledger"
    go(path, Talker(text), ROWS[:1], [VERBS])
    (row,) = Ledger(path).rows()
    assert len(row["reply"]) <= MAX_REPLY
    assert path.read_bytes().count(b"\n") == 1
    assert sum(one["accepted"] for one in row["candidates"]) <= 1


def test_accepted_ones_in_an_order_that_no_run_changes(tmp_path: Path) -> None:
    forth, back = tmp_path / "forth", tmp_path / "back"
    go(forth, Talker())
    go(back, Talker(backwards=True))
    captions = [row.caption for row in ROWS]
    rows = list(accepted_rows(Ledger(forth), captions))
    assert rows == list(accepted_rows(Ledger(back), captions))
    assert [row["caption"] for row in rows] == captions  # what both prompts said is kept once
    assert [row["paraphrase"] for row in rows] == [f"{caption} now." for caption in captions]
    assert set(rows[0]) == {
        "caption",
        "paraphrase",
        "noun",
        "prompt",
        "model",
        "revision",
        "seed",
        "settings",
    }
    assert write_accepted(tmp_path / "new" / "out.jsonl", rows) == 4
    assert [json.loads(line) for line in (tmp_path / "new" / "out.jsonl").read_text().splitlines()] == rows
    assert len(list(accepted_rows(Ledger(forth)))) == 4
    with pytest.raises(CaptionError, match=r"cannot be written.*the ledger has all answers"):
        write_accepted(forth / "out.jsonl", rows)


def test_judging_again_asks_nobody(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    go(path, Talker(failing="down"))
    go(path, Talker(), ROWS[:1])
    judge_again(Ledger(path), lambda caption, sentence: Verdict("later" in sentence, "lost:now"))
    said = [row["paraphrase"] for row in accepted_rows(Ledger(path), ["A ball moves up"])]
    assert said == ["A ball moves up later."]
    assert go(path, Talker()).known == 6


def test_the_summary_counts_by_reason(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    go(path, Talker("1. {} now.\n2. {} later.\n3. {} later.\n4. {} later on."), prompts=[VERBS])
    other = Talker("1. {} later.")
    other.model = "other"
    go(path, other, prompts=[VERBS])
    first, second = sorted(summary(Ledger(path))["groups"], key=lambda group: group["model"], reverse=True)
    assert (first["model"], first["prompt"], first["requests"], first["candidates"]) == ("talker", "verbs-1", 4, 16)
    assert first["accepted"] == {"count": 4, **share(4, 16)}
    assert first["captions"] == {"count": 4, **share(4, 4)}
    assert {reason: one["count"] for reason, one in first["reasons"].items()} == {"lost:time": 8, "duplicate": 4}
    assert second["accepted"]["count"] == second["captions"]["count"] == 0
    assert second["captions"]["high"] > 0


def test_the_interval_of_a_share() -> None:
    """Against the equation that Wilson's bounds solve: (p - share)^2 = z^2 p (1 - p) / n."""
    values = share(7, 50)
    for bound in (values["low"], values["high"]):
        assert (bound - 0.14) ** 2 == pytest.approx(1.959964**2 * bound * (1 - bound) / 50, abs=1e-4)
    assert values["low"] < values["share"] == 0.14 < values["high"]
    assert share(0, 0) == {"share": 0.0, "low": 0.0, "high": 1.0}
