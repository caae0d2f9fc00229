"""Which tokens of a vocabulary tell of motion, so that the guesses of masked words of motion are counted apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from locomotion_hf.captions.lexicon import inflect, verbs
from locomotion_hf.captions.statistics.motion_words import MOTION
from locomotion_hf.captions.words import WORDS

#: What stands between the words of motion in the tables of our grammar.
_BETWEEN = frozenset({"a", "an", "and", "at", "by", "frame", "from", "in", "of", "the", "to"})


@cache
def motion_words() -> frozenset[str]:
    """Words that tell of motion: our grammar's, the lexicon's verbs, and those of anybody's captions, inflected."""
    words = {*MOTION.direction, *MOTION.speed, *MOTION.rotation}
    for verb in (*MOTION.motion, *MOTION.direction_verbs, *MOTION.speed_verbs, *MOTION.rotation_verbs):
        words |= {verb, *(form for forms in inflect(verb).values() for form in forms)}
    # Of "meanders back and forth" the verb, which leads.
    words |= {spelling.split()[0] for verb in verbs() for spelling, _ in verb.forms()}
    return frozenset(words | (set(_grammar()) - _BETWEEN))


def _grammar() -> Iterator[str]:
    for said in WORDS.values():
        tables = (said.patterns, said.directions, said.speeds, said.changes, said.turns, said.growths, said.laps)
        texts = [text for table in tables for text in table.values()]
        texts += [said.rotating, *(verb for pair in said.verbs.values() for verb in pair)]
        for text in texts:
            yield from re.findall(r"[a-z]+", re.sub(r"\{.*?\}", " ", text))


def motion_token_ids(tokenizer: Any) -> list[int]:
    """The ids for `LocoMotionConfig.motion_token_ids`.

    Words that the vocabulary has in one piece: a piece of one, as "##ing", may be of anything.

    Args:
        tokenizer: of the text encoder, word pieces or byte pairs.
    """
    found = set()
    for word in motion_words():
        # Byte pairs tell the word within a text from the one that begins it by the space before it.
        for text in (word, f" {word}"):
            ids = tokenizer(text, add_special_tokens=False)["input_ids"]
            found |= set(ids) if len(ids) == 1 else set()
    return sorted(found - {tokenizer.unk_token_id})


__all__ = ["motion_token_ids", "motion_words"]
