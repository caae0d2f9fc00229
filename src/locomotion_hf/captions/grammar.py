"""Write a caption from facts: appearance, then each phase, then relations and camera.

The three parts of a phase, speed, direction and rotation, are the paper's; its wording is not
public. The forms are ours. The plain one: "A teapot moves slowly upwards while rotating clockwise, then circles
quickly anticlockwise twice". Several objects take a sentence each: "A cat stays in place. A ball moves quickly
to the right. The ball moves past the cat. The camera zooms in". `Form` names the others.
"""

from __future__ import annotations

from collections.abc import Sequence

from locomotion_hf.errors import CaptionError
from locomotion_hf.facts import Facts, RelationKind

from .form import Form, at_once
from .orders import AND, Say, clause, sentences, tail
from .words import PLAIN, WORDS, Words, article

__all__ = ["clause", "describe", "describe_appearance", "relation_sentence", "write"]

_ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth"),
    *("seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"),
)
PLAIN_FORM = Form()


def placeholders(count: int) -> list[str]:
    """What objects are called when they are not named.

    Raises:
        CaptionError: there is none, or more than twelve.
    """
    if not 0 < count <= len(_ORDINALS):
        raise CaptionError(
            f"{count} objects without names.", f"1 to {len(_ORDINALS)}.", "caption another number, or name them."
        )
    return ["object"] if count == 1 else [f"{ordinal} object" for ordinal in _ORDINALS[:count]]


def subjects(nouns: list[str]) -> list[str]:
    """Nouns with the article of their first mention: "a teapot"; "the first object"."""
    if len(nouns) > 1 and nouns[0] == "first object" and nouns == placeholders(len(nouns)):
        return [f"the {noun}" for noun in nouns]
    return [f"{article(noun)} {noun}" for noun in nouns]


def relation_sentence(kind: RelationKind, subject: str, other: str, words: Words = PLAIN) -> str:
    """What one object does with regard to another, by their nouns, without a capital."""
    verb = words.relations[kind][words.participle]
    return f"the {subject} and the {other} {verb}" if kind == "opposite" else f"the {subject} {verb} the {other}"


def _named(facts: Facts) -> list[str]:
    nouns = [one.noun for one in facts.objects]
    if not nouns or not all(noun.strip() for noun in nouns) or len(set(nouns)) < len(nouns):
        raise CaptionError(
            f"facts about {nouns}.",
            "one object or more, with names of their own.",
            "name each object by its folder (`noun/file.png`).",
        )
    return nouns


def _listed(parts: list[str], joint: str = ", ", last: str = AND) -> str:
    return last.join([joint.join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def describe_appearance(facts: Facts) -> str:
    """The caption without its motion: "A teapot", "A cat and a ball". The control of every experiment.

    Raises:
        CaptionError: a noun is empty or named twice, or there is no object.
    """
    return _capital(_listed(subjects(_named(facts))))


def _together(subjects: list[str], facts: Facts, words: Words, says: Sequence[Say]) -> str:
    """All objects in one sentence; "while" joins two, unless the first has one already."""
    of_each = zip(subjects, facts.objects, says, strict=True)
    told = [sentences(subject, one.moves, words, Form.order, say)[0] for subject, one, say in of_each]
    if len(told) == 2 and not tail(facts.objects[0].moves[0], words):
        return " while ".join(told)
    return _listed(told, last=", and ")


def describe(facts: Facts, form: Form = PLAIN_FORM) -> str:
    """The caption: appearance and every phase, then relations and the camera.

    Args:
        facts: what is stated.
        form: how it is put; plain, and in the order of events, when not given.

    Raises:
        CaptionError: as `describe_appearance`, or an object has no phase.
    """
    return write(facts, form, WORDS[form.register])


def write(facts: Facts, form: Form, words: Words, says: Sequence[Say] | None = None) -> str:
    """As `describe`, in words of one's own.

    Args:
        facts: what is stated.
        form: how it is put; its register does not count here.
        words: the register's, or others.
        says: what writes the clauses of each object, when it is not the grammar.
    """
    nouns = _named(facts) if form.appearance else placeholders(len(facts.objects))
    named = subjects(nouns)
    for subject, one in zip(named, facts.objects, strict=True):
        if not one.phases:
            raise CaptionError(f"{_capital(subject)} without a phase.", "at least one phase.", "draw a motion first.")
    says = says or [clause] * len(nouns)
    if form.together and at_once(facts):
        told = [_together(named, facts, words, says)]
    else:
        of_each = zip(named, facts.objects, says, strict=True)
        told = [
            said for subject, one, say in of_each for said in sentences(subject, one.moves, words, form.order, say)
        ]
    told += [relation_sentence(one.kind, nouns[one.subject], nouns[one.other], words) for one in facts.relations]
    if facts.camera:
        told.append(words.camera[facts.camera])
    return _capital(words.joint.join(map(_capital, told) if words.capital else told)) + words.stop
