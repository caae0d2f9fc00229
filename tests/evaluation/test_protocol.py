import json
import os
import platform
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from locomotion_hf.errors import EvaluationError, OutputError
from locomotion_hf.evaluation.protocol import command_line, git_state, machine, stamp, write_results


def a_stamp(**changes):
    settings = {
        "seeds": {"data": 0, "bootstrap": 1},
        "num_frames": 8,
        "sampling": "evenly spaced",
        "resolution": 64,
        "precision": "float32",
        "queries": ["b", "a"],
        "candidates": ["a", "b", "c"],
        "argv": ["scripts/evaluate.py", "--frames", "8"],
    }
    return stamp(**(settings | changes))


def test_a_stamp_says_how_to_do_it_again():
    made = a_stamp()
    assert set(made) == {
        *("command", "commit", "dirty", "packages", "machine", "seeds", "frames", "sampling", "resolution"),
        *("precision", "queries", "candidates", "split_hash", "date"),
    }
    assert made["command"] == ["scripts/evaluate.py", "--frames", "8"]
    assert (made["queries"], made["candidates"]) == (2, 3)
    assert made["packages"]["numpy"] == np.__version__
    assert made["machine"]["cores"] == os.cpu_count()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", made["date"])
    assert json.loads(json.dumps(made)) == made


def test_a_stamp_names_nobody():
    text = json.dumps(a_stamp(argv=[str(Path.home() / "evaluate.py"), f"--out={Path.home()}/x/y.json"]))
    assert str(Path.home()) not in text
    assert f'"{platform.node()}"' not in text
    assert "node" not in machine()


def test_the_split_hash_depends_on_who_was_asked_and_searched_and_on_nothing_else():
    one = a_stamp()["split_hash"]
    assert re.fullmatch("[0-9a-f]{32}", one)
    assert a_stamp(queries=["a", "b"], candidates=["c", "b", "a"], num_frames=4)["split_hash"] == one
    assert a_stamp(queries=["a", "c"])["split_hash"] != one
    assert a_stamp(queries=["a", "b", "c"], candidates=["a", "b"])["split_hash"] != one


def test_paths_are_cut_to_what_is_nobodys(tmp_path, monkeypatch):
    inside = tmp_path / "clone"
    inside.mkdir()
    monkeypatch.chdir(inside)
    monkeypatch.setenv("HOME", str(tmp_path / "home" / "someone"))
    given = [
        f"{inside}/scripts/pretrain.py",
        "--model=/somewhere/else/locomotion",
        "~/videos",
        "--mix=a:/data/one,b:/data/two",
        "results/x.json",
        "--url=https://example.org/a/b",
        "--note=1/2",
        f"file://{tmp_path}/home/someone/x",
    ]
    assert command_line(given) == [
        "scripts/pretrain.py",
        "--model=locomotion",
        "videos",
        "--mix=a:one,b:two",
        "results/x.json",
        "--url=https://example.org/a/b",
        "--note=1/2",
        "file://~/x",
    ]


def test_the_commit_is_that_of_the_file(tmp_path):
    def git(*arguments):
        command = [
            "git",
            "-C",
            str(tmp_path),
            "-c",
            "user.name=n",
            "-c",
            "user.email=e@example.org",
            *arguments,
        ]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    file, other = tmp_path / "a.py", tmp_path / "b.py"
    file.write_text("1")
    assert git_state(file) == (None, None)
    git("init", "-q")
    assert git_state(file) == (None, None)
    git("add", "a.py")
    git("commit", "-q", "-m", "one")
    other.write_text("2")
    assert git_state(file) == (git("rev-parse", "HEAD"), False)
    assert git_state(other) == (None, None)
    file.write_text("3")
    assert git_state(file) == (git("rev-parse", "HEAD"), True)


def test_results_are_sorted_and_read_back(tmp_path):
    path = tmp_path / "new" / "folder" / "figures.json"
    payload = {
        "b": np.float32(0.5),
        "a": {"ranks": np.arange(3), "z": (1, None, "é")},
        "e": {},
        "n": np.int64(3),
    }
    assert write_results(path, payload) == path
    assert path.read_text(encoding="utf-8") == (
        '{\n  "a": {\n    "ranks": [0, 1, 2],\n    "z": [1, null, "é"]\n  },\n  "b": 0.5,\n  "e": {},\n  "n": 3\n}\n'
    )
    assert json.loads(path.read_text(encoding="utf-8"))["a"]["ranks"] == [0, 1, 2]
    write_results(path, {"a": 1})
    assert json.loads(path.read_text()) == {"a": 1}
    assert os.listdir(path.parent) == ["figures.json"]


@pytest.mark.parametrize("bad", [float("nan"), np.float32("inf"), np.array([1.0, np.nan])])
def test_a_nan_is_refused_and_the_old_file_stays(tmp_path, bad):
    path = write_results(tmp_path / "figures.json", {"r1": 0.5})
    with pytest.raises(EvaluationError, match=r"figures\.r1(\[1\])? is (nan|inf)\. Expected: a finite number"):
        write_results(path, {"figures": {"r1": bad}})
    assert json.loads(path.read_text()) == {"r1": 0.5}


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"file/x\.json cannot be written: .*To fix it: name another file"):
        write_results(tmp_path / "file" / "x.json", {})
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(OutputError, match=r"folder\.json cannot be written: Is a directory"):
        write_results(tmp_path / "folder.json", {})
    assert sorted(os.listdir(tmp_path)) == ["file", "folder.json"]
