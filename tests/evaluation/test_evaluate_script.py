"""The commands as a user types them."""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from locomotion_hf.video_writing import encode_mp4

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs the main function of a script; gives what it printed, or what it ended with."""

    def run(script, *arguments, fails=False):
        spec = importlib.util.spec_from_file_location(f"script_{script}", SCRIPTS / f"{script}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        monkeypatch.setattr(sys, "argv", [f"{script}.py", *map(str, arguments)])
        if not fails:
            module.main()
            return capsys.readouterr().out
        with pytest.raises(SystemExit) as ended:
            module.main()
        return f"{ended.value.code} {capsys.readouterr().err}"

    return run


@pytest.fixture(scope="module")
def videos(tmp_path_factory):
    """A folder of nine clips of three classes with a csv."""
    folder = tmp_path_factory.mktemp("videos")
    lines = ["video,caption"]
    for number in range(9):
        pixels = np.random.default_rng(number).integers(0, 256, (8, 32, 32, 3), dtype=np.uint8)
        (folder / f"{number}.mp4").write_bytes(encode_mp4(pixels, 8))
        lines.append(f"{number}.mp4,{('a cup falls', 'a cup rolls', 'a cup turns')[number % 3]}")
    for name in ("captions.csv",):
        (folder / name).write_text("\n".join(lines) + "\n")
    return folder


def test_two_models_are_evaluated_and_compared(run, saved, videos, tmp_path):
    files = []
    for kind, frames in (("ours", 4), ("clip", 2)):
        files.append(tmp_path / kind / "results.json")
        told = run(
            "evaluate",
            *("--model", saved / kind, "--data", videos, "--split", "train", "--output", files[-1]),
            *("--top_k", 2, "--num_frames", frames, "--batch_size", 3, "--device", "cpu"),
        )
        assert "Asked by template: 3 texts" in told
        assert "V2T R@1 (VTC)" in told
        assert ("V2T mAP (re-ranked)" in told) == (kind == "ours")
        result = json.loads(files[-1].read_text())
        assert result["stamp"]["frames"] == result["settings"]["num_frames"] == frames
        assert str(videos) not in files[-1].read_text()
    told = run("evaluate", "--compare", *files, "--output", tmp_path / "compared.json")
    assert "The two differ in num_frames (4 and 2)." in told
    assert "a - b" in told
    kept = json.loads((tmp_path / "compared.json").read_text())
    assert {"v2t/vtc/r1", "t2v/vtc/map"} <= kept["p"].keys()
    assert kept["runs"]["a"]["kind"] == "LocoMotionForPreTraining"


def test_what_a_user_can_mend_ends_in_a_sentence(run, saved, videos, tmp_path):
    assert "EvaluationError: " in run(
        "evaluate", "--model", tmp_path, "--data", videos, "--split", "train", fails=True
    )
    assert "pass either --model or --compare" in run("evaluate", fails=True)
    # Before a model is looked for.
    told = run("evaluate", "--model", tmp_path, "--data", videos, "--output", tmp_path, fails=True)
    assert "OutputError: " in told
    assert "a file name in a folder that you may write to" in told
    (tmp_path / "other.json").write_text("[]")
    told = run("evaluate", "--compare", tmp_path / "other.json", tmp_path / "none.json", fails=True)
    assert "none.json cannot be read" in told
    told = run("evaluate", "--compare", tmp_path / "other.json", tmp_path / "other.json", fails=True)
    assert "The first result has no" in told


def test_the_cost_of_one_size(run):
    cost = json.loads(run("evaluation_cost", "--one", 50, "--texts", 20, "--top_k", 5))
    assert (cost["candidates"], cost["texts"], cost["dense_bytes"]) == (50, 20, 8000)
    assert cost["cpu_seconds"] > 0
    assert 0 < cost["map"] < 1


@pytest.mark.slow
def test_the_cost_is_measured_in_fresh_processes(run, tmp_path):
    told = run("evaluation_cost", "--sizes", 50, 500, "--texts", 20, "--json", tmp_path / "cost.json")
    runs = json.loads((tmp_path / "cost.json").read_text())["runs"]
    assert [one["candidates"] for one in runs] == [50, 500]
    assert runs[0]["time_per_pair_to_first"] == 1
    assert "time a pair" in told
