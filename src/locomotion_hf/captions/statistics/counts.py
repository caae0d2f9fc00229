"""What captions are made of: words per class, the variety of verbs, how many tell of motion (the paper's section 3).

The paper compares data sets by parts of speech and finds nouns everywhere; its own gain is laid to the variety of
verbs. Both can be looked at here for any captions, side by side.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from locomotion_hf.errors import CaptionError
from locomotion_hf.intervals import Interval, share_interval

from .motion_words import MOTION
from .tagging import CLASSES, Tagger, Word

#: What a caption can state, in the order of tables and plots.
STATEMENTS = ("motion verb", "direction", "speed", "rotation")
#: Verbs among which distinct ones are counted, so that many captions do not count as varied ones (own choice: some
#: 40 captions' worth).
AMONG = 50
#: A longer text is no caption. Own choice; paragraphs that describe a whole film have some 200.
MAX_WORDS = 1000
#: The 95 % quantile of the normal distribution, two-sided.
_Z = 1.959964

#: Frequent words of languages, none of another's; which of them are more in a caption tells its language.
_FREQUENT = {
    "English": "the a an of in on with and to is at from by while then it its are as for into over",
    "German": "der das und ein eine einen mit auf nach ist von dem den zu",
    "French": "le les une des du et dans avec sur vers est",
    "Spanish": "el los las una con por para del y",
    "Italian": "il lo gli di che nel della",
    "Dutch": "het een van naar op met",
    "Portuguese": "os um uma com na",
}
_ENGLISH = frozenset(_FREQUENT["English"].split())
_FOREIGN = frozenset(" ".join(_FREQUENT.values()).split()) - _ENGLISH


@dataclass(frozen=True)
class CaptionStatistics:
    """What one source of captions is made of.

    Attributes:
        name: of the source.
        captions: how many were counted, repeats included.
        left_out: reason -> how many captions were not.
        words: per caption.
        longest: words of the longest caption.
        classes: words of each class per caption; see `tagging.CLASSES`.
        verbs: how many words are verbs.
        distinct_verbs: of them, by plain form; grows with the number of captions.
        distinct_among: distinct verbs to be expected among `AMONG` of them drawn at random; None if there are fewer.
        verb_entropy: of the distribution of verbs, in bits; too low where there are few verbs.
        top_verbs: the five most frequent with their share of all verbs.
        statements: share of captions that have a motion verb, or state direction, speed or rotation.
        duplicates: share of captions that repeat an earlier one, but for case, spaces and punctuation at the end.
    """

    name: str
    captions: int
    left_out: dict[str, int]
    words: Interval
    longest: int
    classes: dict[str, Interval]
    verbs: int
    distinct_verbs: int
    distinct_among: float | None
    verb_entropy: float
    top_verbs: list[tuple[str, float]]
    statements: dict[str, Interval]
    duplicates: Interval

    @property
    def per_noun(self) -> float:
        """Verbs and adverbs per noun, whatever the captions' length: what goes on against what there is."""
        nouns = self.classes["noun"].mean
        return (self.classes["verb"].mean + self.classes["adverb"].mean) / nouns if nouns else math.inf

    def to_dict(self) -> dict[str, Any]:
        """Plain strings and numbers, for JSON."""
        return asdict(self)


def caption_statistics(
    name: str, captions: Iterable[object], tag: Callable[[str], list[Word]] | None = None, progress: bool = False
) -> CaptionStatistics:
    """Count words, verbs and statements of motion.

    Args:
        name: of the source, for tables and plots.
        captions: texts; what is empty, no text, not English or no caption by its length is left out and counted.
        tag: words of a text with their classes; by default a new `Tagger`.
        progress: whether to show a bar.

    Raises:
        CaptionError: no caption is left, or the tagger is not installed.
    """
    tag = Tagger() if tag is None else tag
    left_out: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    first: dict[str, str] = {}
    for caption in captions:
        reason = unfit(caption)
        if reason:
            left_out[reason] += 1
            continue
        text = " ".join(str(caption).split())
        same = text.casefold().rstrip(" .!")
        first.setdefault(same, text)
        counts[same] += 1
    if not counts:
        why = ", ".join(f"{count} {reason}" for reason, count in left_out.items()) or "no rows"
        raise CaptionError(
            f"{name} has no caption that can be counted ({why}).",
            f"English captions of at most {MAX_WORDS} words.",
            "name the column that holds them, or another source.",
        )
    times = np.fromiter(counts.values(), np.float64)
    numbers = np.zeros((len(counts), 1 + len(CLASSES) + len(STATEMENTS)))
    verbs: Counter[str] = Counter()
    for row, (caption, count) in enumerate(tqdm(counts.items(), name, disable=not progress, unit=" captions")):
        words = tag(first[caption])
        kinds = [word.kind for word in words]
        numbers[row] = [len(words), *(kinds.count(kind) for kind in CLASSES), *statements(words)]
        for word in words:
            if word.kind == "verb":
                verbs[word.lemma] += count
    total = int(times.sum())
    means = [_mean(column, times) for column in numbers.T[: 1 + len(CLASSES)]]
    shares = [share_interval(round(float(column @ times)), total) for column in numbers.T[1 + len(CLASSES) :]]
    all_verbs = verbs.total()
    return CaptionStatistics(
        name,
        total,
        dict(left_out),
        words=means[0],
        longest=int(numbers[:, 0].max()),
        classes=dict(zip(CLASSES, means[1:], strict=True)),
        verbs=all_verbs,
        distinct_verbs=len(verbs),
        distinct_among=distinct_among(list(verbs.values()), AMONG),
        verb_entropy=sum(n / all_verbs * math.log2(all_verbs / n) for n in verbs.values()),
        top_verbs=[(verb, n / all_verbs) for verb, n in verbs.most_common(5)],
        statements=dict(zip(STATEMENTS, shares, strict=True)),
        duplicates=share_interval(total - len(counts), total),
    )


def unfit(caption: object) -> str:
    """Why a caption is left out: "not text", "empty", "in another language", "too long"; "" when it is not."""
    if not isinstance(caption, str):
        return "empty" if caption is None else "not text"
    letters = [letter for letter in caption if letter.isalpha()]
    if not letters:
        return "empty"
    # U+0250 ends the Latin letters with their accents.
    if sum(letter < "\u0250" for letter in letters) * 2 < len(letters):
        return "in another language"
    words = re.findall(r"[^\W\d_]+", caption.lower())
    if len(words) > MAX_WORDS:
        return "too long"
    foreign = sum(word in _FOREIGN for word in words)
    return "in another language" if foreign > 1 and foreign > sum(word in _ENGLISH for word in words) else ""


def statements(words: Sequence[Word]) -> tuple[bool, bool, bool, bool]:
    """Whether a caption has a motion verb and states direction, speed and rotation, by the lists of `motion_words`.

    A word says where to only beside a motion verb: nobody moves in "looking up". "Left" and "right" are no directions
    as the verb, nor where they describe a noun that nothing moves to or from ("her right hand"); the speed of "slow
    motion" is the film's, and what turns on, off or into does not rotate.
    """
    texts = [word.text for word in words]
    verbs = {word.lemma for word in words if word.kind == "verb"}
    turns = any(
        word.lemma == "turn" and {"over", "around", "round", "upside"} & set(texts[place + 1 : place + 5])
        for place, word in enumerate(words)
        if word.kind == "verb"
    )
    moves = bool(verbs & MOTION.motion)
    where = any(_tells_where(words, place) for place in range(len(words)))
    speed = any(
        word.text in MOTION.speed
        and word.kind != "verb"
        and (word.kind != "noun" or word.text in ("speed", "pace"))
        and texts[place + 1 : place + 2] != ["motion"]
        for place, word in enumerate(words)
    )
    return (
        moves,
        moves and (where or bool(verbs & MOTION.direction_verbs)),
        speed or bool(verbs & MOTION.speed_verbs),
        turns or bool(verbs & MOTION.rotation_verbs) or bool(MOTION.rotation & set(texts)),
    )


def _tells_where(words: Sequence[Word], place: int) -> bool:
    """Whether a word is one of direction, and not in another sense."""
    word = words[place]
    if word.text not in MOTION.direction or word.kind == "verb":
        return False
    if word.text in ("left", "right"):
        before = {other.text for other in words[max(0, place - 3) : place]}
        return word.kind != "adjective" or bool(before & {"to", "from", "toward", "towards", "into"})
    return word.kind != "noun" or word.text in ("north", "south", "east", "west")


def distinct_among(counts: Sequence[int], drawn: int) -> float | None:
    """How many kinds are to be expected among some things drawn without replacement.

    Args:
        counts: things of each kind.
        drawn: how many are drawn.

    Returns:
        The expected number, or None when there are fewer things.

    Source: Hurlbert, "The nonconcept of species diversity", Ecology 52 (1971), equation 11 (rarefaction).
    """
    total = sum(counts)
    if total < drawn:
        return None
    every = math.lgamma(total + 1) - math.lgamma(total - drawn + 1)
    missed = (
        math.exp(math.lgamma(total - n + 1) - math.lgamma(total - n - drawn + 1) - every)
        for n in counts
        if total - n >= drawn
    )
    return len(counts) - math.fsum(missed)


def _mean(values: np.ndarray, times: np.ndarray) -> Interval:
    """The mean of values that occur so many times; the interval is the normal one."""
    total = times.sum()
    mean = float(values @ times / total)
    spread = float(((values - mean) ** 2) @ times / max(total - 1, 1))
    half = _Z * math.sqrt(spread / total)
    return Interval(mean, max(0.0, mean - half), mean + half)
