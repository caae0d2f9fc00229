"""A piece of a sentence: what it says, of whom, and the word that joins it to the one before."""

from __future__ import annotations

from dataclasses import dataclass, field

from .events import Event


@dataclass
class Piece:
    """One piece of a sentence.

    Attributes:
        link: the word that joins it: "then", "before", "after", "while", "followed", "which", "with", "and", ",",
            "gerund", "first" or "".
        subjects: names of the actors that do it; "it" for a pronoun.
        mentions: other actors that it names.
        main: it has a finite verb.
        gerund: its verb is a participle.
    """

    link: str = ""
    subjects: list[str] = field(default_factory=list)
    mentions: list[str] = field(default_factory=list)
    main: bool = False
    gerund: bool = False
    course: bool = False  # it tells a change of course
    swerve: bool = False  # it tells nothing but a change of course
    agent: str = ""  # of a passive: who really does it
    respectively: bool = False
    starts: bool = False  # "begins to"
    relative: bool = False  # it tells of what was named last
    final: bool = False  # the text says that it comes last
    resumed: bool = False  # the main clause, after a participle or a relative clause of its subject
    going: bool = False  # its verb is a participle or progressive
    paused: bool = False  # a comma stands before its link
    near: str = ""  # of a participle or relative clause: the noun right before it
    heard: str = ""  # the last word that was not understood
    claims: dict[str, set[str]] = field(default_factory=dict)
    relations: set[tuple[str, str]] = field(default_factory=set)

    @property
    def says(self) -> bool:
        """Whether it has anything but a subject."""
        return bool(self.claims or self.relations)

    def add(self, name: str, *words: str) -> None:
        """State something; of what was not understood the order is kept as well."""
        if name == "words":
            for word in words:
                if self.heard:
                    self.claims["words"].add(f"{self.heard} > {word}")
                self.heard = word
                self.claims.setdefault(name, set()).add(word)
        self.claims.setdefault(name, set()).update(words)

    def event(self) -> Event:
        """As an event of its own."""
        return Event({name: set(words) for name, words in self.claims.items()}, set(self.relations))
