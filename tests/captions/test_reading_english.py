"""What sentences of every family state, as the reader gives it."""

import re

import pytest

from locomotion_hf.captions.lexicon import inflections
from locomotion_hf.captions.reading import Event, phrases, read
from locomotion_hf.captions.reading.phrases import _phrases, at, sides
from locomotion_hf.captions.reading.wording import normal


def told(text: str) -> str:
    """A reading on one line: "cat: field=word field=word | next event; dog: ... ? first doubt".

    Of words that were not understood it says only that there are some.
    """
    reading = read(text, ("cat", "dog"))
    actors = [f"{name}: {' | '.join(map(event_line, one.events))}".strip() for name, one in reading.actors.items()]
    return "; ".join(actors) + (f" ? {reading.doubts[0]}" if reading.doubts else "")


def event_line(event: Event) -> str:
    fields = {name: said for name, said in sorted(event.claims.items()) if name != "words"}
    words = [f"{name}={'+'.join(sorted(said))}" for name, said in fields.items()]
    relations = [f"{kind}({other})" for kind, other in sorted(event.relations)]
    return " ".join([*words, *relations, *(["words"] if "words" in event.claims else [])])


FAMILIES = {
    "directions": [
        ("A cat goes to the upper left", "cat: direction=left+up"),
        ("A cat drifts from the top right corner to the bottom left", "cat: direction=down+left speed=~slow"),
        ("Upward and to the right flies a cat", "cat: direction=right+up"),
        ("A cat climbs", "cat: direction=up"),
    ],
    "left and right in other senses": [
        ("A cat has left the frame", "cat: leaves=some"),
        ("A cat left slowly", "cat: speed=slow words"),
        ("The cat is right behind the dog", "cat: follows(dog); dog:"),
        ("A cat leaves at the left", "cat: leaves=left"),
        ("The cat moves right up", "cat: direction=right+up words"),
    ],
    "speeds": [
        ("A cat creeps to the left", "cat: direction=left speed=slow"),
        ("A slow cat moves left", "cat: direction=left speed=slow"),
        ("A cat takes its time going left", "cat: direction=left speed=slow"),
        ("A cat heads left, getting faster and faster", "cat: change=accelerating direction=left"),
    ],
    "rotation about itself, and round a path": [
        ("A cat makes two full clockwise turns", "cat: rotation=clockwise turns=twice"),
        ("A cat spins through 180 degrees anticlockwise", "cat: rotation=anticlockwise turns=half"),
        ("A cat makes three clockwise laps of a circle", "cat: laps=three times sense=clockwise shape=circle"),
        ("A cat moves left along an arc that turns clockwise", "cat: direction=left sense=clockwise shape=arc"),
        (
            "A cat winds away from the center, spiraling anticlockwise",
            "cat: sense=anticlockwise shape=spiral way=outwards",
        ),
    ],
    "negation and hedges": [
        ("A cat does not move", "cat: still=still"),
        ("A cat never moves left", "cat: direction=left still=still words"),
        ("A cat seems to move left", "cat: direction=left words"),
        ("A cat moves left instead of right", "cat: direction=left"),
        ("A cat moves left instead of rising", "cat: direction=left words"),
        ("A cat is about to move left", "cat: direction=left words"),
        ("Does a cat move left?", "cat: direction=left words"),
    ],
    "order": [
        ("Before moving left, a cat rises", "cat: direction=up | direction=left"),
        ("After rising and halting, a cat moves left", "cat: direction=up | still=still | direction=left"),
        ("A cat moves left, having risen", "cat: direction=up | direction=left"),
        ("A cat moves left; first it rises", "cat: direction=left | direction=up ? ambiguous order"),
        (
            "A cat moves left, rotates clockwise and then rises",
            "cat: direction=left | rotation=clockwise | direction=up",
        ),
        ("A cat moves left, then back", "cat: direction=left | direction=right"),
        (
            "A cat turns clockwise, then half a turn the other way",
            "cat: rotation=clockwise | rotation=anticlockwise turns=half",
        ),
        ("A cat moves left until it leaves at the left", "cat: direction=left leaves=left"),
        ("A cat moves left and rises", "cat: direction=left | direction=up ? ambiguous and"),
    ],
    "two actors": [
        ("A dog is overtaken by a cat racing to the left", "dog:; cat: direction=left speed=fast overtakes(dog)"),
        ("A cat is circled twice by a dog", "cat:; dog: laps=twice shape=circle orbits(cat)"),
        ("A cat moves left while the dog goes the other way", "cat: direction=left; dog: direction=right"),
        (
            "Both moving left, a cat follows a dog",
            "cat: direction=left follows(dog); dog: direction=left",
        ),
        ("A cat follows it", "cat: moves=moves follows(it); it: ? ambiguous pronoun"),
        ("A cat and a dog rise", "cat: direction=up; dog: direction=up"),
        ("A motionless cat is passed by a dog", "cat: still=still; dog: moves=moves past(cat)"),
        ("A cat is carried to the left by a dog", "cat: direction=left by do:carry(dog); dog:"),
    ],
    "camera": [
        ("The camera zooms in while a cat rises", "camera: zoom=in; cat: direction=up"),
        ("Slow pan to the left over a cat", "camera: direction=left pan=pan speed=slow above(cat); cat:"),
        ("During an upward tilt of the camera, a cat rises", "camera: direction=up pan=pan; cat: direction=up"),
        ("A cat moves toward the camera", "cat: moves=moves toward(camera); camera:"),
    ],
    "coming and going": [
        ("From the left a cat comes walking in", "cat: enters=left"),
        ("A cat drops in from above", "cat: direction=down enters=top"),
        ("A cat exits over the top edge", "cat: leaves=top"),
    ],
    "nominalisations and light verbs": [
        ("A cat makes its way left in a series of bounces", "cat: direction=left shape=bounce"),
        ("A cat takes a quick turn to the left", "cat: direction=left rotation=some speed=fast words"),
    ],
    "nouns of motion as clauses": [
        ("The cat's climb is followed by its fall", "cat: direction=up | direction=down"),
        ("The cat's climb follows its fall", "cat: direction=down | direction=up"),
        ("The cat follows its climb with a drop", "cat: direction=up | direction=down"),
        ("A quick move to the left is made by a cat", "cat: direction=left speed=fast"),
        ("The cat's movement is upward, the dog's is downward", "cat: direction=up; dog: direction=down"),
        ("After its climb the cat falls", "cat: direction=up | direction=down"),
    ],
    "in a roundabout way": [
        ("It is the cat that moves left", "cat: direction=left"),
        ("It is a dog that a cat follows", "cat: moves=moves follows(dog); dog:"),
        ("What the cat does is move left", "cat: direction=left"),
        ("First up, then down: that is how the cat moves", "cat: direction=up | direction=down"),
        ("A cat and a dog move up and down, respectively", "cat: direction=up; dog: direction=down"),
        ("Only after a drop does the cat rise", "cat: direction=down | direction=up"),
        ("A cat that has moved left now rises", "cat: direction=left | direction=up"),
    ],
    "what stands for a name or a motion": [
        ("The cat rises, and so does the dog", "cat: direction=up; dog: direction=up"),
        ("The cat rises, whereas the dog does the opposite", "cat: direction=up; dog: direction=down"),
        ("Only the cat moves, to the left", "cat: direction=left; dog: still=still"),
        ("A cat and a dog move, the former to the left", "cat: direction=left; dog: moves=moves"),
        (
            "A cat goes right, slowly at first, then quickly",
            "cat: direction=right speed=slow | direction=right speed=fast",
        ),
    ],
    "changes": [
        ("A cat grows smaller and smaller", "cat: growth=shrinking"),
        ("A cat moves left in an ever larger spiral", "cat: direction=left shape=spiral words"),
    ],
}
TABLE = [(family, text, expected) for family, rows in FAMILIES.items() for text, expected in rows]


@pytest.mark.parametrize(("family", "text", "expected"), TABLE, ids=[text for _, text, _ in TABLE])
def test_sentences_state(family: str, text: str, expected: str) -> None:
    assert told(text) == expected, family


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A cat moves to the left.", "  a CAT  moves to the left"),
        ("A cat turns counter-clockwise", "A cat turns anti clockwise"),
        ("A cat travels left", "A cat traveled left"),
        ("The cat\u2019s descent is slow", "The cat's descent is slow"),
        ("It is upward that a cat flies", "Upward a cat flies"),
    ],
)
def test_spelling_makes_no_difference(one: str, other: str) -> None:
    assert told(one) == told(other)


def test_two_of_a_kind_are_named_in_full() -> None:
    text = "Two balls: the red one rises, the blue one falls"
    assert normal(text) == "the red ball rises, the blue ball falls"
    assert list(read(text).actors) == ["red ball", "blue ball"]
    assert normal("Of two foxes, the one on the left rises, the one on the right falls").startswith("the left fox")
    assert normal("Two balls rise") == "two balls rise"  # none is left out


def test_adjectives_stand_for_a_noun_only_when_they_can() -> None:
    text = "A brown horse moves left, but the white one stays in place"
    reading = read(text, ("brown horse", "white horse"))
    assert {name: len(one.events) for name, one in reading.actors.items()} == {"brown horse": 1, "white horse": 1}
    assert "brown horse" not in read("The brown one moves left", ("brown horse", "brown dog")).actors


def test_what_is_not_understood_is_kept() -> None:
    reading = read("A cat frobnicates to the left", ("cat",))
    assert "frobnicate" in reading.words
    assert reading.actors["cat"].events[0].claims["direction"] == {"left"}


def test_every_kind_of_phrase_is_explained() -> None:
    for kind in {kind for found in _phrases().values() for kind, _, _ in found}:
        assert f"`{kind}`" in phrases.__doc__


def test_looking_up_by_the_first_word_misses_nothing() -> None:
    """As trying every phrase of the file at every word."""
    every = {(kind, re.compile(pattern)) for found in _phrases().values() for kind, _, pattern in found}
    assert len(every) > 600
    words = normal(" ".join(text for _, text, _ in TABLE)).split()
    for place in range(0, len(words), 3):
        text = " ".join(words[place : place + 12])
        naive = {(kind, match[0].strip()) for kind, pattern in every if (match := pattern.match(text)) and match[0]}
        assert {(one.kind, one.text) for one in at(text)} == naive, text


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("toward the upper left corner of the frame, and", "direction", "left up"),
        ("from the top left to the bottom left", "journey", "down"),
        ("from the left to the top", "journey", ""),
        ("by half a turn", "amount", "half"),
        ("two full clockwise turns", "amount", "twice"),
        ("counter", "", ""),
        ("from above", "edge", "top"),
        ("leftover", "", ""),
        ("rights", "", ""),
    ],
)
def test_the_longest_phrase(text: str, kind: str, value: str) -> None:
    found = at(text)
    assert [(one.kind, one.value) for one in found[:1]] == ([(kind, value)] if kind else [])


def test_sides_of_words() -> None:
    assert sides("to the lower right-hand corner") == "down right"


def test_verbs_that_state_nothing_known_stay_words() -> None:
    for verb, others in (("leap", "jump"), ("lift off", "take off")):
        assert verb in inflections()
        assert told(f"A cat {verb}s") == told(f"A cat {others}s") or " " in verb


def test_a_name_without_letters_names_nobody():
    assert list(read("A cat moves to the left", ("", " ")).actors) == ["cat"]
