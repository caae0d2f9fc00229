#!/usr/bin/env python
"""What became of captions said in other words: how many are true, what was wrong with the others, and their variety.

    locomotion paraphrase captions.jsonl --model MODEL --prompts verbs plain --out paraphrases.jsonl
    python scripts/check_paraphrases.py paraphrases.ledger.jsonl --json results/paraphrases.json

Every answer in the ledger is judged anew by the verifier of today; nothing is asked. Beside the language model stands
the lexicon, which needs none: ten sentences for each of the same captions, and for each common motion, judged by the
same verifier. Last come the words of all of them, and of two samples in other people's form.
"""

import argparse
import itertools
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from locomotion_hf.captions import describe, parse, verify
from locomotion_hf.captions.lexicon import KINDS, nouns
from locomotion_hf.captions.paraphrase import Ledger, judge_again, summary
from locomotion_hf.captions.statistics import CaptionStatistics, caption_statistics
from locomotion_hf.captions.statistics.plot import write_plot
from locomotion_hf.captions.statistics.sources import CaptionSource
from locomotion_hf.captions.statistics.tagging import Tagger
from locomotion_hf.captions.verb_variation import verb_paraphrases
from locomotion_hf.errors import CaptionError
from locomotion_hf.evaluation import write_results
from locomotion_hf.evaluation.protocol import origin
from locomotion_hf.facts import DIRECTIONS, ROTATIONS, SPEEDS, Facts, Move, ObjectFacts, Phase, Way
from locomotion_hf.intervals import share_interval

#: Sentences of the lexicon for each caption.
COUNT = 10
#: And for each common motion, of which ten shall be true.
ASKED = 14


def common_moves() -> list[Move]:
    """Straight lines with and without turning, and the plainest of each other shape."""
    senses = (None, *ROTATIONS)
    lines = [Move(*words) for words in itertools.product(DIRECTIONS, SPEEDS, senses)]
    circles = [
        Move(None, speed, None, "circle", sense, laps)
        for speed, sense, laps in itertools.product(SPEEDS, ROTATIONS, (1, 2))
    ]
    zigzags = [Move(direction, speed, shape="zigzag") for direction, speed in itertools.product(DIRECTIONS, SPEEDS)]
    bounces = [Move(direction, shape="bounce") for direction in (None, "left", "right")]
    spirals = [Move(None, "moderate", None, "spiral", sense, way=way) for sense in ROTATIONS for way in _WAYS]
    return [*lines, *circles, *zigzags, *bounces, *spirals, Move(shape="still")]


_WAYS: tuple[Way, ...] = ("inwards", "outwards")


def by_lexicon(captions: list[str], seed: int) -> tuple[list[str], Counter[str], int]:
    """Accepted sentences, reasons of the others, and how many captions the grammar did not write."""
    accepted, reasons, foreign = [], Counter[str](), 0
    for number, caption in enumerate(tqdm(captions, desc="lexicon", disable=not sys.stderr.isatty())):
        try:
            facts = parse(caption).timed
        except CaptionError:
            foreign += 1
            continue
        for text in verb_paraphrases(facts, COUNT, np.random.default_rng((seed, number))):
            verdict = verify(caption, text)
            reasons[verdict.reason] += 1
            accepted += [text] if verdict.accepted else []
    return accepted, reasons, foreign


def by_motion(seed: int) -> dict[str, Any]:
    """How many distinct true sentences each common motion gets, of one noun of each kind."""
    rng = np.random.default_rng(seed)
    named = {kind: next(noun for noun, its in nouns().items() if its == kind) for kind in KINDS}
    least, reasons, moves = {}, Counter[str](), common_moves()
    for move in tqdm(moves, desc="motions", disable=not sys.stderr.isatty()):
        for noun in named.values():
            facts = Facts((ObjectFacts(noun, (Phase(move, 0.0, 1.0),)),))
            caption, made = describe(facts), verb_paraphrases(facts, ASKED, rng)
            verdicts = [verify(caption, text) for text in made]
            reasons.update(one.reason for one in verdicts)
            least[caption] = sum(one.accepted for one in verdicts)
    total = reasons.total()
    return {
        "motions": len(moves),
        "kinds": len(named),
        "asked_for": ASKED,
        "fewest": min(least.values()),
        "with_ten_or_more": share_interval(sum(count >= 10 for count in least.values()), len(least)).to_dict(),
        "accepted": share_interval(reasons.pop("", 0), total).to_dict(),
        "reasons": dict(reasons.most_common()),
    }


def words(named: dict[str, list[str]]) -> list[CaptionStatistics]:
    """The words of each source that has captions, and of the samples."""
    tag = Tagger()
    sources = [(name, texts) for name, texts in named.items() if texts]
    sources += [(one.name, list(map(str, one.read(None)))) for one in CaptionSource.samples() if one.name != "plain"]
    return [caption_statistics(name, texts, tag) for name, texts in sources]


def main() -> None:
    """Judge, count, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("ledger", type=Path, help="of `locomotion paraphrase`; its verdicts are renewed")
    parser.add_argument("--seed", type=int, default=0, help="of the lexicon's draws")
    parser.add_argument("--json", type=Path, help="also write the outcome to this file")
    parser.add_argument("--plot", type=Path, help="draw the words: .png, .svg or .pdf")
    args = parser.parse_args()
    ledger = Ledger(args.ledger)
    judge_again(ledger)
    rows = list(ledger.latest())
    captions = list(dict.fromkeys(row["caption"] for row in rows))
    lexicon, reasons, foreign = by_lexicon(captions, args.seed)
    total = reasons.total()
    said = {"captions": captions, "lexicon": lexicon}
    for prompt in dict.fromkeys(row["prompt"] for row in rows):
        candidates = [one for row in rows if row["prompt"] == prompt for one in row["candidates"]]
        said[f"LLM, {prompt}"] = [one["text"] for one in candidates if one["accepted"]]
    statistics = words(said)
    outcome = {
        "captions": len(captions),
        "language_model": summary(ledger)["groups"],
        "lexicon": {
            "sentences": total,
            "not_ours": foreign,
            "accepted": share_interval(reasons.pop("", 0), max(total, 1)).to_dict(),
            "reasons": dict(reasons.most_common()),
        },
        "lexicon_by_motion": by_motion(args.seed),
        "words": {one.name: one.to_dict() for one in statistics},
    }
    print(json.dumps({name: part for name, part in outcome.items() if name != "words"}, indent=1))
    if args.plot:
        write_plot(args.plot, statistics)
    if args.json:
        write_results(args.json, {**origin(Path(__file__)), "seed": args.seed, **outcome})


if __name__ == "__main__":
    main()
