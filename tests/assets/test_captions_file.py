import json

import pytest

from locomotion_hf.assets.sources import background_source
from locomotion_hf.errors import AssetError

CSV = 'file_name,licence,caption\na.mp4,x,"a cup,\nfalling"\n./b/c.mp4,x,  a  café \n'
RECORDS = [{"video": "a.mp4", "text": "a cup, falling"}, {"video": "b/c.mp4", "text": "a café"}]
FORMS = {
    "captions.csv": CSV,
    "metadata.csv": "\ufeff" + CSV,
    "captions.json": json.dumps(RECORDS),
    "captions.jsonl": "\n".join(map(json.dumps, RECORDS)) + "\n\n",
    "metadata.jsonl": "\r\n".join(map(json.dumps, RECORDS)),
}


@pytest.fixture
def films(tmp_path, film):
    (tmp_path / "b").mkdir()
    for name in ("a.mp4", "b/c.mp4"):
        (tmp_path / name).write_bytes(film)
    return tmp_path


def captions(folder):
    return {info.id: info.caption for info in background_source(folder).infos}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_gives_the_same_captions(films, name):
    (films / name).write_text(FORMS[name], "utf-8")
    assert captions(films) == {"a.mp4": "a cup, falling", "b/c.mp4": "a café"}
    assert background_source(films).skipped == {}


def test_an_object_of_file_and_caption(films):
    (films / "captions.json").write_text('{"a.mp4": "one", "b/c.mp4": "two"}')
    assert captions(films) == {"a.mp4": "one", "b/c.mp4": "two"}


def test_without_a_file_there_are_no_captions(films):
    assert captions(films) == {"a.mp4": "", "b/c.mp4": ""}
    (films / "b" / "captions.csv").write_text("not in the folder itself, so never read")
    (films / "metadata.csv").write_text("somebody,else\n1,2\n")
    assert captions(films) == {"a.mp4": "", "b/c.mp4": ""}
    assert background_source(films).skipped == {}


def test_the_first_caption_and_the_first_file_count(films):
    (films / "captions.csv").write_text("file,caption\na.mp4,\na.mp4,first\na.mp4,second\nb/c.mp4,other\n")
    (films / "metadata.csv").write_text("file_name,text\na.mp4,never\n")
    assert captions(films) == {"a.mp4": "first", "b/c.mp4": "other"}


def test_what_does_not_match_is_counted(films):
    rows = [{"file_name": "a.mp4", "caption": 7}, {"file_name": "gone.mp4", "caption": "x"}, {"caption": "nobody's"}]
    (films / "captions.jsonl").write_text("\n".join(map(json.dumps, rows)))
    source = background_source(films)
    assert [info.caption for info in source.infos] == ["", ""]
    assert source.skipped == {
        "captions.jsonl": "captions.jsonl is used, but 1 captions name no video of the folder (the first: gone.mp4) "
        "and 2 videos have no caption (the first: a.mp4)."
    }


def test_broken_unicode_in_a_caption_can_still_be_written(films):
    (films / "captions.json").write_text(r'{"a.mp4": "a \ud800 b", "b/c.mp4": "fine"}')
    assert captions(films)["a.mp4"] == "a ? b"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("captions.csv", "file_name,caption\na.mp4,caf\xe9\n".encode("latin-1"), r"is not UTF-8 text \(byte 27\)"),
        ("metadata.jsonl", b"\xff\xfe", "is not UTF-8 text"),
        ("captions.csv", b'file_name,caption\na.mp4,"open', "cannot be read"),
        ("captions.csv", b"file_name,title\na.mp4,x\n", "no column for the file .* its columns: file_name, title"),
        ("captions.csv", b"", "its columns: none"),
        ("captions.json", b"[1, 2]", "it holds no records"),
        ("captions.json", b"[" * 100_000, "cannot be read"),
        ("captions.jsonl", b'{"file_name": "a.mp4", "caption"', "cannot be read"),
    ],
)
def test_a_broken_file_is_an_error(films, name, content, reason):
    (films / name).write_bytes(content)
    with pytest.raises(AssetError, match=rf"{name} .*{reason}") as caught:
        background_source(films)
    assert "caption / text" in caught.value.expected
    assert "take the file out" in caught.value.fix
