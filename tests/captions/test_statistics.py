import argparse
import itertools
import json
import re
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from locomotion_hf.captions import parse
from locomotion_hf.captions.statistics.command import add_arguments, run
from locomotion_hf.captions.statistics.counts import (
    AMONG,
    STATEMENTS,
    CaptionStatistics,
    caption_statistics,
    distinct_among,
    statements,
    unfit,
)
from locomotion_hf.captions.statistics.motion_words import MOTION
from locomotion_hf.captions.statistics.plot import COLOURS, check_plot, write_plot
from locomotion_hf.captions.statistics.sources import SAMPLES, CaptionSource
from locomotion_hf.captions.statistics.table import left_out_lines, statistics_table
from locomotion_hf.captions.statistics.tagging import Tagger
from locomotion_hf.errors import CaptionError, OutputError

LETTERS = {"N": "noun", "V": "verb", "J": "adjective", "R": "adverb", "P": "preposition"}


@pytest.fixture(scope="module")
def tag() -> Tagger:
    return Tagger()


def by_hand() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """What a caption states, its text, its words with their classes."""
    rows = []
    for line in (Path(__file__).with_name("tagged.txt")).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            states, _, text = line.partition(" | ")
            parts = [re.fullmatch(r"(\S+?)(?:/([NVJRP]))?", part) for part in text.split()]
            words = [(part[1].lower(), LETTERS.get(part[2], "")) for part in parts if part and part[1][0].isalpha()]
            rows.append((states, " ".join(part[1] for part in parts if part), words))
    return rows


def command(*given: str) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    run(parser.parse_args(given))


def count(captions: list[str], tag: Tagger) -> CaptionStatistics:
    return caption_statistics("some", captions, tag)


# Measured: 281 of 287 words right in the captions that were open while the corrections were written, 298 of 308 in
# those held back (HanTa without corrections: 269 and 285). Verbs: none said wrongly in either half, 49 of 50
# and 46 of 48 found; adverbs of the second half, the hardest: 37 of 38 found, 5 said wrongly.
@pytest.mark.parametrize(("half", "least"), [(0, 281), (1, 298)])
def test_the_tagger_against_captions_tagged_by_hand(tag: Tagger, half: int, least: int) -> None:
    right: Counter[str] = Counter()
    said: Counter[str] = Counter()
    true: Counter[str] = Counter()
    for _, text, words in by_hand()[half::2]:
        found = tag(text)
        assert [word.text for word in found] == [word for word, _ in words]
        for word, (_, kind) in zip(found, words, strict=True):
            right[kind] += word.kind == kind
            said[word.kind] += 1
            true[kind] += 1
    assert right.total() >= least
    assert right["verb"] == said["verb"] >= 0.95 * true["verb"]
    for kind in LETTERS.values():
        assert right[kind] >= 0.88 * said[kind], kind
        assert right[kind] >= 0.92 * true[kind], kind


# Measured: 254 of 256 right; two verbs of the lists were amended after a look at all captions, so this is a floor
# under later changes more than a measurement.
def test_what_is_stated_against_captions_marked_by_hand(tag: Tagger) -> None:
    wrong = [
        (name, text)
        for states, text, _ in by_hand()
        for name, mark, found in zip(STATEMENTS, states, statements(tag(text)), strict=True)
        if (mark != "-") != found
    ]
    assert len(wrong) <= 2, wrong


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("A man left the room", "m---"),
        ("A man looks up at the sky", "----"),
        ("A woman throws a ball with her right hand", "m---"),
        ("Slow motion of people running", "m---"),
        ("She turns on the light", "m---"),
        ("The wheel turns round", "m--r"),
        ("A rocket plummets", "mds-"),
        ("A car moves left", "md--"),
        ("A bird soars", "md--"),
        ("The walk", "----"),
        ("Birds flying north at high speed", "mds-"),
        ("Rotating [something] anti-clockwise", "m--r"),
    ],
)
def test_words_in_their_sense(tag: Tagger, text: str, stated: str) -> None:
    assert "".join(mark if on else "-" for mark, on in zip("mdsr", statements(tag(text)), strict=True)) == stated


def test_clitics_capitals_brackets_and_long_words(tag: Tagger) -> None:
    clitics = [word.text for word in tag("The man\u2019s dog doesn't move")]
    assert clitics == ["the", "man", "'s", "dog", "does", "n't", "move"]
    plain = [word.kind for word in tag("a man walking on the beach")]
    assert [word.kind for word in tag("A Man Walking On The Beach")] == plain
    assert [word.kind for word in tag("A MAN WALKING ON THE BEACH")] == plain
    assert [word.lemma for word in tag('Rolling [something] "across"')] == ["roll", "something", "across"]
    assert len(tag("a" * 5000 + " ball rolls")) == 3
    assert len(tag("a ball rolls quickly " * 2500)) == 10_000
    assert tag("") == tag("🎈 … 42 !!") == []


def test_figures_worked_out_by_hand(tag: Tagger) -> None:
    found = count(["A cat runs.", "a  cat runs", "A red ball rolls slowly to the left", "", "🎈", "球向右移动"], tag)
    assert found.captions == 3
    assert found.left_out == {"empty": 2, "in another language": 1}
    assert found.words.mean == pytest.approx(14 / 3)
    assert found.longest == 8
    assert found.classes["noun"].mean == pytest.approx(4 / 3)
    assert found.classes["verb"].mean == found.statements["motion verb"].mean == 1
    assert (found.verbs, found.distinct_verbs, found.distinct_among) == (3, 2, None)
    assert found.verb_entropy == pytest.approx(np.log2(3) - 2 / 3)
    assert found.top_verbs == [("run", pytest.approx(2 / 3)), ("roll", pytest.approx(1 / 3))]
    assert found.duplicates.mean == found.statements["speed"].mean == pytest.approx(1 / 3)
    # The normal interval of 3, 3, 8 and Wilson's of one in three.
    assert found.words.high - found.words.mean == pytest.approx(1.959964 * np.std([3, 3, 8], ddof=1) / np.sqrt(3))
    assert (found.duplicates.low, found.duplicates.high) == pytest.approx((0.0615, 0.7923), abs=1e-4)


def test_distinct_among_is_the_mean_over_all_draws() -> None:
    things = "aaabbc"
    draws = [len(set(draw)) for draw in itertools.combinations(things, 3)]
    assert distinct_among([3, 2, 1], 3) == pytest.approx(np.mean(draws))
    assert distinct_among([3, 2, 1], 6) == pytest.approx(3)
    assert distinct_among([3, 2, 1], 7) is None


@pytest.mark.parametrize(
    ("caption", "reason"),
    [
        ("A ball", ""),
        ("Ein Ball rollt langsam auf dem Tisch mit der Katze", "in another language"),
        ("Le ballon roule dans la rue avec un chien", "in another language"),
        ("Мяч катится вправо", "in another language"),
        ("A café in Zürich, le Jardin", ""),
        ("🎈🎈", "empty"),
        (None, "empty"),
        (3.5, "not text"),
        ("word " * 10_000, "too long"),
    ],
)
def test_what_is_left_out_is_named(caption: object, reason: str) -> None:
    assert unfit(caption) == reason


def test_nothing_to_count_is_an_error(tag: Tagger) -> None:
    with pytest.raises(CaptionError, match=r"some has no caption that can be counted \(2 empty\).*column"):
        count(["", " "], tag)
    with pytest.raises(CaptionError, match=r"\(no rows\)"):
        count([], tag)


def test_sources_of_every_kind(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("# note\nA ball\n\nA cat\n")
    (tmp_path / "a.csv").write_text('file,caption\n1,"A ball, red"\n2,A cat\n')
    (tmp_path / "a.tsv").write_text("file\ttext\n1\tA ball\n")
    (tmp_path / "a.jsonl").write_text('{"caption": "A ball", "paraphrase": "One ball"}\n\n{"caption": null}\n')
    (tmp_path / "list.json").write_text('["A ball", "A cat"]')
    (tmp_path / "map.json").write_text('{"1.mp4": ["A ball", "The ball"], "2.mp4": ["A cat"]}')
    (tmp_path / "data").mkdir()
    for split in ("train", "validation"):
        table = pa.table({"caption": [f"A {split}"], "video": [b"x"]})
        pq.write_table(table, tmp_path / "data" / f"{split}-00000-of-00001.parquet")

    def read(text: str, split: str | None = None) -> list[object]:
        return list(CaptionSource.parse(f"x={tmp_path}/{text}").read(split))

    assert read("a.txt") == ["A ball", "A cat"]
    assert read("a.csv") == ["A ball, red", "A cat"]
    assert read("a.tsv") == ["A ball"]
    assert read("a.jsonl") == ["A ball", None]
    assert read("a.jsonl#paraphrase") == ["One ball", None]
    assert read("list.json") == ["A ball", "A cat"]
    assert read("map.json") == ["A ball", "The ball", "A cat"]
    assert read("data") == ["A train", "A validation"]
    assert read("data", "train") == ["A train"]
    assert read("data/train-00000-of-00001.parquet") == ["A train"]


def test_names_of_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a=b#c.txt").write_text("A ball\n")
    assert CaptionSource.parse("a=b#c.txt") == CaptionSource("a=b#c.txt", "a=b#c.txt")
    assert CaptionSource.parse("after=p.jsonl#paraphrase") == CaptionSource("after", "p.jsonl", "paraphrase")
    assert CaptionSource.parse("p.jsonl#paraphrase").name == "p.jsonl#paraphrase"
    with pytest.raises(CaptionError, match="names no place"):
        CaptionSource.parse("after=")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        (
            "a.csv",
            b"file,words\n1,A ball\n",
            r"has no column caption / .* its columns: file, words.*PLACE#COLUMN",
        ),
        ("a.csv", b"", "has no column .* its columns: none|has no caption"),
        ("a.jsonl", b'{"caption": "A', "cannot be read"),
        ("a.json", b"3", "holds no list"),
        ("a.txt", b"\x89PNG\r\n\xff", "is not UTF-8 text"),
        ("a.txt", b"\x00\x01\x02", "it is no text"),
        ("a.parquet", b"junk junk junk junk", "cannot be read"),
        ("a.mp4", b"A ball", "nothing is known of files that end in '.mp4'"),
    ],
)
def test_bad_files_say_what_is_wrong(tag: Tagger, tmp_path: Path, name: str, content: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(content)
    source = CaptionSource.parse(str(tmp_path / name))
    with pytest.raises(CaptionError, match=says):
        caption_statistics("some", source.read(), tag)


def test_places_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(CaptionError, match="there is no such file"):
        list(CaptionSource.parse("nowhere.csv").read())
    with pytest.raises(CaptionError, match="no dataset that can be reached"):
        list(CaptionSource.parse("nobody/nothing").read())
    with pytest.raises(CaptionError, match="has no Parquet files of the split test"):
        list(CaptionSource("x", str(tmp_path)).read("test"))


def test_samples_are_what_they_say(tag: Tagger) -> None:
    samples = {one.name: [str(text) for text in one.read()] for one in CaptionSource.samples()}
    assert samples.keys() == SAMPLES.keys()
    assert [len(texts) for texts in samples.values()] == [100, 60, 100]
    for text in samples["plain"]:
        parse(text)  # raises for what `describe` would not write
    assert all("[something]" in text for text in samples["ssv2-form"])
    plain, form, web = (count(texts, tag) for texts in samples.values())
    # The paper's finding, and ours: the web says what there is, labels and captions of motion what it does.
    assert web.classes["noun"].mean > 3 * web.classes["verb"].mean
    assert web.per_noun < 0.5 < 1 < min(plain.per_noun, form.per_noun)
    assert form.statements["motion verb"].low > web.statements["motion verb"].high
    assert plain.statements["direction"].low > 0.8 > 0.2 > web.statements["direction"].high
    # Its remedy: plain captions have few verbs.
    assert plain.distinct_among is not None
    assert form.distinct_among is not None
    assert plain.distinct_among < form.distinct_among / 2


def test_table_and_picture(tag: Tagger, tmp_path: Path) -> None:
    few = caption_statistics("a|b", ["A ball rolls to the left", ""], tag)
    many = caption_statistics("many", [f"A cat runs past {number} dogs" for number in range(60)], tag)
    plain = statistics_table([few, many]).splitlines()
    assert len({len(line) for line in plain}) == 1
    assert "too few" in next(line for line in plain if line.startswith(f"distinct among {AMONG}"))
    marked = statistics_table([few, many], "markdown").splitlines()
    assert {line.count("|") for line in marked} == {4}
    assert left_out_lines([few, many]) == ["a|b: left out 1 empty"]
    for ending, begins in ((".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")):
        place = tmp_path / f"plot{ending}"
        write_plot(place, [few, many])
        assert place.read_bytes().startswith(begins)
    assert "Words per caption" in re.sub(r"\s+", " ", (tmp_path / "plot.svg").read_text())


def test_places_that_a_plot_cannot_have(tmp_path: Path) -> None:
    for place in (tmp_path / "plot.txt", tmp_path / "nowhere" / "plot.png"):
        with pytest.raises(OutputError, match="as a plot"):
            check_plot(place, 1)
    with pytest.raises(OutputError, match="sources in one plot"):
        check_plot(tmp_path / "plot.png", len(COLOURS) + 1)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pairs = tmp_path / "pairs.jsonl"
    pairs.write_text('{"caption": "A ball moves down", "paraphrase": "A ball plummets"}\n{"caption": ""}\n')
    out = tmp_path / "out.json"
    command(f"before={pairs}#caption", f"after={pairs}#paraphrase", "--json", str(out), "--markdown")
    printed = capsys.readouterr()
    assert printed.out.startswith("| ")
    assert "before: left out 1 empty" in printed.err
    before, after = json.loads(out.read_text())
    assert (before["name"], after["name"]) == ("before", "after")
    assert after["statements"]["speed"]["mean"] == 1 > before["statements"]["speed"]["mean"]
    with pytest.raises(CaptionError, match="each with a name of its own"):
        command(str(pairs), str(pairs))
    with pytest.raises(CaptionError, match="one or more"):
        command()
    with pytest.raises(OutputError, match="cannot be written"):
        command(f"{pairs}#caption", "--json", str(tmp_path / "nowhere" / "out.json"))


def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("HanTa", "HanTa.HanoverTagger", "matplotlib"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(CaptionError, match=r"HanTa is not installed.*pip install \"locomotion-hf\[stats\]\""):
        Tagger()
    with pytest.raises(CaptionError, match=r"matplotlib is not installed.*locomotion-hf\[stats\].*leave out --plot"):
        check_plot(tmp_path / "plot.png", 1)


def test_verbs_that_say_more_are_verbs_of_motion() -> None:
    assert MOTION.direction_verbs | MOTION.speed_verbs | MOTION.rotation_verbs <= MOTION.motion
