"""The paraphraser that needs no model: verbs of the lexicon, synonyms and other orders of mention."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from locomotion_hf.captions.parse import parse
from locomotion_hf.captions.verb_variation import verb_paraphrases
from locomotion_hf.errors import CaptionError

from .asking import Answer, Request
from .prompts import Prompt

#: Nothing is asked of it; the name is what the ledger groups its answers by.
LEXICON = Prompt(name="lexicon-1", system="")


class LexiconParaphraser:
    """Paraphrases of captions that our grammar wrote, true by how they are made.

    Args:
        count: sentences for each caption.
    """

    model = "lexicon"
    #: Changes with the rules and word lists.
    revision = "1"

    def __init__(self, count: int = 10) -> None:
        self.count = count
        self.settings: dict[str, Any] = {"count": count}

    def answers(self, requests: Sequence[Request]) -> Iterator[Answer]:
        """One sentence a line; a caption that the grammar could not have written gets a failure that says so."""
        for request in requests:
            try:
                facts = parse(request.caption).timed
            except CaptionError as error:
                yield Answer(request, "", failure=str(error))
                continue
            rng = np.random.default_rng(request.seed)
            yield Answer(request, "\n".join(verb_paraphrases(facts, self.count, rng)))
