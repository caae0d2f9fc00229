"""Make src/locomotion_hf/modeling/vocab.txt, the WordPiece vocabulary of the default model.

    python dataset_scripts/build_vocab.py

A deterministic rule, no corpus: the special tokens; every printable character, also as a continuation, so
that any English text can be spelled; the words of the default pack's nouns; the motion words below with their
inflections; and, up to the size, the pieces that byte-pair merging finds most often in all of these words.
Ids are part of every trained checkpoint: a new vocabulary is a new model.
"""

from __future__ import annotations

import argparse
import json
import re
import string
import unicodedata
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MANIFEST = ROOT / "src/locomotion_hf/assets/default_pack/manifest.json"
VOCABULARY = ROOT / "src/locomotion_hf/modeling/vocab.txt"

#: LocoMotionConfig's default vocab_size. Own choice: a power of two that leaves room for a thousand pieces.
SIZE = 4096

#: Quotation marks, dashes, the ellipsis stand alone; degree and multiplication signs may follow a letter.
TYPOGRAPHY = "\u2018\u2019\u201c\u201d\u2013\u2014\u2026"
SIGNS = "\u00b0\u00d7"

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")

FUNCTION_WORDS = """
a about above across after again against ago ahead all almost along alongside already also although always am
among an and another any anyone anything are around as aside at away back be because been before behind being
below beneath beside besides between beyond both briefly but by can cannot could did do does doing done down
during each either else end enough even eventually ever every everything except far few finally first for from
further had half has have having he her here hers him his how however i if in inside instead into is it its
itself just last later least less like little lot made make many may maybe me meanwhile might mine more most
much must my near nearly neither never next no nobody none nor not nothing now of off often on once one only
onto opposite or other others our out outside over own part past per perhaps quite rather really right same
second several shall she should since slightly so some someone something sometimes somewhere soon still such
than that the their them themselves then there these they third this those though through throughout till time
times to together too toward towards twice two under underneath until up upon us very via was we well were
what when where whereas wherever whether which while who whole whom whose why will with within without would
yet you your zero three four five six seven eight nine ten eleven twelve hundred thousand
"""

DIRECTION_WORDS = """
right left up down upward upwards downward downwards rightward rightwards leftward leftwards sideways sideward
sidewards forward forwards backward backwards north south east west northeast northwest southeast southwest
diagonal diagonally horizontal horizontally vertical vertically top bottom upper lower middle center centre
central corner side edge border frame screen image picture view scene background foreground clip video camera
direction path way course line curve arc circle loop spiral zigzag wave square triangle figure straight
straightforward perpendicular parallel uphill downhill overhead underfoot inward inwards outward outwards
"""

SPEED_WORDS = """
slow slower slowest slowly fast faster fastest quick quicker quickest quickly rapid rapidly swift swiftly
speedy speedily brisk briskly gradual gradually gentle gently steady steadily sudden suddenly moderate
moderately leisurely lazily lazy calm calmly hasty hastily hurried hurriedly sluggish sluggishly smooth
smoothly abrupt abruptly constant constantly uniform uniformly pace speed rate velocity motion movement
momentum medium normal normally average casual casually careful carefully graceful gracefully easy easily
unhurried unhurriedly
"""

ROTATION_WORDS = """
clockwise anticlockwise counterclockwise counter anti rotation rotational turn spin twist twirl revolution
angle degree degrees axis tilt roll orientation round around handed wise spinning upright upside quarter full
"""

VERBS = """
accelerate advance amble appear approach arrive arrow ascend ascent back barrel bank bend bob bolt bounce
bound brake breeze burst buzz canter careen carry cartwheel charge chase circle climb coast collapse come
continue corkscrew cover crawl creep cross cruise cut dance dart dash decelerate depart descend dip disappear
dive dodge draw drift drive drop ease edge emerge enter exit expand fall feel fall flap flee flick flip flit
float flow flutter fly follow forge gallop glide go grow halt hang hasten head hop hover hurl hurry hurtle
inch jerk jet jog jolt journey jump keep land lap launch lean leap leave leap lift limp linger loop lope lunge
lurch march meander move nose nudge orbit oscillate pace parade pass paddle patrol pause pedal pitch pivot
plod plummet plunge pop pounce prance proceed progress prowl pull push race ramble reach rebound recede reel
relocate remain repeat retreat return reverse revolve ride rise roam rock rocket roll rotate row run rush sag
sail sashay saunter scamper scoot scramble scuffle scurry scuttle settle shake shift shoot shrink shuffle
sidle sink skate skid skim skip slant slalom sled slide slink slip slither slope slow soar somersault speed
spin spiral spring sprint squirm stagger stay start steer step stop stray streak stream stride stroll strut
stumble surge surf sway sweep swerve swim swing swirl swivel swoop take taxi tilt tiptoe topple toss totter
tour trail tramp travel traverse tread trek trickle trot trudge tumble turn twirl twist undulate vault veer
venture visit waddle wade walk waltz wander wave weave wheel whirl whisk whiz whoosh wiggle wind wing wobble
wriggle yaw zigzag zip zoom begin end finish become change complete describe display feature make maintain
perform show see watch look seem hold stand sit lie rest swap switch shine glow glide turn tow haul dribble
kick throw catch hit open close fold
"""

IRREGULAR = """
began begun beaten bent blew blown broke broken came caught crept cut did done drawn drew driven drove eaten
fallen fell felt fled flew flown followed found froze frozen gave given went gone got grew grown held hung
kept knew known laid led left leant leapt lay lain lost made met moved put ran ridden risen rode rose rung
said sank sat saw seen shaken shone shook shot shown shrank shrunk shut slid slung sought sped spent spun
sprang sprung spread stole stood strode struck stuck sung sunk swam swept swum swung taken taught threw thrown
told took tore torn trod turned understood wove woven worn wound wrung
"""

ADJECTIVES = """
red orange yellow green blue purple violet pink brown black white gray grey golden silver beige tan cyan
magenta teal navy maroon turquoise crimson scarlet ivory cream bronze copper dark light bright pale vivid dull
deep colorful colourful multicolored striped spotted dotted patterned plain transparent shiny glossy matte
metallic wooden metal plastic glass stone paper leather cotton wool rubber brick concrete ceramic furry fluffy
feathered woolly hairy smooth rough soft hard small smaller smallest tiny little large larger largest big
bigger biggest huge giant tall taller short shorter long longer wide wider narrow thin thick flat round square
rectangular triangular oval circular curved pointed sharp empty full open closed broken new old young ancient
modern vintage clean dirty wet dry hot cold warm cool fresh ripe raw cooked sweet sour lovely pretty beautiful
cute funny happy sad angry single double triple several whole single different similar equal identical visible
invisible still static stationary moving rotating alone distant close near nearby high higher highest low
lower lowest initial final
"""

SETTINGS = """
animal bird fish insect person man woman men women boy girl child children people baby body head face hand
hands foot feet leg legs arm eye eyes ear hair tail wing wings fur vehicle car truck bus train plane boat ship
bike bicycle motorcycle road street city town village building house home tower bridge wall window door roof
floor room kitchen table chair desk bed lamp clock phone computer book bottle cup bowl plate spoon fork knife
box bag hat shirt shoe shoes dress ring ball toy tool machine instrument food fruit vegetable bread cake meat
drink water tea coffee milk flower tree leaf leaves grass plant forest garden park field hill mountain valley
river lake sea ocean beach sand sky cloud clouds sun moon star stars rain snow ice fire smoke wind storm night
day morning evening sunset sunrise light shadow reflection indoor indoors outdoor outdoors landscape space
object objects thing things shape group pair piece photo footage nature wildlife coast shore waves island
desert rock rocks pavement traffic crowd market station harbor harbour bay horizon skyline underwater aerial
panorama texture
"""


def inflections(verb: str) -> set[str]:
    """The regular forms of a verb, by spelling rules; a wrong one costs a line of the vocabulary, no more."""
    forms = {verb}
    vowels = "aeiou"
    forms.add(verb + "es" if re.search(r"(s|x|z|ch|sh|[^aeiou]o)$", verb) else verb + "s")
    if verb.endswith("ie"):
        return forms | {verb + "d", verb[:-2] + "ying"}
    if verb.endswith("e"):
        return forms | {verb + "d", (verb if verb.endswith("ee") else verb[:-1]) + "ing"}
    if verb.endswith("y") and verb[-2] not in vowels:
        return (forms - {verb + "s"}) | {verb[:-1] + "ies", verb[:-1] + "ied", verb + "ing"}
    syllables = len(re.findall(r"[aeiouy]+", verb))
    if syllables == 1 and re.search(r"[^aeiou][aeiou][bdgklmnprtvz]$", verb):
        verb += verb[-1]
    return forms | {verb + "ed", verb + "ing"}


def plurals(noun: str) -> set[str]:
    """A noun's last word and its regular plural."""
    if re.search(r"(s|x|z|ch|sh)$", noun):
        return {noun, noun + "es"}
    if noun.endswith("y") and len(noun) > 1 and noun[-2] not in "aeiou":
        return {noun, noun[:-1] + "ies"}
    return {noun, noun + "s"}


def whole_words(nouns: list[str]) -> list[str]:
    """Every word that gets an entry of its own, sorted."""
    words: set[str] = set()
    for text in (
        FUNCTION_WORDS,
        DIRECTION_WORDS,
        SPEED_WORDS,
        ROTATION_WORDS,
        IRREGULAR,
        ADJECTIVES,
        SETTINGS,
    ):
        words.update(text.split())
    for verb in VERBS.split():
        words |= inflections(verb)
    for noun in nouns:
        # The tokenizer drops accents, too.
        letters = [sign for sign in unicodedata.normalize("NFD", noun.lower()) if not unicodedata.combining(sign)]
        words.update(re.findall(r"[a-z]+", "".join(letters)))
    return sorted(words)


def pieces(words: list[str], taken: set[str], number: int) -> list[str]:
    """The `number` pieces that pair merging meets first, beginning with the most frequent pair.

    Ties go to the pair that is first in the alphabet, so that every machine finds the same pieces.
    """
    spelled = [[word[0], *("##" + letter for letter in word[1:])] for word in words]
    counts: Counter[tuple[str, str]] = Counter()
    where: defaultdict[tuple[str, str], set[int]] = defaultdict(set)

    def count(word: int, change: int) -> None:
        for pair in pairwise(spelled[word]):
            counts[pair] += change
            where[pair].add(word)

    for word in range(len(spelled)):
        count(word, 1)
    found: list[str] = []
    while len(found) < number:
        left, right = min(counts, key=lambda pair: (-counts[pair], pair))
        if counts[left, right] == 0:
            break
        merged = left + right.removeprefix("##")
        if merged not in taken:
            taken.add(merged)
            found.append(merged)
        for word in where.pop((left, right)):
            count(word, -1)
            parts = spelled[word]
            at = 0
            while at < len(parts) - 1:
                if (parts[at], parts[at + 1]) == (left, right):
                    parts[at : at + 2] = [merged]
                at += 1
            count(word, 1)
    return found


def build(nouns: list[str], size: int = SIZE) -> list[str]:
    """The vocabulary, in the order of its ids.

    Args:
        nouns: names of objects.
        size: number of entries.
    """
    letters = SIGNS + string.ascii_lowercase + string.digits
    tokens = [*SPECIAL, *string.punctuation, *TYPOGRAPHY, *letters, *("##" + letter for letter in letters)]
    words = whole_words(nouns)
    tokens += [word for word in words if len(word) > 1]
    if len(tokens) > size:
        raise SystemExit(
            f"{len(tokens)} tokens do not fit into {size}. Raise SIZE and LocoMotionConfig's vocab_size."
        )
    in_pieces = sorted({form for word in words for form in plurals(word)})
    tokens += pieces(in_pieces, set(tokens), size - len(tokens))
    if len(tokens) < size:
        raise SystemExit(f"only {len(tokens)} tokens where {size} are asked for. Lower SIZE, or add words.")
    return tokens


def main() -> None:
    """Read the manifest, write the vocabulary, say where."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--manifest", type=Path, default=MANIFEST, help="default: the shipped pack's")
    parser.add_argument("--output", type=Path, default=VOCABULARY, help="default: %(default)s")
    arguments = parser.parse_args()
    manifest = json.loads(arguments.manifest.read_text(encoding="utf-8"))
    tokens = build([entry["name"] for entry in manifest["objects"]])
    arguments.output.write_text("\n".join(tokens) + "\n", encoding="utf-8")
    print(f"{len(tokens)} tokens in {arguments.output}")


if __name__ == "__main__":
    main()
