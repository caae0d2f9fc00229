"""Ask about captions, judge what is said, remember it, and hand on what is true.

A line of the ledger holds what was asked (`caption`, `noun`, `prompt`, `seed`), of whom (`model`, `revision`,
`settings`), what was said (`reply`, `cut` when it broke off at its limit, `failure` when nothing came), and each
sentence in it with its verdict (`candidates`: `text`, `accepted`, `reason`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm.auto import tqdm

from locomotion_hf.captions.verify import Verdict, verify
from locomotion_hf.errors import CaptionError
from locomotion_hf.files import write_whole

from .asking import Answer, Paraphraser, Request, request_key
from .inputs import CaptionRow
from .ledger import Ledger
from .prompts import Prompt
from .replies import MAX_CANDIDATE, MAX_REPLY, clean_text, read_reply, same_words

Verifier = Callable[[str, str], Verdict]


@dataclass(frozen=True)
class RunReport:
    """What a run did.

    Attributes:
        asked: requests that were put to the paraphraser.
        known: requests that the ledger already had an answer to.
        failed: requests that got none; the next run asks them again.
    """

    asked: int
    known: int
    failed: int


def paraphrase(
    rows: Iterable[CaptionRow],
    paraphraser: Paraphraser,
    prompts: Sequence[Prompt],
    ledger: Ledger,
    seed: int,
    rounds: int = 1,
    verifier: Verifier = verify,
    progress: bool = True,
) -> RunReport:
    """Ask what the ledger does not know yet: every caption under every prompt, `rounds` times.

    Args:
        rows: distinct captions.
        paraphraser: whom to ask.
        prompts: what to ask.
        ledger: gets a line for each request as soon as it is finished. Kill the run when you like.
        seed: of all requests together; 0 is a seed.
        rounds: how often to ask one thing, each time with another seed.
        verifier: the judge of every sentence: `verifier(caption, sentence)`.
        progress: show a bar.

    Raises:
        CaptionError: the paraphraser or the disk gives up, or another run writes this ledger. What was finished is in
            the ledger.
    """
    asked = failed = 0
    with ledger:
        todo: dict[str, Request] = {}
        known = 0
        for row in rows:
            for prompt in prompts:
                for number in range(rounds):
                    request = Request(row.caption, row.noun, prompt, seed, number)
                    key = request_key(request, paraphraser.model, paraphraser.revision, paraphraser.settings)
                    if key in ledger.answered:
                        known += 1
                    else:
                        todo[key] = request
        bar = tqdm(total=known + len(todo), initial=known, unit="request", disable=not progress)
        with bar:
            for answer in paraphraser.answers(list(todo.values())):
                ledger.append(_line(answer, paraphraser, verifier))
                asked, failed = asked + 1, failed + bool(answer.failure)
                bar.update()
    return RunReport(asked, known, failed)


def judge_again(ledger: Ledger, verifier: Verifier = verify) -> None:
    """Read and judge all replies anew, asking nobody: for when the verifier, or the reading of replies, has changed.

    Raises:
        CaptionError: a run is writing the ledger.
    """
    ledger.replace(
        {**row, "candidates": judge(row["caption"], row["reply"], row["cut"], verifier)} for row in ledger.latest()
    )


def judge(caption: str, reply: str, cut: bool, verifier: Verifier) -> list[dict[str, Any]]:
    """Each sentence of a reply with its verdict: `text`, `accepted`, `reason`.

    Beside the verifier's reasons there are "duplicate" (of the caption or an earlier sentence, but for case and
    punctuation), "too long", "cut" (the reply broke off within it) and "verifier: ..." when the verifier failed.
    """
    candidates = read_reply(reply)
    seen, judged = {same_words(caption)}, []
    for number, text in enumerate(candidates):
        words = same_words(text)
        if words in seen:
            verdict = Verdict(False, "duplicate")
        elif len(text) > MAX_CANDIDATE:
            verdict = Verdict(False, "too long")
        elif cut and number == len(candidates) - 1:
            verdict = Verdict(False, "cut")
        else:
            try:
                verdict = verifier(caption, text)
            except Exception as error:  # one odd sentence must not end a run of hours; it is not let through either
                verdict = Verdict(False, f"verifier: {type(error).__name__}")
        seen.add(words)
        judged.append({"text": text, "accepted": verdict.accepted, "reason": verdict.reason})
    return judged


def accepted_rows(ledger: Ledger, captions: Iterable[str] | None = None) -> Iterator[dict[str, Any]]:
    """What may be used: `caption`, `paraphrase`, `noun`, `prompt`, `model`, `revision`, `seed`, `settings`.

    Args:
        ledger: of any number of runs, prompts and models.
        captions: these only, in this order; by default all, in alphabetical order. The order does not depend on
            which answer came first. Of what two requests said alike about a caption, one is kept.
    """
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in sorted(ledger.latest(), key=lambda row: (row["prompt"], row["model"], row["revision"], row["key"])):
        about = {name: row[name] for name in ("noun", "prompt", "model", "revision", "seed", "settings")}
        for one in row["candidates"]:
            if one["accepted"]:
                new = {"caption": row["caption"], "paraphrase": one["text"], **about}
                found.setdefault(row["caption"], {}).setdefault(same_words(one["text"]), new)
    for caption in sorted(found) if captions is None else captions:
        yield from found.get(caption, {}).values()


def write_accepted(path: Path, rows: Iterable[dict[str, Any]]) -> int:
    """Write accepted paraphrases as jsonl, whole or not at all. Returns how many. Raises `CaptionError`."""
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    write_text(path, "".join(f"{line}\n" for line in lines))
    return len(lines)


def write_text(path: Path, text: str) -> None:
    """Write what a run leads to, whole or not at all, into a folder that need not exist. Raises `CaptionError`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode())
    except OSError as error:
        raise CaptionError(
            f"{path} cannot be written ({error.strerror}).",
            "a place with room.",
            "name another; the ledger has all answers.",
        ) from error


def _line(answer: Answer, paraphraser: Paraphraser, verifier: Verifier) -> dict[str, Any]:
    request, reply = answer.request, clean_text(answer.text)
    cut, reply = answer.cut or len(reply) > MAX_REPLY, reply[:MAX_REPLY]
    return {
        "key": request_key(request, paraphraser.model, paraphraser.revision, paraphraser.settings),
        "caption": request.caption,
        "noun": request.noun,
        "prompt": request.prompt.name,
        "model": paraphraser.model,
        "revision": paraphraser.revision,
        "seed": request.seed,
        "settings": paraphraser.settings,
        "reply": reply,
        "cut": cut,
        "failure": answer.failure,
        "candidates": judge(request.caption, reply, cut, verifier),
    }
