import itertools
import json

import pytest

from locomotion_hf.assets.cutouts import noun_of
from locomotion_hf.assets.default_pack import ROOT, DefaultPackObjects
from locomotion_hf.assets.diffusion.prompts import read_nouns
from locomotion_hf.captions.lexicon import (
    ASSERTIONS,
    KINDS,
    Verb,
    inflections,
    kind,
    nouns,
    read_kinds,
    read_verb,
    read_verbs,
    suiting,
    verbs,
)
from locomotion_hf.errors import CaptionError
from locomotion_hf.facts import DIRECTIONS

#: base: third, ing, past, participle; spelled by hand.
TRICKY = """
fly: flies, flying, flew, flown
go: goes, going, went, gone
rush: rushes, rushing, rushed, rushed
arch: arches, arching, arched, arched
whiz: whizzes, whizzing, whizzed, whizzed
whizz: whizzes, whizzing, whizzed, whizzed
hurry: hurries, hurrying, hurried, hurried
stay: stays, staying, stayed, stayed
ply: plies, plying, plied, plied
lie: lies, lying, lay, lain
glide: glides, gliding, glided, glided
dodge: dodges, dodging, dodged, dodged
tiptoe: tiptoes, tiptoeing, tiptoed, tiptoed
flee: flees, fleeing, fled, fled
continue: continues, continuing, continued, continued
hop: hops, hopping, hopped, hopped
skip: skips, skipping, skipped, skipped
slow: slows, slowing, slowed, slowed
row: rows, rowing, rowed, rowed
zoom: zooms, zooming, zoomed, zoomed
inch: inches, inching, inched, inched
climb: climbs, climbing, climbed, climbed
whirl: whirls, whirling, whirled, whirled
orbit: orbits, orbiting, orbited, orbited
pivot: pivots, pivoting, pivoted, pivoted
plummet: plummets, plummeting, plummeted, plummeted
gallop: gallops, galloping, galloped, galloped
hover: hovers, hovering, hovered, hovered
trek: treks, trekking, trekked, trekked
ski: skis, skiing, skied, skied
taxi: taxis, taxiing, taxied, taxied
zigzag: zigzags, zigzagging, zigzagged, zigzagged
zig-zag: zig-zags, zig-zagging, zig-zagged, zig-zagged
nose-dive: nose-dives, nose-diving, nose-dived, nose-dived
travel: travels, travelling, travelled, travelled
spiral: spirals, spiralling, spiralled, spiralled
outrun: outruns, outrunning, outran, outrun
swim: swims, swimming, swam, swum
rise: rises, rising, rose, risen
shoot off: shoots off, shooting off, shot off, shot off
speed up: speeds up, speeding up, sped up, sped up
slow down: slows down, slowing down, slowed down, slowed down
edge its way: edges its way, edging its way, edged its way, edged its way
hold its position: holds its position, holding its position, held its position, held its position
get bigger: gets bigger, getting bigger, got bigger, got bigger
drag itself: drags itself, dragging itself, dragged itself, dragged itself
""".strip().splitlines()

ASSERTED = """
rise: up; soar: up; sink: down; fall: down; plummet: down fast; swoop: down fast; shoot up: up fast
zoom: fast; scurry: fast; crawl: slow; stroll: slow; drift: ~slow; run: ~fast; glide: ; make its way:
speed up: accelerating; brake: decelerating; spin: rotation; orbit: circle; curve: arc; spiral: spiral
zigzag: zigzag; hop: bounce; wobble: shake; hover: still; swell: growing; dwindle: shrinking
leave: leaves; come into view: enters; reverse: other; jump: other; stop: other; tiptoe: other
""".strip().replace("\n", ";")

KIND_OF = """
eagle: bird; bat: bird; butterfly: insect; oncoming taxi: vehicle; mouse: scurrier; T-Rex: walker; zebra: hoofed
snail: crawler; spouting whale: swimmer; person: person; bullet train: train; wheelchair: cart; canoe: boat
soccer ball: roller; teapot: thing; bow_(weapon): thing; red sports car: vehicle; glass of juice: thing
bird on a branch: bird; red kites: balloon; cup of tea with a fly: thing; box of mice: thing; two mice: scurrier
wild geese: bird; grey wolves: walker; butterflies: insect; tall FOXES: walker; Rollerblade: cart; : thing
hot dog: thing; dog: walker; fire engine: vehicle; ping-pong paddle: thing; gravy boat: thing; dog_(toy): walker
glorp: thing; glass: thing; buses: vehicle; crab (animal): scurrier; space shuttle: rocket; cat and a hat: walker
""".strip().replace("\n", ";")


def pairs(text: str) -> list[list[str]]:
    return [[part.strip() for part in pair.split(":")] for pair in text.split(";")]


def named(base: str) -> Verb:
    return next(verb for verb in verbs() if verb.base == base)


def all_nouns() -> set[str]:
    manifest = json.loads((ROOT / "manifest.json").read_text("utf-8"))
    pack = {row["name"] for row in manifest["objects"]} | {info.noun for info in DefaultPackObjects().infos}
    return pack | {noun_of(entry) for entry in read_nouns("lvis")}


def test_every_noun_of_pack_and_lvis_has_a_kind() -> None:
    known = {noun.lower() for noun in all_nouns()}
    assert len(known) > 1600
    assert known - nouns().keys() == set()
    assert set(nouns().values()) == set(KINDS)


@pytest.mark.parametrize(("noun", "expected"), pairs(KIND_OF))
def test_kind(noun: str, expected: str) -> None:
    assert kind(noun) == expected


def test_there_are_enough_verbs_and_each_is_written_of_some_kind_or_only_read() -> None:
    assert 350 <= len(verbs()) <= 700
    assert len([verb for verb in verbs() if verb.suits]) >= 150
    assert {word for verb in verbs() for word in verb.asserts} == ASSERTIONS - {"left", "right"}
    assert not [verb.base for verb in verbs() if verb.suits and "other" in verb.asserts]


@pytest.mark.parametrize(("base", "asserts"), pairs(ASSERTED))
def test_what_verbs_assert(base: str, asserts: str) -> None:
    assert named(base).asserts == set(asserts.split())


def test_no_verb_asserts_opposites() -> None:
    opposites = (
        "up down, left right, slow fast, ~slow ~fast, growing shrinking, enters leaves, accelerating decelerating"
    )
    for words in map(set, map(str.split, opposites.split(","))):
        assert not [verb.base for verb in verbs() if words <= verb.asserts]


@pytest.mark.parametrize("line", TRICKY)
def test_inflection(line: str) -> None:
    base, _, rest = line.partition(": ")
    verb = (
        named(base) if base in {one.base for one in verbs()} else read_verb(f"{base}, shot off, shot off | fast | *")
    )
    assert [verb.third, verb.ing, verb.past, verb.participle] == rest.split(", ")


@pytest.mark.parametrize(
    ("spelled", "base", "name"),
    [
        ("traveling", "travel", "ing"),
        ("spiraled", "spiral", "past"),
        ("speeded up", "speed up", "past"),
        ("dove", "dive", "past"),
        ("woven", "weave", "participle"),
        ("gotten bigger", "get bigger", "participle"),
        ("making their way", "make its way", "ing"),
        ("drags herself", "drag itself", "third"),
        ("left", "leave", "past"),
    ],
)
def test_forms_are_found_in_every_spelling(spelled: str, base: str, name: str) -> None:
    assert (named(base), name) in inflections()[spelled]


def test_what_is_round_rolls_and_other_things_turn_over_as_they_roll() -> None:
    senses = [verb for verb, name in inflections()["rolling"]]
    assert [verb.asserts for verb in senses] == [{"rotation"}, frozenset()]
    assert "thing" in senses[0].suits
    assert {"roller", "vehicle"} <= senses[1].suits


def signatures() -> list[set[str]]:
    speeds: list[set[str]] = [set(), {"slow"}, {"fast"}]
    found = [set(way.split("-")) | speed for way, speed in itertools.product(DIRECTIONS, speeds)]
    found += [{"circle", "rotation"} | speed for speed in speeds]
    return [*found, {"circle"}, {"zigzag"}, {"bounce"}, {"spiral"}, {"rotation"}, {"still"}]


def may_be_said(verb: Verb, facts: set[str]) -> bool:
    """Whether a verb is true of facts, where phrases beside it say whatever it leaves open."""
    contradicted = {"~slow": "fast", "~fast": "slow"}
    plain = verb.asserts - contradicted.keys()
    soft = verb.asserts & contradicted.keys()
    return (
        plain <= facts and not any(contradicted[word] in facts for word in soft) and ("still" in facts) <= bool(plain)
    )


@pytest.mark.parametrize("facts", signatures(), ids=lambda facts: "-".join(sorted(facts)))
def test_every_common_motion_has_ten_verbs_for_every_kind(facts: set[str]) -> None:
    for one in KINDS:
        fitting = [verb.base for verb in suiting(one) if may_be_said(verb, facts)]
        assert len(set(fitting)) >= 10, (one, fitting)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("rise | up", "forms | asserts | suits"),
        ("rise, rose | up | *", "forms | asserts | suits"),
        ("rise,, risen | up | *", "forms | asserts | suits"),
        ("rise | upp | *", "instead of 'upp' one of"),
        ("rise | up | birdd", "instead of 'birdd' one of"),
        ("yo-yo | up down | *", "can be true together"),
        ("loll | still slow | *", "can be true together"),
    ],
)
def test_a_bad_line_of_verbs_is_named(line: str, expected: str) -> None:
    with pytest.raises(CaptionError) as caught:
        read_verbs(["# a comment", "", line])
    assert caught.value.seen == f"the line {line!r} of verbs.txt."
    assert expected in caught.value.expected
    assert caught.value.fix == "correct the line in verbs.txt."


@pytest.mark.parametrize("second", ["roll | - | cart", "roll | rotation | -", "roll | - | *"])
def test_senses_of_a_verb_must_not_share_a_kind(second: str) -> None:
    with pytest.raises(CaptionError, match="one sense of 'roll' for each kind") as caught:
        read_verbs(["roll | rotation | cart", second])
    assert second in caught.value.seen


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("brid: wren", "instead of 'brid' one of"),
        ("wren, robin", "instead of 'wren, robin' one of"),
        ("bird: wren, , robin", "('' does not)"),
        ("bird: wren, Robin", "('robin' does not)"),
        ("bird:", "('' does not)"),
    ],
)
def test_a_bad_line_of_nouns_is_named(line: str, expected: str) -> None:
    with pytest.raises(CaptionError) as caught:
        read_kinds(["insect: bee, robin", line])
    assert caught.value.seen == f"the line {line!r} of nouns.txt."
    assert expected in caught.value.expected
