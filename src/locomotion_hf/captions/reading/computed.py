"""What `rewordings.txt` leaves to be worked out: where north lies, what is denied, what is said of both.

Further "the other way", where one way was told, and numbered stages as a list.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from locomotion_hf.captions.lexicon import inflect, inflections

_COMPASS = {"north": "up", "south": "down", "east": "right", "west": "left"}
_HOURS = "one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905
#: Hour -> where it points; those between are told as diagonals.
_CLOCK = {
    12: "up", 1: "up-right", 2: "up-right", 3: "right", 4: "down-right", 5: "down-right",
    6: "down", 7: "down-left", 8: "down-left", 9: "left", 10: "up-left", 11: "up-left",
}  # fmt: skip
#: Words that tell of a further stretch; a part of a note that tells one; one of resting.
_ORDERED = re.compile(r"\b(?:then|before|after|finally|next|until|first|later|lastly)\b")
_RESTS = re.compile(r"(?:stationary|still)$")
_STRETCH = re.compile(rf"\b(?:left|right|up|down)(?:wards?)?\b|^{_RESTS.pattern}")

#: What goes along with the stretch before it in a note: "one full clockwise turn", "getting bigger".
_ATTRIBUTE = re.compile(
    r"(?:with )?(?:an? |one |1 |half (?:a )?|full |slow |fast |single |steady )*"
    r"(?:(?:anti)?clockwise(?: rotation| spin| turn)?"
    r"|(?:rotating|turning|spinning) (?:anti)?clockwise|rotation|getting (?:larger|smaller|bigger)|growing|shrinking"
    r"|slow(?:ly)?|fast|quick(?:ly)?)(?: once| twice| by half a turn)?"
)


def _pointed(found: re.Match[str]) -> str:
    """Where a point of the compass or an hour of the clock lies: "toward the northwest" is "up-left"."""
    text = found[0]
    going = re.match(r"(?!due|half|north|south|east|west)\w+(?:s|ing) ", text)
    verb = going[0] if going and going[0] != "towards " else ""
    if "clock" in text:
        hour = re.search(r"1[0-2]|[1-9]|" + "|".join(_HOURS), text)
        if hour is None or "half" in text:
            return text
        return f"{verb}{_CLOCK[_HOURS.index(hour[0]) + 1 if hour[0] in _HOURS else int(hour[0])]}"
    sides = [side for word, side in _COMPASS.items() if word in text]
    return verb + "-".join(sides)


_AXES = (("left", "right"), ("up", "down"), ("anticlockwise", "(?<!anti)clockwise"), ("slow", "fast|quick"))
_DENIED = (("up", "down"), ("slow", "fast"), ("growing", "shrinking"), ("accelerating", "decelerating"))


def _contrary(one: str, other: str) -> bool:
    """Whether two phrases name the two ends of one axis, and nothing else."""
    for first, second in _AXES:
        for here, there in ((first, second), (second, first)):
            if re.search(here, one) and re.search(there, other) and not re.search(there, one):
                return True
    return False


def _denied(found: re.Match[str]) -> str:
    """For "Not left but right", "right, not left": "right"; of anything else nothing is left out."""
    one, other = found[1], found[2]
    if not _contrary(one, other):
        return found[0]
    if found[0].endswith(other):
        return one
    verb = re.match(r"does|doesn't|moves|goes|heads", found[0])
    return "moves " if verb else ""


_QUICK = dict.fromkeys(("quickly", "fast", "rapidly", "swiftly"), "fast")


def _spun(found: re.Match[str]) -> str:
    """For "A clockwise-spinning kite rises": "a kite, spinning clockwise, rises"."""
    article, speed, sense, verb, name, finite = found.groups()
    if not any(form == "third" for _, form in inflections().get(finite, ())):
        return found[0]
    manner = {"slow": "slowly ", "fast": "quickly ", "quick": "quickly "}.get(speed or "", "")
    return f"{article}{name}, {verb} {sense}, {manner}{finite}"


def _asserted(words: list[str]) -> set[str]:
    told: set[str] = set()
    for word in words:
        told |= {said for verb, _ in inflections().get(word, ())[:1] for said in verb.asserts if word != "left"}
        told |= {side for side in ("up", "down", "left", "right") if re.fullmatch(rf"{side}(?:wards?)?", word)}
        told |= {"clockwise", "anticlockwise"} & {word}
        told |= {"slow"} if word == "slowly" else {"fast"} & {_QUICK.get(word, "")}
    return {word.removeprefix("~") for word in told}


def _denying(found: re.Match[str]) -> str:
    """For "It does not fall but rises": "it rises", where one excludes the other."""
    name, verb, side, told = found.groups()
    if re.match("turn|spin|rotat", verb) and side and "clockwise" not in side:
        return found[0]  # "does not turn left": not that it does not go there
    first, second = _asserted([verb, *(side or "").split()]), _asserted(told.split())
    pairs = (*_DENIED, ("left", "right"), ("clockwise", "anticlockwise"))
    apart = any(
        {one, other} <= first | second and not {one, other} <= first and not {one, other} <= second
        for one, other in pairs
    )
    still = "still" in first and bool({"up", "down", "left", "right"} & second)
    shared = first & second - {"rotation"}
    extra = first - {word for pair in pairs for word in pair} - {"still", "rotation"}
    if not (apart or still) or shared or extra:
        return found[0]
    base, _, rest = told.partition(" ")
    if any(form == "base" for _, form in inflections().get(base, ())) and verb not in ("going", "moving"):
        told = f"{inflect(base)['third'][0]} {rest}".strip()  # "does not rise but fall"
    bare = re.match(r"(?:to(?:ward)? the |straight )?(?:up|down|left|right)", told)
    return f"{name} {'moves ' if bare else ''}{told}"  # "isn't going down but up"


def _unlike(found: re.Match[str]) -> str:
    """For "It is not going up fast, it is going up slowly": "it moves up slowly", where one excludes the other."""
    name, denied, side, told = found.groups()
    kinds = [
        {"fast": "fast", "quickly": "fast", "slow": "slow", "slowly": "slow", "smaller": "smaller"}.get(
            word, "larger"
        )
        for word in (denied, told)
    ]
    if set(kinds) not in ({"fast", "slow"}, {"larger", "smaller"}):
        return found[0]
    went = re.search(r"(?:up|down|left|right|to the (?:left|right)) (?=" + denied + ")", found[0])
    where = side or (went[0] if went else "")
    if kinds[1] in ("larger", "smaller"):
        return f" {name} gets {kinds[1]}"
    return f" {name} moves {where}{'slowly' if kinds[1] == 'slow' else 'quickly'}"


def _letter(found: re.Match[str]) -> str:
    """For "drifting r", in a note: "drifting right"."""
    return f"{found[1]} {'left' if found[2] == 'l' else 'right'}"


def _contracted(found: re.Match[str]) -> str:
    """For "the kite 's slowly rising": "the kite is slowly rising"."""
    going = any(form == "ing" for _, form in inflections().get(found[2], ()))
    return f" is {found[1]}{found[2]}" if going else found[0]


def _manner(found: re.Match[str]) -> str:
    """An adverb by its base: "slowly" stays, "fast" becomes "quickly"."""
    return f" {'quickly' if found[1] == 'fast' else found[1]}"


def _instead(found: re.Match[str]) -> str:
    """For "It is not to the left that a cup moves, but to the right": "a cup moves to the right"."""
    denied, name, verb, told = found.groups()
    return f"{name} {verb} {told}" if _contrary(denied, told) else found[0]


def _passed_by(found: re.Match[str]) -> str:
    """For "Past a cup that stays put flies a kite": "a kite flies past a cup; the cup stays in place"."""
    where, other, clause, how, verb, name = found.groups()
    third = any(form == "third" for _, form in inflections().get(verb, ()))
    resting = clause and re.search("still|put|rest|move|place|parked|motionless|stationary", clause)
    if not third or (clause and not resting):
        return found[0]
    bare = re.sub("^(?:an?|the|one) ", "", other)
    how = how.replace(",", "").strip()
    side = re.search(r"(?:to the )?(?:left|right|up|down)(?:wards?)?$", how)  # "away from a cup, to the left, moves"
    how = how[: side.start()].strip() if side else how
    said = f"{name} {how} {verb} {where} ".replace("  ", " ")
    return said + (f"a stationary {bare}" if clause else other) + (f", {side[0]}" if side else "")


def _pace(found: re.Match[str]) -> str:
    """For "loses pace", "gathering pace"."""
    change = "slow" if re.match("los|shed|drop|bleed", found[0]) else "speed"
    down = "down" if change == "slow" else "up"
    return f"{change}ing {down}" if "ing" in found[0] else f"{change}s {down}"


#: Adjective of speed -> adverb; a noun of motion -> its verb.
_ADVERBS = {
    **dict.fromkeys(("slow", "leisurely", "unhurried"), "slowly"), "gentle": "gently",
    **dict.fromkeys(("quick", "hasty", "rapid", "swift", "hurried", "fast", "speedy", "brisk"), "quickly"),
    **{word: word for word in ("clockwise", "anticlockwise", "upward", "downward", "leftward", "rightward")},
}  # fmt: skip
_DOING = {
    **dict.fromkeys(("descent", "fall", "drop"), "descends"), **dict.fromkeys(("ascent", "climb", "rise"), "ascends"),
    **dict.fromkeys(("movement", "motion", "progress", "travel", "course"), "moves"),
    **dict.fromkeys(("rotation", "spin", "turning"), "rotates"),
}  # fmt: skip


def _whose(found: re.Match[str]) -> str:
    """For "A cup passes a dish, whose own descent is slow": "which descends slowly"."""
    verb, how = _DOING.get(found[1]), _ADVERBS.get(found[3])
    return f", which {verb}{found[2]} {how}" if verb and how else found[0]


def _in_motion(found: re.Match[str]) -> str:
    """For "A candle in rapid rightward motion": "a candle moving rightward quickly"."""
    how = {"diagonal": "diagonally"}.get(found[3], found[3])
    return f"{found[1]} moving {how} {_ADVERBS.get(found[2] or '', '')}".rstrip()


def _retreating(found: re.Match[str]) -> str:
    """For "beats a hasty retreat from": "moves quickly away from"; an adjective that is none of speed stays."""
    ending, how, what, whither = found.groups()
    if (how and how not in _ADVERBS) or (what == "approach") == (whither == "from"):
        return found[0]
    verb = "moves" if ending.endswith("s") else "moving"
    return f"{verb} {_ADVERBS[how] + ' ' if how else ''}{'toward' if what == 'approach' else 'away from'}"


def _rounds(found: re.Match[str]) -> str:
    """For "makes a fast clockwise orbit around": "circles quickly clockwise once around"."""
    how = {" slow": " slowly", " fast": " quickly", " quick": " quickly"}.get(found[2] or "", "")
    return f"circl{found[1]}{how}{found[3] or ''} once around"


def _changing(found: re.Match[str]) -> str:
    """For "is slow at first and then ever faster": "speeds up"."""
    slower = found[3] == "slower"
    if slower == (found[2] == "slow"):
        return found[0]
    return "slows down" if slower else "speeds up"


def _starting(found: re.Match[str]) -> str:
    """For "it starts slowly and then gets faster": "it speeds up"."""
    if (found[1] == "slowly") == (found[2] == "slower"):
        return found[0]
    return "it slows down" if found[2] == "slower" else "it speeds up"


def _two_told(found: re.Match[str]) -> str:
    """For "Two cars pass each other, the red one going left and the blue one right": by their names."""
    plural, verb, how, one, first, other, second = found.groups()
    noun = re.sub(r"(?<=ch|sh|ss)es$|(?<=[^s])s$", "", plural)
    going = [said if said.startswith("is ") else f"is {said}" for said in (first, second)]
    return f"the {one} {noun} {going[0]} and the {other} {noun} {going[1]}, and they {verb}{how}"


def _ordinals(found: re.Match[str]) -> str:
    """For "First object rises, second falls": "the second object falls"."""
    return f"{found[1]}the {found[2]} object" if "first object" in found.string else found[0]


def _introduced(found: re.Match[str]) -> str:
    """For "There is a cup and a dish. The former rises, the latter falls": "the cup rises, the dish falls"."""
    names = [re.sub("^(?:an?|the) ", "", name) for name in found.groups()[:2]]
    told = found[3]
    for said, name in zip(("former", "latter"), names, strict=True):
        told = re.sub(rf"\bthe {said}\b", f"the {name}", told)
    return told if all(name in told for name in names) else found[0]


def _shared(found: re.Match[str]) -> str:
    """For "Both lose speed: the cup as it rises, the dish as it falls": each with what is said of both."""
    verb, *rest = found[1].replace("slowly down", "slow down").split()
    if not any(form == "base" for _, form in inflections().get(verb, ())) and verb not in ("lose", "gain", "go"):
        return found[0]
    said = " ".join([inflect(verb)["third"][0] if verb != "go" else "goes", *rest])
    told = []
    for name, own in ((found[3], found[4]), (found[5], found[6])):
        early = re.fullmatch(r"\w+ly|fast", own)
        told.append(f"{name} {own} {said}{found[2]}" if early else f"{name} {said} {own}{found[2]}")
    return ". ".join(told)


def _apart(found: re.Match[str]) -> str:
    """For "A and B go opposite ways, the A left, the B right, each turning": A goes left, B goes right."""
    one, other, first, way, second, back, along = found.groups()
    named = [re.sub("^(?:an?|the|one|two) ", "", name) for name in (one, other, first, second)]
    if named[:2] != named[2:]:
        return found[0]
    tail = f", {along}" if along else ""
    return f"{one} goes {way}{tail}. {other} goes {back}{tail}"


def _countered(found: re.Match[str]) -> str:
    """For "A turns clockwise, B turns the other way": B turns anticlockwise."""
    if re.search("clockwise|left|right|up|down", found[2]) or len(re.findall("clockwise", found.string)) != 1:
        return found[0]
    return f"{found[0][: found.end(2) - found.start()]} {'clockwise' if 'anti' in found[1] else 'anticlockwise'}"


def _reversed(found: re.Match[str]) -> str:
    """For "It drops, spinning clockwise, and goes left, spinning the other way": anticlockwise."""
    if len(re.findall("clockwise", found.string)) != 1:
        return found[0]
    return f"{found[0][: found.end(2) - found.start()]} {'clockwise' if 'anti' in found[1] else 'anticlockwise'}"


def _other_way(found: re.Match[str]) -> str:
    """For "It rises, spinning clockwise, then falls, spinning the other way, anticlockwise": once is enough."""
    between = re.search("clockwise", found[2])
    return f"{found[1]}{found[2]} {found[3]}" if found[1] != found[3] and not between else found[0]


def _tracing(found: re.Match[str]) -> str:
    """For "carves an arc", "carving an arc": "traces", "tracing"."""
    return "tracing " if found[1] == "ing" else "traces "


def _bending(found: re.Match[str]) -> str:
    """For "bends clockwise", "bending clockwise": "curves", "curving"."""
    return "curving " if found[1] == "ing" else "curves "


def _both_lost(found: re.Match[str]) -> str:
    """For "losing both speed and size": "slowing down and shrinking"."""
    lost, going = found[0].startswith("los"), found[1] == "ing"
    change, size = ("slow", "shrink") if lost else ("speed", "grow")
    ending = "ing" if going else "s"
    return f"{change}{ending} {'down' if lost else 'up'} and {size}{ending}"


def _rounding(found: re.Match[str]) -> str:
    """For "swims once around clockwise": "circles once clockwise"."""
    _, ending, how, many, sense = found.groups()
    return f"circl{'ing' if ending.endswith('ing') else 'es'} {how or ''}{sense} {many}"


def _giving(found: re.Match[str]) -> str:
    """For "throwing in half a turn", "gives a full spin": making it."""
    return "making " if found[1].endswith("ing") else "makes "


def _meanwhile(found: re.Match[str]) -> str:
    """For "A cup rises. It turns clockwise all the while": while turning, where one stretch was told."""
    before = re.sub(r"\b(?:up|down) and (?=(?:to the )?(?:left|right))", "", found[1])
    if _ORDERED.search(before) or re.search(r"\band\b|,|\bwhile\b|\bas\b", before):
        return found[0]
    return f"{found[1]} while rotating {found[3]}"


def _twice_told(found: re.Match[str]) -> str:
    """For "It goes up, then left, turning clockwise both times": throughout, where two stretches were told."""
    verb = {"turns": "turning", "rotates": "rotating", "spins": "spinning"}.get(found[2], found[2])
    return f"{found[1]}, {verb} {found[3]} throughout" if len(_ORDERED.findall(found[1])) == 1 else found[0]


def _listed(found: re.Match[str]) -> str:
    """For "Cup: left, slow; stationary; up": "cup: left, slow; then stays in place; then up"."""
    parts = [part.strip().removeprefix("then ") for part in found[2].split(";")]
    if all(_ATTRIBUTE.fullmatch(part) for part in parts[1:]):
        return f"{found[1]}: {', '.join(parts)}"  # "Cup: bounces left; one clockwise turn"
    if not all(_STRETCH.search(part) for part in parts):
        return found[0]
    return f"{found[1]}: " + "; then ".join("stays in place" if _RESTS.match(part) else part for part in parts)


def _numbered(found: re.Match[str]) -> str:
    """For "Cup. First: up, slow. Second: left": "cup: up, slow; then left"."""
    return f"{found[1].strip()}: " + "; then ".join(part.strip() for part in found.groups()[1:] if part)


_LETTERS = {"n": "up", "s": "down", "e": "right", "w": "left"}


def _letters(found: re.Match[str]) -> str:
    """For "fast sw", in a note: "fast down-left"."""
    return f"{_LETTERS[found[1]]}-{_LETTERS[found[2]]}"


def _letter_point(found: re.Match[str]) -> str:
    """For "then fast w", in a note: "then fast left"."""
    how = {"fast ": "quickly ", "quick ": "quickly ", "slow ": "slowly "}.get(found[2], found[2])
    return f"{found[1]}{how}{_LETTERS[found[3]]}"


def _half_hour(found: re.Match[str]) -> str:
    """For "toward the ten-thirty position": "up-left"; a number alone is no hour."""
    hour = re.search(r"10|[147]|one|four|seven|ten", found[0])
    half = re.search(r"half|thirty|30", found[0])
    named = {"one": 1, "four": 4, "seven": 7, "ten": 10}
    if hour is None or half is None:
        return found[0]
    return f"{_CLOCK[named[hour[0]] if hour[0] in named else int(hour[0])]}"


def _short_key(found: re.Match[str]) -> str:
    """For "rot.: cw": "rotation: cw"."""
    return {"rot": "rotation:", "dir": "direction:", "mvmt": "movement:", "spd": "speed:"}[found[1]]


def _dashes(found: re.Match[str]) -> str:
    """For "Kite - slow - up": "kite - slow, up", where no verb stands."""
    words = found[0].split()
    if any(form == "third" for word in words for _, form in inflections().get(word, ())):
        return found[0]
    first, *rest = re.split(r" [-\u2013\u2014] ", found[0])
    return f"{first}: {', '.join(rest)}" if len(rest) > 1 else found[0]


#: Name in `rewordings.txt` -> what works it out.
COMPUTED: dict[str, Callable[[re.Match[str]], str]] = {
    "compass": _pointed, "clock": _pointed, "denied": _denied, "denying": _denying, "spun": _spun,
    "shared": _shared, "apart": _apart, "countered": _countered, "meanwhile": _meanwhile,
    "twice_told": _twice_told, "unlike": _unlike, "contracted": _contracted, "instead": _instead,
    "passed_by": _passed_by, "paced": _pace, "manner": _manner, "introduced": _introduced, "two_told": _two_told,
    "ordinals": _ordinals, "starting": _starting, "changing": _changing, "rounds": _rounds,
    "letter": _letter, "numbered": _numbered, "listed": _listed, "retreating": _retreating, "reversed": _reversed,
    "points": _letters, "point": _letter_point, "half_hour": _half_hour, "short_key": _short_key, "dashes": _dashes,
    "whose": _whose, "in_motion": _in_motion, "other_way": _other_way, "giving": _giving,
    "rounding": _rounding, "both_lost": _both_lost, "tracing": _tracing, "bending": _bending,
}  # fmt: skip
