"""A form of words: in which register, in which order, how bound together, and whether the objects are named."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import get_args

import numpy as np

from locomotion_hf.errors import CaptionError
from locomotion_hf.facts import Facts

from .orders import ORDERS, Order
from .words import WORDS, Register

REGISTERS: tuple[Register, ...] = get_args(Register)


@dataclass(frozen=True)
class Form:
    """How the same facts are put into words. The default is the plain caption.

    A form that finds nothing to shape, as an order where every object has one phase, writes as the default would.

    Attributes:
        register: "terse" ("a teapot moving slowly up, rotating clockwise"), "plain", or "detailed": all that is
            stated, a moderate speed too, in whole sentences.
        order: how a sequence is told, by its pattern: "A then B", "at first A", "A. Then B" (a sentence each),
            "A before B", "before B, A", "after A, B", "B after A". Terse has the first alone.
        together: objects of one phase each share a sentence: "a cat moves to the left while a ball stays in place".
        appearance: whether objects are named; without, they are "an object", or "the first object" and so on.
    """

    register: Register = "plain"
    order: Order = "A then B"
    together: bool = False
    appearance: bool = True

    def __post_init__(self) -> None:
        known = self.register in WORDS and self.order in ORDERS
        if not known or (self.register == "terse" and (self.order != ORDERS[0] or self.together)):
            raise CaptionError(
                f"a form of words {self}.",
                f"a register of {', '.join(REGISTERS)}; an order of {', '.join(map(repr, ORDERS))}; terse: "
                f"{ORDERS[0]!r} and apart.",
                "take one of `forms(facts)`.",
            )

    @staticmethod
    def draw(facts: Facts, rng: np.random.Generator) -> Form:
        """One of the forms that apply: registers evenly, then the forms of that register evenly."""
        register = REGISTERS[rng.integers(len(REGISTERS))]
        fitting = [form for form in forms(facts) if form.register == register]
        return fitting[rng.integers(len(fitting))]


def at_once(facts: Facts) -> bool:
    """Whether several objects have one phase each, all at one time: only then may "while" join them."""
    phases = [one.phases for one in facts.objects]
    if len(phases) < 2 or any(len(some) != 1 for some in phases):
        return False
    return max(some[0].start for some in phases) < min(some[0].end for some in phases)


def forms(facts: Facts) -> tuple[Form, ...]:
    """Every form that shapes these facts in a way of its own; the plain one is always among them."""
    sequence = any(len(one.phases) > 1 for one in facts.objects)
    every = [
        Form(register, order, together, appearance)
        for register, order, together, appearance in product(
            REGISTERS,
            ORDERS if sequence else ORDERS[:1],
            (False, True) if at_once(facts) else (False,),
            (True, False),
        )
        if register != "terse" or (order == ORDERS[0] and not together)
    ]
    return tuple(every)
