"""What `rewordings.txt` leaves to be worked out of lists and pairs: what was announced, what two do together."""

from __future__ import annotations

import re
from collections.abc import Callable

from locomotion_hf.captions.lexicon import inflections

_MANY = {"two": 2, "three": 3, "four": 4}
_POINTS = {"north": "up", "south": "down", "east": "right", "west": "left"}
_PASSIVE = {
    "followed": "follows", "chased": "chases", "passed": "passes", "overtaken": "overtakes", "orbited": "orbits",
    "circled": "circles", "approached": "approaches",
}  # fmt: skip
#: What parts the items of a list.
_PARTS = re.compile(
    r"(?:[,;]|\band)? ?\b(?:then|finally|lastly)\b,? |[,;] (?:and )?| and (?!(?:to the )?(?:left|right)\b)"
)


def _sided(found: re.Match[str]) -> str:
    """For "slow drift lower right": "slow drift down-right"."""
    up = found[2] in ("upper", "top")
    return f"{found[1]} {'up' if up else 'down'}-{found[3]}"


def _bearing(found: re.Match[str]) -> str:
    """For "eases north": "eases upward"."""
    side = next(side for word, side in _POINTS.items() if word in found[0][len(found[1]) :])
    return f"{found[1]} {side}ward"


def _first_second(found: re.Match[str]) -> str:
    """For "Cup: left first, up second": "cup: left, then up"."""
    return ", then ".join(part for part in found.groups() if part)


def _how_fast(found: re.Match[str]) -> str:
    """For "See how fast the cup goes left": "the cup quickly goes left"."""
    return f"{found[2]} {'slowly' if found[1] == 'slowly' else 'quickly'} "


def _again_so(found: re.Match[str]) -> str:
    """For "up quickly, then left, again at speed": "then left quickly", where as much was told before."""
    slow = "slow" in found[1] or "low " in found[1]
    pattern = (
        r"\b(?:slowly|slow|at (?:a )?low speed)\b"
        if slow
        else r"\b(?:quickly|fast|quick|rapidly|at (?:\w+ )?speed)\b"
    )
    if not re.search(pattern, found.string[: found.start()]):
        return found[0]
    return " slowly" if slow else " quickly"


def _on_way(found: re.Match[str]) -> str:
    """For "on its slow way up": "moving slowly up"."""
    return f"moving {'slowly' if found[2] in ('slow', 'leisurely', 'unhurried') else 'quickly'} "


def _paced_through(found: re.Match[str]) -> str:
    """For "The cup moves slowly throughout: left, then up": "the cup moves slowly left, then moves slowly up"."""
    name, said, easy, listed, told = found.groups()
    told = listed or told
    items = re.split(r"(?:,|,? and)? then ", told)
    parts = items if len(items) > 1 else re.split(r", (?:and )?", told)
    if re.search(r"\b(?:next|finally|slowly|quickly|fast)\b", told):
        return found[0]
    how = "slowly" if easy or said == "slowly" else "quickly"
    parts = [re.sub(r"^first |^(left|right|up|down) first\b", r"\1", part) for part in parts]
    return f"{name} " + ", then ".join(f"moves {how} {part}" for part in parts)


def _whole_paced(found: re.Match[str]) -> str:
    """For "Cup, fast throughout: left, up", "the cup is slow all the way: ...": as one of a verb."""
    return f"the {found[1]} moves {'slowly' if found[2] == 'slow' else 'quickly'} throughout: "


def _paced_for(found: re.Match[str]) -> str:
    """For "Slow all the way for the cup: left, then up": with its name first."""
    return f"{found[2]} moves {'slowly' if found[1] == 'slow' else 'quickly'} throughout:"


def _paced_first(found: re.Match[str]) -> str:
    """For "Quick both times, the cup goes left and then up": each of them as quick."""
    return f"{found[2]} moves {'slowly' if found[1] == 'slow' else 'quickly'} throughout: {found[3]}"


def _named_last(found: re.Match[str]) -> str:
    """For "Up, slowly, turning clockwise: that is the kite": "kite: up, slowly, turning clockwise"."""
    finite = any(form == "third" for word in found[1].split() for _, form in inflections().get(word, ()))
    if finite or found[1].count(",") < 1 or re.search(r"\b(?:then|is|are|after|before|first|next)\b", found[1]):
        return found[0]
    return f"{found[2]}: {found[1]}"


def _headed(found: re.Match[str]) -> str:
    """For "Downward, at low speed: the book": "the book: downward, at low speed"; not for a list of stretches."""
    sided = [part for part in found[1].split(",") if re.search(r"\b(?:up|down|left|right)", part)]
    if len(sided) > 1 or re.search(r"\b(?:then|stop|pause|wait|halt|still|next|back)\b", found[1]):
        return found[0]
    return f"{found[2]}: {found[1]}"


def _spun_name(found: re.Match[str]) -> str:
    """For "A spinning coin falls": "a coin, spinning, falls"."""
    article, doing, name, verb = found.groups()
    plain = not any(word in inflections() for word in name.split())
    if not plain or not any(form == "third" for _, form in inflections().get(verb, ())):
        return found[0]
    return f"{'a' if article == 'an' else article} {name}, {doing}, {verb}"


def _on_course(found: re.Match[str]) -> str:
    """For "is on a slow leftward course": "moves slowly leftward"; for "makes its slow way left": "goes slowly"."""
    how = {"slow": "slowly ", "leisurely": "slowly ", "unhurried": "slowly ", None: ""}.get(found[1], "quickly ")
    return f"moves {how}{found[2]}" if found.re.groups > 1 else f"goes {how}"


def _and_behind(found: re.Match[str]) -> str:
    """For "To the right go a truck and, behind it, a bus": "a truck and a bus. The bus follows the truck"."""
    first, second = (re.sub("^(?:an?|the|one) ", "the ", name) for name in found.groups()[1:])
    return f"{found[1]}{found[2]} and {found[3]}. {second} follows {first}"


def _away_from(found: re.Match[str]) -> str:
    """For "From a cup that stays put, a kite moves away": "a kite moves away from a stationary cup"."""
    other, clause, name, verb = found.groups()
    if clause and not re.search("still|put|rest|move|place|parked|motionless|stationary|where it", clause):
        return found[0]
    bare = re.sub("^(?:an?|the|one) ", "", other)
    return f"{name} {verb} away from {'the stationary ' + bare if clause else other}"


#: "each with a clockwise spin", "all of them slow": what is said of every item of a list.
_EACH = re.compile(
    r", (?:each|all|both|every one)(?: of them| time| one)?,? (?:(?:is |are )?(?:with|accompanied by) (?:an? )?"
    r"((?:anti)?clockwise) (?:rotation|spin|turn|twirl)|(?:rotating|turning|spinning) ((?:anti)?clockwise)"
    r"|(slow|quick|fast|rapid))"
)


def _announced(found: re.Match[str]) -> str:
    """For "The cup makes two moves: left, then up": "the cup: left, then up", where so many are told."""
    mark = re.compile(r"; (?:and |then )*") if ";" in found[5] else _PARTS
    parts = [part for part in mark.split(found[5]) if part.strip()]
    each = _EACH.fullmatch(found[4]) if found[4] else None
    how = {"slow": "slowly ", None: ""}.get(found[3] or (each and each[3]), "quickly ")
    if len(parts) != _MANY[found[2]] or (found[4] and not each) or (each and each[3] and found[3]):
        return found[0]
    ordinal = r"^(?:(?:first|second|next|last),? |the (?:first|second|third|last) |one (?=\w))"
    said = [re.sub(ordinal, "", part.strip()) for part in parts]
    told = [f"makes {part}" if re.match(r"(?:an?|one) ", part) else f"moves {how}{part}" for part in said]
    if how and any(part.startswith("makes") for part in told):
        return found[0]
    if each and (sense := each[1] or each[2]):
        told = [f"{part} while rotating {sense}" for part in told]
    return f"{found[1]} {', then '.join(told)}"


def _pairing(found: re.Match[str]) -> str:
    """For "A car going left and a bus going right collide": "a car is going left. A bus is going right. They ..."."""
    one, first, other, second, said = found.groups()
    going = [re.sub(r"^(?:that|which) is ", "", text) for text in (first, second)]
    return f"{one} is {going[0]} and {other} is {going[1]}. they {said}"


def _agented(found: re.Match[str]) -> str:
    """For "A car goes left, slowly followed by a bus": "and a bus slowly follows it"."""
    return f", and {found[3]} {found[1]} {_PASSIVE[found[2]]} it"


def _paced_so(found: re.Match[str]) -> str:
    """For ", its speed is low": "slowly"."""
    told = re.split(r"[.]", found.string[: found.start()])[-1]
    if found[0].startswith(";") and re.search(r"\b(?:then|before|after|next|finally)\b|; ", told):
        return found[0]  # "it goes up, then left; its speed is low"
    slow = {"low": " slowly", "slow": " slowly", "moderate": " at a moderate speed", "medium": " at a medium speed"}
    return slow.get(found[1], " quickly")


def _each_told(found: re.Match[str]) -> str:
    """For "Two things are turning: a cup, which rises, and a dish, which falls": of each, with what both do."""
    both, one, first, other, second = found.groups()
    told = []
    for name, said in ((one, first), (other, second)):
        if not any(form == "third" for _, form in inflections().get(said.split()[0], ())):
            return found[0]
        told.append(f"{name} {said} while {both}")
    return ". ".join(told)


_SEEN = {
    "pass": "passed", "overtake": "overtaken", "orbit": "orbited", "circle": "circled", "follow": "followed",
    "approach": "approached", "hit": "hit", "strike": "struck",
}  # fmt: skip


def _seeing(found: re.Match[str]) -> str:
    """For "A cup sees a kite slowly pass it": "a cup is slowly passed by a kite"."""
    how = next((f"{word} " for word in ("slowly", "quickly") if f" {word} " in found[0]), "")
    return f"is {how}{_SEEN[found[3]]} by {found[2]}"


def _and_ahead(found: re.Match[str]) -> str:
    """For "A truck and, ahead of it, a bus go left": "a truck and a bus go left. The truck follows the bus"."""
    first, second = (re.sub("^(?:an?|the|one) ", "the ", name) for name in (found[1], found[4]))
    who = f"{second} follows {first}" if "behind" in found[3] else f"{first} follows {second}"
    doing = f". {first} is {found[2].strip()}" if found[2] else ""
    return f"{found[1]} and {found[4]}{found[5]}{doing}. {who}"


def _being(found: re.Match[str]) -> str:
    """For "Being quick, a cup ...": "moving quickly, a cup ..."."""
    return f"moving {'slowly' if 'slow' in found[1] else 'quickly'}" if "er" not in found[1] else found[0]


#: Name in `rewordings.txt` -> what works it out.
PAIRED: dict[str, Callable[[re.Match[str]], str]] = {
    "sided": _sided, "bearing": _bearing, "announced": _announced, "pairing": _pairing, "agented": _agented,
    "paced_so": _paced_so, "each_told": _each_told,
    "first_second": _first_second, "away_from": _away_from,
    "how_fast": _how_fast, "again_so": _again_so, "on_way": _on_way,
    "paced_through": _paced_through, "whole_paced": _whole_paced, "paced_first": _paced_first,
    "paced_for": _paced_for,
    "named_last": _named_last, "on_course": _on_course,
    "seeing": _seeing, "and_ahead": _and_ahead, "being": _being,
    "headed": _headed, "spun_name": _spun_name, "and_behind": _and_behind,
}  # fmt: skip
