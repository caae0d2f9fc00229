"""In which words a data set says its facts: one plain form, every form of the grammar, or verbs that suit."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from locomotion_hf.facts import Facts

from .form import Form
from .grammar import describe
from .verb_variation import verb_paraphrases

Wording = Literal["plain", "forms", "verbs"]
WORDINGS: tuple[Wording, ...] = get_args(Wording)
#: Of verb-varied captions, how many keep the plain form, so that a model meets both. Own choice.
KEPT_PLAIN = 0.1


def worded(facts: Facts, wording: Wording, rng: np.random.Generator) -> str:
    """A caption that states all facts.

    Args:
        facts: of the clip.
        wording: "plain", the one form that `describe` writes by default; "forms", any register and order of
            mention; "verbs", a paraphrase from the lexicon alone, now and then the plain form.
        rng: decides among them.
    """
    if wording == "forms":
        form = Form.draw(facts, rng)
        return describe(facts, Form(form.register, form.order, form.together))
    if wording == "verbs" and rng.random() >= KEPT_PLAIN:
        return verb_paraphrases(facts, 1, rng)[0]
    return describe(facts)
