"""Clips of several sources in exact shares: made while training, of a released dataset, or real captioned video.

Shares are of whole groups, so that clips which motion alone tells apart stay in one batch. Which part a group is of,
and which of its clips it holds, follows from the group's number alone: resuming is beginning at another one.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate
from typing import Any

import numpy as np

from locomotion_hf.captions import parse
from locomotion_hf.corpora import Corpus, open_corpus
from locomotion_hf.dataset import Recipe
from locomotion_hf.errors import CaptionError, TrainingError
from locomotion_hf.facts import Facts
from locomotion_hf.randomness import stable_hash, stream
from locomotion_hf.training.caption_kinds import CaptionKind, caption_of
from locomotion_hf.training.curriculum import Timetable, read_curriculum, timetable
from locomotion_hf.training.data import Pairs, SyntheticPairs
from locomotion_hf.training.finetune_data import CorpusPairs
from locomotion_hf.training.parts import Part, read_parts

#: What clips that are made while training are called.
SYNTH = "synth"
#: The circle, and the golden section of it: of all steps round it, the one that meets no regular pattern, as the
#: groups of one process are.
_CIRCLE, _GOLDEN = 1 << 64, 0x9E3779B97F4A7C15


@dataclass(frozen=True)
class Source:
    """A part of a mixture.

    Attributes:
        pairs: its clips.
        share: of the groups; shares of all parts are put in relation.
        counted: whether its clips are taken one after the other, so that each comes once an epoch. Others are taken
            by their place in the run: no two parts that are made while training hold the same clip.
    """

    pairs: Pairs
    share: Fraction
    counted: bool


class MixedPairs:
    """Clip `index` of a mixture, for any index.

    Args:
        sources: the parts; all have clips of one shape.
        group_size: clips in a row that are of one part.
    """

    def __init__(self, sources: Sequence[Source], group_size: int) -> None:
        self.sources, self.group_size = tuple(sources), group_size
        self.clip_shape = self.sources[0].pairs.clip_shape
        ends = list(accumulate((one.share for one in self.sources), initial=Fraction()))
        self._borders = [math.floor(end / ends[-1] * _CIRCLE) for end in ends]

    def place(self, index: int) -> tuple[int, int]:
        """The number of the part that a clip is of, and its position there.

        Groups go round a circle in golden sections, and each part has its sector. Of any number of groups up to a
        million no part is more than a handful from its share, nor, of those that one of several processes has, more
        than some fifteen.
        """
        group, member = divmod(index, self.group_size)
        number = bisect_right(self._borders, group * _GOLDEN % _CIRCLE) - 1
        if not self.sources[number].counted:
            return number, index
        before, after = (_landed_before(border, group) for border in self._borders[number : number + 2])
        return number, (after - before) * self.group_size + member

    def __getitem__(self, index: int) -> dict[str, Any]:
        """`frames` `(T, H, W, 3)` uint8, `text`, `scene`, and `group`: equal where one caption is true of both."""
        number, position = self.place(index)
        return self.sources[number].pairs[position]

    def write(self, index: int, out: np.ndarray) -> dict[str, Any]:
        """The frames into `out`, for `ClipRing`; returns `text`, `scene` and `group`."""
        number, position = self.place(index)
        return self.sources[number].pairs.write(position, out)


def _landed_before(border: int, steps: int) -> int:
    """How many of the first `steps` places on the circle, from 0 on, lie before a border."""
    return _sum_of_floors(steps, _CIRCLE, _GOLDEN, 0) - _sum_of_floors(steps, _CIRCLE, _GOLDEN, -border)


def _sum_of_floors(count: int, divisor: int, slope: int, offset: int) -> int:
    """The sum of `(slope * k + offset) // divisor` over k from 0 to `count - 1`, in the manner of Euclid."""
    total = 0
    while True:
        total += count * (count - 1) // 2 * (slope // divisor) + count * (offset // divisor)
        slope, offset = slope % divisor, offset % divisor
        rows, rest = divmod(slope * count + offset, divisor)
        if not rows:
            return total
        count, divisor, slope, offset = rows, slope, divisor, rest


def read_mixture(text: str) -> tuple[Part, ...]:
    """The parts of "synth:0.7,synth[backdrop=black]:0.1,my_videos/:0.2"; the numbers need not add up to one.

    Raises:
        TrainingError: a part is none, or sets something and is not made while training.
    """
    parts = read_parts("mixture", text)
    for part in parts:
        if part.settings and part.name != SYNTH:
            raise TrainingError(
                f"--mixture has settings for {part.name}: {', '.join(part.settings)}.",
                f"settings for {SYNTH} alone: these clips are made already.",
                "leave them out.",
            )
    return parts


@dataclass(frozen=True)
class Mixture:
    """An opened mixture.

    Attributes:
        pairs: its clips.
        corpora: of it, as they are trained on.
        lines: what each part holds, in words.
    """

    pairs: MixedPairs
    corpora: tuple[Corpus, ...]
    lines: tuple[str, ...]


def open_mixture(
    mixture: str,
    recipe: Recipe,
    captions: CaptionKind,
    *,
    curriculum: str = "",
    max_steps: int = 1,
    clips_a_step: int = 1,
    cache_bytes: int = 1 << 30,
) -> Mixture:
    """Open all parts.

    Args:
        mixture: see `read_mixture`; a part is "synth", or what `open_corpus` takes: its train split is used.
        recipe: of the clips that are made; all clips have its shape, and its `group_size`.
        captions: how much motion they state. Captions of a corpus that are to state less than they do must be of our
            own grammar, as those of a released `locomotion_synth` are.
        curriculum: see `read_curriculum`; of parts that are made while training and do not set a vocabulary.
        max_steps: of the run.
        clips_a_step: over all processes and passes.
        cache_bytes: of memory for decoded frames of all corpora together.

    Raises:
        TrainingError: the text cannot be read, or captions cannot be shortened.
        RecipeError: a setting has no such value.
        CorpusError: a corpus cannot be used, and how to obtain it.
    """
    parts, phases = read_mixture(mixture), read_curriculum(curriculum)
    total, decoded = sum(part.number for part in parts), sum(part.name != SYNTH for part in parts)
    sources: list[Source] = []
    corpora: list[Corpus] = []
    lines: list[str] = []
    for number, part in enumerate(parts):
        if part.name == SYNTH:
            table = timetable(phases, recipe, max_steps, clips_a_step, part.settings)
            sources.append(Source(SyntheticPairs(table[0][1], captions, table[1:]), part.number, counted=False))
            told = _told(table, clips_a_step)
        else:
            corpus = prepared(open_corpus(part.name, "train"), captions, number)
            seed, room = stable_hash(recipe.seed, "part", number), cache_bytes // decoded
            shape = recipe.num_frames, recipe.resolution
            pairs = CorpusPairs(corpus, *shape, seed=seed, augment=True, cache_bytes=room)
            sources.append(Source(pairs, part.number, counted=True))
            corpora.append(corpus)
            told = corpus.summary()
        lines.append(f"{100 * float(part.number / total):.3g} % {told}")
    return Mixture(MixedPairs(sources, recipe.group_size), tuple(corpora), tuple(lines))


def _told(table: Timetable, clips_a_step: int) -> str:
    """The phases of clips that are made while training, in words."""
    phases = [
        f"{one.vocabulary} vocabulary over {one.backdrop}"
        + (f" from step {first // clips_a_step} on" if first else "")
        for first, one in table
    ]
    return f"made while training: {', '.join(phases)}."


def prepared(corpus: Corpus, captions: CaptionKind, number: int) -> Corpus:
    """The corpus as a part of a mixture.

    Args:
        corpus: any.
        captions: how much motion its captions shall state.
        number: of the part, which sets its scenes apart from those of others.

    Returns:
        The same clips, with groups that are equal across sources where one caption is true of both.

    Raises:
        TrainingError: a caption shall state less than it does, and is not of our own grammar.
    """
    rows = []
    for row in corpus.rows:
        texts, group = row.texts, _group(corpus, row.texts, row.group, row.id)
        if captions != "caption":
            told = [_shortened(corpus, text, captions) for text in row.texts]
            texts, group = tuple(dict.fromkeys(text for text, _ in told)), told[0][1]
        rows.append(replace(row, texts=texts, group=group, scene=f"part {number}: {row.scene or row.id}"))
    return corpus.take(rows)


def _group(corpus: Corpus, texts: tuple[str, ...], group: str, id: str) -> str:
    if len(texts) == 1 and group in (id, texts[0].casefold()):
        facts = _facts(texts[0])
        return facts.signature if facts else texts[0].casefold()
    # Ids are unique within their corpus alone; classes and templates are called by their texts.
    return f"{corpus.name}: {id}" if group == id else group


def _shortened(corpus: Corpus, text: str, captions: CaptionKind) -> tuple[str, str]:
    facts = _facts(text)
    if facts is None:
        raise TrainingError(
            f"--captions {captions}, and in {corpus.name}: {text!r}.",
            "captions of our own grammar, as those of a released locomotion_synth: they can be told to say less.",
            "leave this part out of --mixture, or train with --captions caption.",
        )
    return caption_of(facts, captions, "plain", stream(0, "captions"))


def _facts(text: str) -> Facts | None:
    """What a caption of our own grammar states; None of another."""
    try:
        return parse(text[:1].upper() + text[1:]).timed
    except CaptionError:
        return None
