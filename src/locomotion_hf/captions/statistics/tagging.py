"""Parts of speech of a caption: HanTa's tagger, corrected where captions of motion fool it.

HanTa (Wartena, "A Probabilistic Morphology Model for German Lemmatization", KONVENS 2019) is a hidden Markov
model over words and their parts; its wheel holds the English model, trained on the British National Corpus,
and nothing is downloaded. It is an optional extra. The four corrections stand in `_corrected`; what they and the
tagger are worth is measured in tests/captions/test_statistics.py on captions tagged by hand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from locomotion_hf.errors import CaptionError

from .motion_words import MOTION

WordClass = Literal["noun", "adjective", "verb", "adverb", "preposition", ""]
#: In the order of tables and plots; "" is every other class.
CLASSES: tuple[WordClass, ...] = ("noun", "adjective", "verb", "adverb", "preposition")

# Tags of the British National Corpus (C5) that begin so. "Be", helping "have" and "do", and modals are no verbs here,
# as in Universal Dependencies; the particle of "pick up" is a preposition.
_BY_TAG: dict[str, WordClass] = {
    "NN": "noun",
    "NP": "noun",
    "AJ": "adjective",
    "VV": "verb",
    "AV0": "adverb",
    "AVP": "preposition",
    "PRP": "preposition",
    "PRF": "preposition",
    "IN": "preposition",
}
# Clitics are words of their own. Brackets and quotation marks are dropped: "Rolling [something]" fools the model.
_TOKEN = re.compile(
    r"n't\b|'(?:s|re|ve|ll|d|m)\b|\w+?(?=n't\b)|\w+(?:[-.,]\w+)*(?:'(?!(?:s|re|ve|ll|d|m)\b)\w+)?|[.,:;!?&]",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?;])\s+")
#: The model's time grows with the square of a word's letters; its endings tell the class.
_LONGEST_WORD = 24
#: Words a sentence; longer ones are tagged in parts.
_LONGEST_SENTENCE = 200
_PARTICLE = re.compile(
    "up|down|in|out|on|off|over|back|away|along|around|round|through|by|past|across|about|under|inside|outside|"
    "below|above|forward|apart|aside|behind"
)
#: What a noun phrase may begin with.
_PHRASE = ("AT0", "DPS", "DT0", "DTQ", "AJ", "NN", "NP", "PN", "CRD", "ORD")
_WAY = re.compile(
    r"(?:up|down|left|right|for|back|in|out|sky|earth|heaven|east|west|north|south)wards?|(?:anti|counter)?-?clockwise"
)


@dataclass(frozen=True)
class Word:
    """A word of a caption.

    Attributes:
        text: in lower case.
        lemma: its plain form: "move" for "moving".
        kind: its class; "" for those that are not counted.
    """

    text: str
    lemma: str
    kind: WordClass


class Tagger:
    """Tags English captions. Loads in a tenth of a second; some 10,000 words a second.

    Raises:
        CaptionError: the extra is not installed.
    """

    def __init__(self) -> None:
        try:
            from HanTa.HanoverTagger import HanoverTagger
        except ImportError as error:
            raise CaptionError(
                "The tagger HanTa is not installed.",
                "the optional packages of the extra `stats`.",
                'give `pip install "locomotion-hf[stats]"`.',
            ) from error
        self._model: Any = HanoverTagger("morphmodel_en.pgz")

    def __call__(self, text: str) -> list[Word]:
        """The words of a caption, without its punctuation, in order.

        Args:
            text: English, of any length.
        """
        words = []
        for sentence in _SENTENCE.split(_lower_titles(text.replace("\u2019", "'"))):
            tokens = _TOKEN.findall(sentence)
            for start in range(0, len(tokens), _LONGEST_SENTENCE):
                words += self._tag(tokens[start : start + _LONGEST_SENTENCE])
        return words

    def _tag(self, tokens: list[str]) -> list[Word]:
        short = [token[-_LONGEST_WORD:] for token in tokens]
        tagged = [(token.lower(), lemma.lower(), tag) for token, lemma, tag in self._model.tag_sent(short)]
        return [
            Word(token.lower(), tagged[place][1], kind)
            for place, (token, kind) in enumerate(zip(tokens, _corrected(tagged), strict=True))
            if any(letter.isalpha() for letter in token)
        ]


def _lower_titles(text: str) -> str:
    """Captions In Title Case Or CAPITALS lose them: a tagger takes every capital for a name."""
    words = re.findall(r"[^\W\d_]{4,}", text)
    return text.lower() if len(words) > 1 and all(word[0].isupper() for word in words) else text


def _corrected(tagged: list[tuple[str, str, str]]) -> list[WordClass]:
    """Classes of a sentence's words, from their text, lemma and tag.

    1. "A coin circles": after a noun phrase in the singular, or after "then" or "it", the s-form of a verb of motion
       is that verb and no plural.
    2. "Zooms in", "up and to the right": a particle without a noun phrase behind it is an adverb.
    3. "After drifting": before an -ing form, after and before are conjunctions.
    4. "Anticlockwise", "rightwards": an adverb, or before a noun an adjective.
    """
    kinds: list[WordClass] = []
    for place, (word, lemma, tag) in enumerate(tagged):
        follower = tagged[place + 1][2] if place + 1 < len(tagged) else ""
        kind: WordClass = next((kind for start, kind in _BY_TAG.items() if tag.startswith(start)), "")
        if tag == "NN2" and lemma in MOTION.motion and _has_subject(tagged, place):
            kind = "verb"
        elif _PARTICLE.fullmatch(word) and kind == "preposition" and not follower.startswith((*_PHRASE, "PRF")):
            kind = "adverb"
        elif word in ("after", "before") and follower == "VVG":
            kind = ""
        elif _WAY.fullmatch(word):
            kind = "adjective" if follower.startswith("NN") else "adverb"
        kinds.append(kind)
    return kinds


def _has_subject(tagged: list[tuple[str, str, str]], place: int) -> bool:
    """Whether what stands before a word can be the subject, in the singular, of a verb there."""
    place -= 1
    while place >= 0 and tagged[place][2].startswith("AV"):
        if tagged[place][0] == "then":
            return True
        place -= 1
    if place >= 0 and tagged[place][0] in ("it", "that", "which"):
        return True
    if place < 0 or tagged[place][2] not in ("NN1", "NP0"):
        return False
    while place >= 0 and tagged[place][2] in ("NN1", "NP0", "AJ0", "ORD"):
        place -= 1
    return place >= 0 and tagged[place][0] in ("a", "an", "the", "one", "this", "that", "each")
