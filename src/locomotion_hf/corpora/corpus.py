"""A corpus: rows of captions in memory, and videos that are decoded when they are asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from tqdm.auto import tqdm

from locomotion_hf.errors import AssetError, CorpusError
from locomotion_hf.randomness import stable_hash
from locomotion_hf.video_io import PathOrBytes, probe_video, read_video

#: Why a row of a file is not a row of the corpus.
Reason = Literal["missing video", "unreadable video", "no caption", "repeated id"]
#: A long video is decoded at no more than this many frames, or so many for each that is wanted. Own choices: a frame
#: is then at most a tenth of its step from where it should be.
_DECODED, _OVERSAMPLING = 256, 5
#: Longest video that is read, in seconds. Own choice: longer ones are films, whose captions are not about motions.
MAX_SECONDS = 600.0


@dataclass(frozen=True)
class CorpusRow:
    """One clip and what may be said of it.

    Attributes:
        id: unique within the corpus and split.
        texts: one caption or more, all true of the clip.
        group: clips of one group are true of each other's texts: positives, never negatives.
        stratum: the class that subsets keep in proportion; "" where the corpus has no classes.
        scene: clips of one scene share object and background, so that motion alone tells them apart; "" where
            that is not known.
    """

    id: str
    texts: tuple[str, ...]
    group: str
    stratum: str = ""
    scene: str = ""

    def __post_init__(self) -> None:
        if not (self.id and self.texts and all(self.texts)):
            raise CorpusError(
                f"the row {self.id!r} has the texts {self.texts}.",
                "an id, and one text or more that are not empty.",
                "leave the row out.",
            )


@dataclass(frozen=True)
class SkippedRow:
    """A row of the layout's files that is not in the corpus.

    Attributes:
        id: its id, or the name of its video.
        reason: what is wrong, in one of four ways.
        detail: the whole of it.
    """

    id: str
    reason: Reason
    detail: str


class Corpus:
    """Captioned videos of one split.

    Args:
        name: of the corpus, without anybody's folders.
        split: that the rows are of, as the layout calls it.
        rows: in the order of the layout's files.
        video: gives the file, or the bytes of one, for an id.
        skipped: what was left out.

    Attributes:
        name, split, rows, skipped: as given.
    """

    def __init__(
        self,
        name: str,
        split: str,
        rows: Iterable[CorpusRow],
        video: Callable[[str], PathOrBytes],
        skipped: Sequence[SkippedRow] = (),
    ) -> None:
        self.name, self.split, self.skipped = name, split, tuple(skipped)
        self.rows = list(rows)
        self._video = video
        repeated = [id for id, count in Counter(row.id for row in self.rows).items() if count > 1]
        if repeated:
            raise CorpusError(
                f"{len(repeated)} ids of {name} occur more than once (the first: {repeated[0]}).",
                "an id for each row.",
                "give the rows ids of their own.",
            )

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return f"Corpus({self.name!r}, {self.split!r}, {len(self)} rows, {len(self.skipped)} skipped)"

    @property
    def fingerprint(self) -> str:
        """32 hexadecimal digits that depend on the ids, texts and groups of the rows, in their order."""
        told = (part for row in self.rows for part in (row.id, *row.texts, row.group))
        return f"{stable_hash(self.name, self.split, *told):032x}"

    def frames(self, row: CorpusRow, num_frames: int) -> np.ndarray:
        """Frames evenly spaced over the clip, the first and the last among them.

        Args:
            row: of this corpus.
            num_frames: 1 or more; a clip with fewer repeats some, and one frame is that of the middle.

        Returns:
            `(num_frames, H, W, 3)` uint8 RGB, as large as the video is.

        Raises:
            AssetError: the video is gone or cannot be decoded.
        """
        return decode(self._video(row.id), num_frames, row.id)

    def take(
        self, rows: Iterable[CorpusRow], skipped: Sequence[SkippedRow] | None = None, split: str | None = None
    ) -> Corpus:
        """The same corpus with some of its rows.

        Args:
            rows: of this corpus.
            skipped: instead of those of this corpus.
            split: instead of that of this corpus.
        """
        skipped = self.skipped if skipped is None else skipped
        return Corpus(self.name, split or self.split, rows, self._video, skipped)

    def summary(self) -> str:
        """One line: how many rows, classes and texts, and what was skipped, with the first of each kind."""
        classes = {row.stratum for row in self.rows} - {""}
        line = f"{self.name}, {self.split}: {len(self)} clip{'s' * (len(self) != 1)}"
        line += f" of {len(classes)} classes" if classes else ""
        for reason, count in Counter(row.reason for row in self.skipped).items():
            first = next(row.id for row in self.skipped if row.reason == reason)
            line += f"; skipped {count} with {reason} (the first: {first})"
        return line + "."


def evenly_spaced(total: int, count: int) -> np.ndarray:
    """`(count,)` indices into `total` frames: rounded to the nearest, halves up; one frame is the middle's."""
    if count == 1:
        return np.array([(total - 1) // 2])
    return (2 * np.arange(count) * (total - 1) + count - 1) // (2 * (count - 1))


def decode(video: PathOrBytes, num_frames: int, label: str) -> np.ndarray:
    """As `Corpus.frames`, of a file; `label` is what an error calls it. Raises `AssetError`."""
    try:
        header = probe_video(video)
        fps = header.fps
        if header.seconds:
            fps = min(fps, max(_DECODED, _OVERSAMPLING * num_frames) / min(header.seconds, MAX_SECONDS))
        frames, _ = read_video(video, fps=fps, max_seconds=MAX_SECONDS)
    except AssetError as error:
        raise AssetError(f"{label}: {error.seen}", error.expected, error.fix) from error
    return frames[evenly_spaced(len(frames), num_frames)]


def check_corpus(corpus: Corpus, *, max_missing: float = 0.0, progress: bool = True) -> Corpus:
    """Decode every video once.

    Args:
        corpus: whose videos are looked at.
        max_missing: largest share of them that may be damaged, 0 to 1.
        progress: show a bar.

    Returns:
        The corpus without the rows whose videos cannot be decoded; those are in `skipped`.

    Raises:
        CorpusError: more are damaged than allowed, or fewer than two rows remain.
    """
    good, bad = [], []
    for row in tqdm(corpus.rows, f"checking {corpus.name}", unit="clip", disable=not progress, leave=False):
        try:
            probe_video(corpus._video(row.id), decode=True, max_seconds=MAX_SECONDS)
        except AssetError as error:
            bad.append(SkippedRow(row.id, "unreadable video", error.seen))
        else:
            good.append(row)
    if len(bad) > max_missing * len(corpus) or len(good) < min(2, len(corpus)):
        shown = "; ".join(f"{row.id}: {row.detail}" for row in bad[:3])
        raise CorpusError(
            f"{len(bad)} of {len(corpus)} videos of {corpus.name} ({corpus.split}) cannot be decoded: {shown}",
            f"at most {100 * max_missing:g} % of them, and two rows that can.",
            "fetch or encode them again, or raise max_missing to go on without them.",
        )
    return corpus.take(good, (*corpus.skipped, *bad))
