"""What is asked of one clip: pairs of a film and a sentence, of which the right one should score higher.

Most questions have two sides, the clip with its caption and its counterpart with the counterpart's caption. Both
are asked, so that a liking for one word, or for one of the two films, gains nothing: it is exactly at chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from locomotion_hf.evaluation import one_frame
from locomotion_hf.types import TwinKind

from .clips import ProbeClip
from .views import VIEWS

#: A film and a sentence, by their numbers on the sheet.
Pair = tuple[int, int]
#: The right pair, and the wrong one.
Comparison = tuple[Pair, Pair]

#: Views whose caption is looked for among those of the scene.
RETRIEVED = ("clip", "one_frame", "shuffled", "reversed")
#: View of whole clips -> twin whose caption is true of it.
OPPOSITES: dict[str, TwinKind] = {"reversed": "reverse", "mirrored": "mirror"}
#: Ending of the key of a question that is asked with one frame in place of each film.
STILL = "@one_frame"


@dataclass
class Sheet:
    """The films and sentences of one clip, each once, and the questions about them.

    Attributes:
        films: each `(T, H, W, 3)` uint8.
        sentences: text -> its number.
        questions: key -> comparisons.
    """

    films: list[np.ndarray] = field(default_factory=list)
    sentences: dict[str, int] = field(default_factory=dict)
    questions: dict[str, list[Comparison]] = field(default_factory=dict)

    def film(self, frames: np.ndarray) -> int:
        """Add a film; its number."""
        self.films.append(frames)
        return len(self.films) - 1

    def text(self, sentence: str) -> int:
        """Add a sentence, unless it is there; its number."""
        return self.sentences.setdefault(sentence, len(self.sentences))

    def ask(self, key: str, comparisons: list[Comparison]) -> None:
        """Add a question, unless there is nothing to compare."""
        if comparisons:
            self.questions[key] = comparisons

    def among(self, key: str, film: int, caption: str, rivals: Sequence[str]) -> None:
        """Is the caption of a film found among its rivals?"""
        own = self.text(caption)
        self.ask(key, [((film, own), (film, self.text(rival))) for rival in rivals])

    def both_ways(self, key: str, films: tuple[int, int], captions: tuple[str, str], still: str = "") -> None:
        """Two films with a caption each: which caption, given a film, and which film, given a caption."""
        (a, b), (s, t) = films, [self.text(caption) for caption in captions]
        self.ask(f"{key}/caption{still}", [((a, s), (a, t)), ((b, t), (b, s))])
        self.ask(f"{key}/clip{still}", [((a, s), (b, s)), ((b, t), (a, t))])


def sheet_of(clip: ProbeClip, pick: np.ndarray) -> tuple[Sheet, dict[str, int]]:
    """All questions about one clip.

    Args:
        clip: what they are about.
        pick: `(T,)` numbers of the frames that a model is shown.

    Returns:
        The sheet, and view -> number of its film.
    """
    sheet, example = Sheet(), clip.example
    frames, caption = example.frames[pick], example.caption
    views = {name: sheet.film(view(frames, example.id)) for name, view in VIEWS.items()}
    whole, still = views["clip"], views["one_frame"]
    for view in RETRIEVED:
        sheet.among(f"retrieval/{view}", views[view], caption, clip.rivals)
    sheet.among("retrieval/noun_hidden", whole, clip.hidden, clip.hidden_rivals)
    own = sheet.text(caption)
    for view in ("one_frame", "shuffled"):
        sheet.ask(f"which/{view}", [((whole, own), (views[view], own))])
    stills = {view: sheet.film(one_frame(sheet.films[views[view]])) for view in OPPOSITES}
    for view, kind in OPPOSITES.items():
        if kind in clip.twins:
            captions = caption, clip.twins[kind].caption
            sheet.both_ways(view, (whole, views[view]), captions)
            sheet.both_ways(view, (still, stills[view]), captions, STILL)
    for kind, twin in clip.twins.items():
        shown, captions = twin.frames[pick], (caption, twin.caption)
        sheet.both_ways(f"twin/{kind}", (whole, sheet.film(shown)), captions)
        sheet.both_ways(f"twin/{kind}", (still, sheet.film(one_frame(shown))), captions, STILL)
    for fact, false in clip.foils.items():
        sheet.among(f"foil/{fact}", whole, caption, false)
        sheet.among(f"foil/{fact}{STILL}", still, caption, false)
    return sheet, views
