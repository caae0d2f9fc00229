"""Each layout in miniature: what is read, and what is said when it is not there."""

from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import Dataset, DatasetDict, Features, List, Value, Video

from locomotion_hf.corpora import Corpus, open_corpus, tables
from locomotion_hf.errors import CorpusError

LEFT, RIGHT = "Pushing something from right to left", "Pushing something from left to right"


def texts(corpus: Corpus) -> dict[str, tuple[str, ...]]:
    return {row.id: row.texts for row in corpus.rows}


def test_ssv2_template(tmp_path: Path, write) -> None:
    write(
        {
            "ssv2_ret_template_train.json": [
                {"video": "1.webm", "caption": LEFT.replace("something", "[something]")},
                {"video": "2.webm", "caption": RIGHT},
                {"video": "3.webm", "caption": LEFT},
            ],
            "ssv2_ret_template_val_small.json": [
                {"video": ["4.webm", "5.webm"], "caption": LEFT},
                {"video": ["6.webm"], "caption": RIGHT},
            ],
        },
        [f"videos/{number}.mp4" for number in range(1, 7)],  # found although they are called webm
    )
    train = open_corpus(f"ssv2-template:{tmp_path}", "train")
    assert texts(train) == {"1": (LEFT,), "2": (RIGHT,), "3": (LEFT,)}
    groups = [row.group for row in train.rows]
    assert groups[0] == groups[2] != groups[1]
    test = open_corpus(f"ssv2-template:{tmp_path}", "test")
    assert test.split == "val_small"
    assert [row.id for row in test.rows] == ["4", "5", "6"]
    assert test.rows[0].group == groups[0]
    assert train.name == "ssv2-template"


def test_ssv2_label_takes_its_classes_from_the_templates(tmp_path: Path, write) -> None:
    labels = [{"video": f"{n}.webm", "caption": f"pushing cup {n} from left to right"} for n in (1, 2)]
    write({"ssv2_ret_label_train.json": labels}, ["elsewhere/1.webm", "elsewhere/2.webm"])
    without = open_corpus(f"ssv2-label:{tmp_path}", "train", tmp_path / "elsewhere")
    assert {row.stratum for row in without.rows} == {""}
    write({"ssv2_ret_template_train.json": [{"video": ["1.webm", "2.webm"], "caption": RIGHT}]})
    corpus = open_corpus(f"ssv2-label:{tmp_path}", "train", tmp_path / "elsewhere")
    assert {row.stratum for row in corpus.rows} == {RIGHT.casefold()}
    assert len({row.group for row in corpus.rows}) == 2


def test_ssv2_says_how_to_obtain_it(tmp_path: Path, write) -> None:
    with pytest.raises(CorpusError, match=r"holds no ssv2_ret_label_val_small\.json.*accept its licence.*qualcomm"):
        open_corpus(f"ssv2-label:{tmp_path}", "test")
    write({"ssv2_ret_label_train.json": [{"video": f"{n}.webm", "caption": f"text {n}"} for n in range(7)]})
    with pytest.raises(CorpusError) as caught:
        open_corpus(f"ssv2-label:{tmp_path}", "train")
    assert "7 of the 7 videos of ssv2-label (train) are missing or unreadable: 0, 1, 2, 3, 4, ..." in str(
        caught.value
    )
    assert "github.com/jayleicn/singularity" in str(caught.value)
    with pytest.raises(CorpusError, match=f"write ssv2-label:{tmp_path}"):
        open_corpus(str(tmp_path), "train")
    write({"ssv2_ret_label_train.json": '[{"video": "1.webm"'})
    with pytest.raises(CorpusError, match=r"cannot be read as json.*fetch it again"):
        open_corpus(f"ssv2-label:{tmp_path}", "train")
    write({"ssv2_ret_label_train.json": [{"video": "1.webm"}]})
    with pytest.raises(CorpusError, match=r"record 1 of .* a record with \"video\" and \"caption\""):
        open_corpus(f"ssv2-label:{tmp_path}", "train")


CATEGORIES = """Clabel:   0; set:  1; Glabel:   1; (VT) round-off, flic-flac on, stretched salto backward
Clabel:   1; set: 21; Glabel: 160; (FX) switch leap with 0.5 turn; or without
"""


def test_finegym(tmp_path: Path, write) -> None:
    names = ["aaa_E_002184_002237_A_0035_0036", "bbb_E_000001_000060_A_0001_0002", "ccc_E_000001_000060_A_0003_0004"]
    write(
        {
            "gym99_categories.txt": CATEGORIES,
            "gym99_train_element_v1.1.txt": f"{names[0]} 0\n{names[1]} 1\n{names[2]} 1\n",
            "gym99_val_element.txt": f"{names[0]} 1\n{names[2]} 0\n",
        },
        [f"subactions/{name}.mp4" for name in names],
    )
    train = open_corpus(f"finegym:{tmp_path}", "train")
    assert train.rows[0].texts == ("vault: round-off, flic-flac on, stretched salto backward",)
    assert train.rows[1].texts == ("floor exercise: switch leap with 0.5 turn; or without",)
    assert train.rows[1].group == train.rows[2].group != train.rows[0].group
    assert texts(open_corpus(str(tmp_path), "test")).keys() == {names[0], names[2]}
    with pytest.raises(CorpusError, match=r"holds no gym288_categories.txt.*sdolivia\.github\.io/FineGym"):
        open_corpus(f"finegym288:{tmp_path}", "train")
    write({"gym99_val_element.txt": f"{names[0]} 99\n"})
    with pytest.raises(CorpusError, match=r"has the line .*99'.*a line like"):
        open_corpus(f"finegym:{tmp_path}", "test")


def test_msrvtt_of_both_styles(tmp_path: Path, write) -> None:
    classic = {
        "videos": [{"video_id": f"video{n}", "split": "train" if n < 2 else "validate"} for n in range(4)],
        "sentences": [
            {"video_id": f"video{n}", "caption": f"{words} {n}", "sen_id": 2 * n}
            for words in ("a man walks", "someone walks")
            for n in range(4)
        ],
    }
    write({"train_val_videodatainfo.json": classic}, [f"videos/video{n}.mp4" for n in range(4)])
    train = open_corpus(str(tmp_path / "train_val_videodatainfo.json"), "train")
    assert texts(train) == {f"video{n}": (f"a man walks {n}", f"someone walks {n}") for n in (0, 1)}
    assert train.rows[0].group == "video0"
    test = open_corpus(str(tmp_path / "train_val_videodatainfo.json"), "test")
    assert (test.split, len(test)) == ("validate", 2)
    listed = [{"video": "video0.mp4", "caption": "one"}, {"video": "video1.mp4", "caption": ["two", "three"]}]
    write(
        {"anno/ret_train.json": [*listed, {"video": "video0.mp4", "caption": "four"}], "anno/ret_test1k.json": listed}
    )
    wanted = {"video0": ("one", "four"), "video1": ("two", "three")}
    assert texts(open_corpus(str(tmp_path / "anno" / "ret_{split}.json"), "train", tmp_path / "videos")) == wanted
    assert open_corpus(str(tmp_path / "anno"), "test", tmp_path / "videos").rows[0].texts == ("one",)
    with pytest.raises(CorpusError, match=r"no split 'secret'.*train, validate"):
        open_corpus(str(tmp_path / "train_val_videodatainfo.json"), "secret")
    with pytest.raises(CorpusError, match=r"\['?video0|are missing.*MSR-VTT"):
        open_corpus(str(tmp_path / "anno"), "train")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("captions.csv", "video,caption\n" + "\n".join(f"{n}.mp4,it moves {n}" for n in range(8))),
        ("captions.jsonl", "\n".join(f'{{"file": "{n}.mp4", "text": "it moves {n}"}}' for n in range(8))),
        ("metadata.jsonl", "\n".join(f'{{"file_name": "{n}.mp4", "text": "it moves {n}"}}' for n in range(8))),
    ],
)
def test_a_folder_without_splits_is_divided(tmp_path: Path, write, name: str, content: str) -> None:
    write({name: content}, [f"{n}.mp4" for n in range(8)])
    train, test = (open_corpus(str(tmp_path), split) for split in ("train", "test"))
    assert (len(train), len(test)) == (6, 2)
    assert texts(train) | texts(test) == {f"{n}.mp4": (f"it moves {n}",) for n in range(8)}


def test_a_folder_with_splits(tmp_path: Path, write) -> None:
    lines = "file_name,caption\na.mp4,it falls\nb.mp4,it rises\na.mp4,it drops\n"
    write(
        {"train/metadata.csv": lines, "val/captions.csv": lines}, ["train/a.mp4", "train/b.mp4", "val/videos/a.mp4"]
    )
    assert texts(open_corpus(str(tmp_path), "train")) == {"a.mp4": ("it falls", "it drops"), "b.mp4": ("it rises",)}
    with pytest.raises(CorpusError, match=r"1 of the 2 videos of .* \(val\) are missing or unreadable: b\.mp4"):
        open_corpus(str(tmp_path), "test")
    with pytest.raises(CorpusError, match="holds no file of captions"):
        open_corpus(str(tmp_path / "val" / "videos"), "train")
    # Neither file says which of the clips of "all" the other one has.
    write(
        {"mixed/train/captions.csv": lines, "mixed/captions.csv": lines}, ["mixed/train/a.mp4", "mixed/train/b.mp4"]
    )
    assert len(open_corpus(str(tmp_path / "mixed"), "train")) == 2
    with pytest.raises(CorpusError, match=r"holds captions\.csv for all splits, and one of its own in train"):
        open_corpus(str(tmp_path / "mixed"), "test")
    with pytest.raises(CorpusError, match=r"(?s)no corpus 'nowhere'.*ssv2-template:FOLDER"):
        open_corpus("nowhere", "train")


def rows(mp4s: list[bytes], count: int) -> dict[str, list]:
    return {
        "id": [f"clip{n}" for n in range(count)],
        "video": [{"bytes": mp4s[n], "path": f"{n}.mp4"} for n in range(count)],
        "caption": [["it moves", f"move {n}"] for n in range(count)],
    }


def test_a_dataset(tmp_path: Path, mp4s: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    features = Features({"id": Value("string"), "video": Video(decode=False), "caption": List(Value("string"))})
    whole = Dataset.from_dict(rows(mp4s, 8), features)
    DatasetDict({"train": whole.select(range(5)), "validation": whole.select(range(5, 8))}).save_to_disk("both")
    train, test = (open_corpus("hf:both", split) for split in ("train", "test"))
    assert texts(train) == {f"clip{n}": ("it moves", f"move {n}") for n in range(5)}
    assert (test.name, test.split, len(test)) == ("both", "validation", 3)
    assert train.frames(train.rows[0], 4).shape == (4, 32, 48, 3)
    DatasetDict({"train": whole}).save_to_disk("single")
    train, test = (open_corpus("hf:single", split) for split in ("train", "test"))
    assert (len(train), len(test)) == (6, 2)
    assert not texts(train).keys() & texts(test).keys()
    # A row for each caption, as MSR-VTT is often stored.
    table = {"video_id": [f"v{n // 2}" for n in range(6)], "caption": [f"move {n}" for n in range(6)]}
    table["video"] = [{"bytes": mp4s[n // 2], "path": "x.mp4"} for n in range(6)]
    DatasetDict({name: Dataset.from_dict(table) for name in ("train", "test")}).save_to_disk("long")
    assert texts(open_corpus("hf:long", "train")) == {
        f"v{n}": (f"move {2 * n}", f"move {2 * n + 1}") for n in range(3)
    }
    named = {"name": table.pop("video_id"), **table}
    DatasetDict({name: Dataset.from_dict(named) for name in ("train", "test")}).save_to_disk("named")
    corpus = open_corpus("hf:named", "train")
    assert texts(corpus) == {f"v{n}": (f"move {2 * n}",) for n in range(3)}
    assert [row.reason for row in corpus.skipped] == ["repeated id"] * 3
    scenes = {"background_id": [f"place{n // 2}" for n in range(8)], "noun": ["cup"] * 8}
    DatasetDict({"train": Dataset.from_dict({**rows(mp4s, 8), **scenes})}).save_to_disk("scenes")
    train, test = (open_corpus("hf:scenes", split) for split in ("train", "test"))
    assert (len(train), len(test)) == (6, 2)
    assert not {row.scene for row in train.rows} & {row.scene for row in test.rows}
    with pytest.raises(CorpusError, match=r"no column of captions.*there are: id, video, caption.*\?caption=COLUMN"):
        open_corpus("hf:both?caption=words", "train")
    with pytest.raises(CorpusError, match="cannot be loaded"):
        open_corpus("hf:nothing", "train")


def test_a_released_folder_of_ours(tmp_path: Path, mp4s: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))
    table = {**rows(mp4s, 3), "caption": ["a cup rises", "a cup rises", "a cup falls"], "group": ["up", "up", "down"]}
    (tmp_path / "synth" / "data").mkdir(parents=True)
    for split in ("train", "validation"):
        pq.write_table(pa.table(table), tmp_path / "synth" / "data" / f"{split}-00000-of-00001.parquet")
    corpus = open_corpus(str(tmp_path / "synth"), "test")
    assert [row.group for row in corpus.rows] == ["up", "up", "down"]
    assert (corpus.name, corpus.split) == ("synth", "validation")


def test_physics(tmp_path: Path, mp4s: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    table = {
        **rows(mp4s, 3),
        "caption": ["Pushing a cup from left to right", "Pushing a box from left to right", "Dropping a cup"],
        "template": [RIGHT.replace("something", "[something]")] * 2 + ["Dropping [something]"],
        "scene": ["s1", "s2", "s1"],
    }
    pq.write_table(pa.table(table), tmp_path / "test-00000-of-00001.parquet")
    monkeypatch.setattr(tables, "PHYSICS", tmp_path)
    corpus = open_corpus("physics", "test")
    assert texts(corpus)["clip0"] == (RIGHT,)
    assert [row.group for row in corpus.rows].count(RIGHT.casefold()) == 2
    assert [row.scene for row in corpus.rows] == ["s1", "s2", "s1"]
    named = open_corpus("physics-label", "test")
    assert texts(named)["clip1"] == ("Pushing a box from left to right",)
    assert len({row.group for row in named.rows}) == 3
    assert [row.stratum for row in named.rows] == [row.stratum for row in corpus.rows]
    with pytest.raises(CorpusError, match=r"physics has no split 'train'.*one of test"):
        open_corpus("physics", "train")
