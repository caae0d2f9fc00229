import base64
import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from datasets import Dataset

from locomotion_hf.dataset import Recipe, generate
from locomotion_hf.dataset.export import export_sample
from locomotion_hf.dataset.gallery import FACTS, difference, facets, gallery
from locomotion_hf.dataset.schema import features, to_row
from locomotion_hf.dataset.shown import Family, Shown, generated, released
from locomotion_hf.errors import AssetError
from locomotion_hf.facts import Facts
from locomotion_hf.types import TwinKind
from locomotion_hf.video_io import read_video

RECIPE = Recipe(resolution=64)
EVIL = '</script><b onclick="x">&amp;<!--data-->'
VOID = {"meta", "input", "br", "circle", "path"}


class Page(HTMLParser):
    """Every element as (tag, attributes, text inside it); complains when tags do not close."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[tuple[str, dict[str, str], list[str]]] = []
        self.elements: list[tuple[str, dict[str, str], list[str]]] = []
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list) -> None:
        element = (tag, dict(attrs), [])
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list) -> None:
        self.elements.append((tag, dict(attrs), []))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        for _, _, text in self.open:
            text.append(data)

    def all(self, tag: str, **wanted: str) -> list[tuple[dict[str, str], str]]:
        found = [(attributes, "".join(text)) for name, attributes, text in self.elements if name == tag]
        return [(have, text) for have, text in found if all(have.get(name) == word for name, word in wanted.items())]

    @property
    def data(self) -> list[dict]:
        return json.loads(self.all("script", id="data")[0][1])


@pytest.fixture(scope="module")
def families() -> list[Family]:
    return list(generated(RECIPE, "train", range(0, 48, 16), twins=True))


@pytest.fixture(scope="module")
def text(families: Sequence[Family]) -> str:
    return gallery(families)


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_the_page_stands_alone(text: str, page: Page) -> None:
    assert not re.search(r"https?:|//cdn|@import|url\(|<link", text)
    assert "<!--" not in text
    assert not page.all("p", **{"class": "note"})
    for _, attributes, _ in page.elements:
        assert "src" not in attributes
        assert "href" not in attributes


def test_every_clip_is_in_it_and_plays(families: Sequence[Family], page: Page) -> None:
    clips = [clip for family in families for clip in (family.original, *family.twins)]
    videos = [attributes for attributes, _ in page.all("video")]
    assert len(videos) == len(clips) > len(families)
    for clip, video in zip(clips, videos, strict=True):
        head, _, code = video["data-src"].partition(",")
        assert head == "data:video/mp4;base64"
        frames, fps = read_video(base64.b64decode(code, validate=True))
        assert fps == clip.fps
        assert frames.shape == clip.frames.shape
        assert np.abs(frames.astype(int) - clip.frames).mean() < 12
        assert {"muted", "loop", "playsinline", "tabindex"} <= set(video)
        assert video["aria-label"] == clip.caption


def test_what_filters_is_what_the_facts_say(families: Sequence[Family], page: Page) -> None:
    assert len(page.data) == len(families)
    for family, data in zip(families, page.data, strict=True):
        facts = family.original.facts.to_dict()
        expected: dict[str, set[str]] = {"objects": {str(len(facts["objects"]))}}
        expected["background"] = {family.original.backdrop}
        expected["twin"] = {clip.twin.kind for clip in family.twins}
        for one in facts["objects"]:
            for phase in one["phases"]:
                for name, word in phase.items():
                    if name in ("enters", "leaves"):
                        expected.setdefault("enters / leaves", set()).add(f"{name} {word}")
                    elif name not in ("start", "end"):
                        expected.setdefault(name, set()).add(str(word))
        for relation in facts.get("relations", []):
            expected.setdefault("relation", set()).add(relation["kind"])
        if "camera" in facts:
            expected["camera"] = {f"{name} {word}" for name, word in facts["camera"].items()}
        assert {name: set(words) for name, words in data["facts"].items()} == expected
        assert data["nouns"] == [one["noun"].lower() for one in facts["objects"]]


def test_every_word_can_be_found_by() -> None:
    """One clip in which everything is said, so that no fact is forgotten when the vocabulary grows."""
    phase = {
        "direction": "right",
        "speed": "slow",
        "rotation": "clockwise",
        "shape": "circle",
        "start": 0.0,
        "end": 1.0,
    }
    phase |= {"sense": "clockwise", "laps": 2, "way": "inwards", "change": "accelerating", "turns": "twice"}
    phase |= {"growth": "growing", "enters": "left", "leaves": "top"}
    relation = {"kind": "past", "subject": 0, "other": 1, "start": 0.0, "end": 1.0}
    data = {
        "objects": [{"noun": n, "phases": [phase]} for n in "ab"],
        "relations": [relation],
        "camera": {"zoom": "in"},
    }
    facts = Facts.from_dict(data)
    shown = replace(Shown.from_example(generate(RECIPE, "train", 0, "reverse", masks=True)), facts=facts)
    assert set(facets(Family(shown))) == set(FACTS)
    assert facets(Family(shown))["enters / leaves"] == ["enters left", "leaves top"]


def test_chips_offer_what_tells_clips_apart(page: Page) -> None:
    offered: dict[str, list[str]] = {}
    for box, _ in page.all("input", type="checkbox"):
        offered.setdefault(box["name"], []).append(box["value"])
    for fact, words in FACTS.items():
        held = {word for one in page.data for word in one["facts"].get(fact, [])}
        alike = all(set(one["facts"].get(fact, [])) == held for one in page.data)
        assert offered.get(fact, []) == ([] if alike else [word for word in words if word in held])
    assert "background" not in offered
    assert "twin" in offered


def test_twins_stand_beside_their_original(families: Sequence[Family], text: str) -> None:
    articles = text.split("<article ")[1:]
    assert len(articles) == len(families)
    for family, article in zip(families, articles, strict=True):
        figures = article.split("<figure ")[1:]
        assert "data-twin" not in figures[0]
        kinds = [re.search(r'data-twin="([^"]+)"', one)[1] for one in figures[1:]]
        assert kinds == [clip.twin.kind for clip in family.twins]
        for clip, figure in zip(family.twins, figures[1:], strict=True):
            about = Page(re.search(r'<p class="twin">.*?</p>', figure)[0]).all("p")[0][1]
            assert about.startswith(f"{clip.twin.kind} twin changes ")
            assert re.sub(r" \(.*?\)", "", about.partition("changes ")[2]) == ", ".join(clip.twin.changes)
        # What does not exist is named, with what it would take.
        assert {*kinds, *family.refused} == set(get_args(TwinKind))
        for kind, why in family.refused.items():
            assert f'title="{why}"' in article
            assert f">{kind}</span>" in article


def test_changed_words_are_marked_in_the_captions(families: Sequence[Family], text: str) -> None:
    captions = re.findall(r'<p class="caption">(.*?)</p>', text)
    clips = [(clip, family.original) for family in families for clip in (family.original, *family.twins)]
    for said, (clip, original) in zip(captions, clips, strict=True):
        now, before = (re.sub(rf"<{gone}>.*?</{gone}>", "", said) for gone in ("del", "ins"))
        words = [re.sub(r"<.*?>|[.,]", "", one).split() for one in (now, before)]
        assert words == [re.sub(r"[.,]", "", one.caption).split() for one in (clip, original)]
        assert ("<ins>" in said or "<del>" in said) == (clip.caption != original.caption)


def test_difference_of_captions() -> None:
    assert difference("A cat moves up, then down", "A cat moves up") == "A cat moves up <del>then down</del>"
    assert difference("A <b> sits", "A <b> <i> sits") == "A &lt;b&gt; <ins>&lt;i&gt;</ins> sits"
    assert difference("x moves left", "x moves right") == "x moves <del>left</del> <ins>right</ins>"


def test_a_chip_that_the_original_lacks_stands_out(families: Sequence[Family], text: str) -> None:
    figures = text.split("<figure ")[1:]
    clips = [clip for family in families for clip in (family.original, *family.twins)]
    for clip, figure in zip(clips, figures, strict=True):
        marked = set(re.findall(r'class="chip changed" title="([^"]+)"', figure))
        if clip.twin and clip.twin.kind == "speed":
            assert marked == {"speed"}
        if not clip.twin or clip.twin.kind in ("order", "object binding"):
            assert not marked  # nothing but the place of the words has changed
        assert marked <= {*(clip.twin.changes if clip.twin else ()), "enters / leaves"}


def test_paths_are_drawn_over_the_video(families: Sequence[Family], page: Page) -> None:
    clips = [clip for family in families for clip in (family.original, *family.twins)]
    tracks = [attributes["data-track"] for attributes, _ in page.all("circle")]
    for clip in clips:
        for number in range(len(clip.nouns)):
            places = [[float(n) for n in one.split()] for one in tracks.pop(0).split(",")]
            assert np.allclose(places, clip.paths[:, number] * 64, atol=0.06)
    broken = clips[0].paths.copy()
    broken[4] = np.nan
    figure = gallery([Family(replace(clips[0], paths=broken))])
    line = Page(figure).all("path", **{"class": "edge"})[0][0]["d"]
    assert line.count("M") == 2
    assert line.count("L") == len(broken) - 3


def test_names_can_do_no_harm(families: Sequence[Family]) -> None:
    original, twin = families[0].original, families[0].twins[0]

    def named(clip: Shown) -> Shown:
        objects = (replace(clip.facts.objects[0], noun=EVIL), *clip.facts.objects[1:])
        said = f"A {EVIL} moves {clip.id}"
        return replace(clip, facts=replace(clip.facts, objects=objects), caption=said, spatial_caption=EVIL, id=EVIL)

    page = Page(gallery([Family(named(original), (named(twin),), {"order": EVIL})]))
    assert len(page.all("script")) == 2
    assert not [attributes for _, attributes, _ in page.elements if "onclick" in attributes]
    assert page.data[0]["nouns"][0] == EVIL.lower()
    assert page.all("p", **{"class": "caption"})[0][1] == f"A {EVIL} moves {original.id}"
    assert page.all("video")[0][0]["aria-label"] == f"A {EVIL} moves {original.id}"


def test_words_that_we_do_not_know_do_no_harm_either(families: Sequence[Family]) -> None:
    original = families[0].original
    first = original.facts.objects[0]
    move = replace(first.phases[0].move, shape=EVIL)
    objects = (replace(first, phases=(replace(first.phases[0], move=move),)), *original.facts.objects[1:])
    page = Page(gallery([Family(replace(original, facts=replace(original.facts, objects=objects))), families[1]]))
    assert not [attributes for _, attributes, _ in page.elements if "onclick" in attributes]
    assert EVIL in page.data[0]["facts"]["shape"]
    assert page.all("input", name="shape", value=EVIL)


@pytest.mark.skipif(not shutil.which("node"), reason="needs node, to run the page's script")
def test_the_script_filters(page: Page) -> None:
    script = next(text for attributes, text in page.all("script") if not attributes)
    clips = [
        {"nouns": ["black cat", "ball"], "facts": {"shape": ["arc", "line"], "speed": ["slow"]}},
        {"nouns": ["dog"], "facts": {"shape": ["line"], "speed": ["fast"]}},
        {"nouns": ["cat"], "facts": {"shape": ["circle"]}},
    ]
    asked = """
const found = query => clips.map((clip, n) => fits(clip, readChoice(new URLSearchParams(query))) ? n : "").join("");
const choice = readChoice(new URLSearchParams("shape=arc&speed=fast"));
const queries = ["", "shape=line", "shape=line&shape=circle", "shape=line&speed=slow", "speed=fast&shape=circle"];
const counts = [["shape", "arc"], ["shape", "line"], ["speed", "slow"]].map(chip => count(clips, choice, ...chip));
console.log(JSON.stringify([...queries, "noun=CAT+", "noun=cat&speed=slow"].map(found).concat(counts)));
"""
    run = ["node", "-e", f"{script}\nconst clips = {json.dumps(clips)};{asked}"]
    told = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    assert json.loads(told) == ["012", "01", "012", "0", "", "02", "0", 0, 1, 1]


def test_a_release_is_shown_as_it_is(tmp_path: Path) -> None:
    made = [generate(RECIPE, "train", 0), generate(RECIPE, "train", 8), generate(RECIPE, "train", 0, "reverse")]
    made.append(generate(RECIPE, "train", 16, "reverse"))  # its original is not there
    rows = [to_row(example) for example in made]
    (tmp_path / "data").mkdir()
    Dataset.from_list(rows, features=features()).to_parquet(tmp_path / "data" / "train-00000-of-00001.parquet")
    families = list(released(tmp_path, "train", range(0, 9)))
    assert [one.original.id for one in families] == ["train-00000000", "train-00000008", "train-00000016-reverse"]
    assert [[twin.id for twin in one.twins] for one in families] == [["train-00000000-reverse"], [], []]
    assert [one.id for one in (f.original for f in released(tmp_path, "train", range(1, 9, 4)))] == ["train-00000008"]
    page = Page(gallery(families))
    codes = [video["data-src"].partition(",")[2] for video, _ in page.all("video")]
    shown = [rows[0], rows[2], rows[1], rows[3]]
    assert [base64.b64decode(code) for code in codes] == [row["video"]["bytes"] for row in shown]
    assert page.data[2]["facts"]["twin"] == ["reverse"]
    assert "middles of the boxes" in page.all("p", **{"class": "note"})[0][1]

    with pytest.raises(AssetError, match=r"has 3 clips in 'train', from number 7 on none\. Expected: a number below"):
        list(released(tmp_path, "train", range(7, 8)))
    with pytest.raises(AssetError, match=r"has no split 'validation' that can be read"):
        list(released(tmp_path, "validation", range(1)))


def test_a_release_of_twins_shows_them_beside_their_original(tmp_path: Path) -> None:
    recipe = replace(RECIPE, members="twins")
    export_sample(recipe, {"train": 16, "validation": 8}, tmp_path / "release")
    families = list(released(tmp_path / "release", "train", range(0, 16)))
    made = [generate(recipe, "train", index) for index in range(16)]
    assert [one.original.id for one in families] == [example.id for example in made if not example.twin]
    first = next(one for one in families if one.original.id == "train-00000000")
    kinds = [example.twin.kind for example in made[:8] if example.twin]
    assert [twin.twin.kind for twin in first.twins] == kinds
    assert kinds


def test_other_folders_are_no_releases(tmp_path: Path) -> None:
    with pytest.raises(
        AssetError, match=r"nowhere is no folder\. Expected: a folder that `locomotion generate` wrote"
    ):
        list(released(tmp_path / "nowhere", "train", range(1)))
    with pytest.raises(AssetError, match=r"has no split 'train' that can be read .* leave out --dataset"):
        list(released(tmp_path, "train", range(1)))
    Dataset.from_list([{"id": "a", "text": "b"}]).to_parquet(tmp_path / "train.parquet")
    with pytest.raises(
        AssetError, match=r"lacks the columns backdrop, boxes, caption, facts, fps, recipe, spatial_caption"
    ):
        list(released(tmp_path, "train", range(1)))


@pytest.mark.slow
def test_a_gallery_at_full_size_stays_below_12_mb() -> None:
    families = list(generated(Recipe(), "train", range(0, 192, 8), twins=True))
    assert len(families) == 24
    assert len(gallery(families)) < 12e6
