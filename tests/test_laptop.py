"""The table at the scale of a laptop: its arithmetic, and the whole of it in small."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from locomotion_hf.errors import LocoMotionError

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def laptop() -> ModuleType:
    spec = importlib.util.spec_from_file_location("laptop", ROOT / "scripts" / "laptop.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _entry(name: str, fraction: float, seed: int, hits: str) -> dict[str, object]:
    return {
        "pretraining": name,
        "fraction": fraction,
        "seed": seed,
        "hits": {"v2t": hits, "t2v": "10"},
        "precisions": {"t2v": [0.5, 0.25]},
        "test": "these clips",
    }


def test_gains_are_paired_by_seed_and_query(laptop: ModuleType) -> None:
    runs = [_entry("motion", 0.2, 0, "1110"), _entry("motion", 0.2, 1, "1100"), _entry("spatial", 0.2, 0, "0010")]
    summary = laptop.summarise(runs, {"v2t": ["a", "a", "b", "b"], "t2v": ["a", "b"]})
    cells = {(one["pretraining"], one["figure"]): one for one in summary["cells"]}
    assert cells["motion", "v2t_r1"]["value"] == pytest.approx(5 / 8)
    assert cells["motion", "v2t_r1"]["seeds"] == [0.75, 0.5]
    assert cells["spatial", "t2v_map"]["value"] == pytest.approx(0.375)
    [gain] = [one for one in summary["differences"] if one["figure"] == "v2t_r1"]
    assert (gain["pretraining"], gain["over"], gain["seeds"]) == ("motion", "spatial", [0.5])  # seed 1 has no partner
    assert gain["low"] <= gain["value"] <= gain["high"]
    [told] = [one["paper"] for one in summary["differences"] if one["figure"] == "t2v_r1"]
    assert told == 14.3
    with pytest.raises(LocoMotionError, match=r"tested on 2 sets of clips \(others, these clips\)"):
        laptop.summarise([*runs, {**runs[0], "test": "others"}], {})


def _probe(name: str, seed: int, value: float, test: str = "these clips") -> dict[str, object]:
    finding = {"value": value, "low": value - 0.1, "high": value + 0.05, "one_frame": None, "chance": 0.5, "clips": 9}
    return {"pretraining": name, "fraction": None, "seed": seed, "test": test, "findings": {"foil/order": finding}}


def test_probes_are_told_between_the_outermost_bounds(laptop: ModuleType) -> None:
    probes = [_probe("motion", 0, 0.5), _probe("motion", 1, 0.7), _probe("verbs", 0, 0.9)]
    [motion, verbs] = laptop.summarise_probes(probes)
    assert (motion["value"], motion["low"], motion["high"]) == pytest.approx((0.6, 0.4, 0.75))
    assert (motion["seeds"], verbs["seeds"]) == ([0.5, 0.7], [0.9])
    [head, _, row] = laptop.probes_table({"probes": [motion, verbs]}, None, "markdown").splitlines()
    assert [cell.strip() for cell in head.split("|")][2:-1] == ["motion", "verbs", "chance"]
    cells = [cell.strip() for cell in row.split("|")][1:-1]
    assert cells == ["foil of order", "60.0 [40.0, 75.0]", "90.0 [80.0, 95.0]", "50.0"]
    with pytest.raises(LocoMotionError, match="tested on 2 sets of clips"):
        laptop.summarise_probes([*probes, _probe("motion", 2, 0.5, "others")])


def test_other_fractions_are_drawn_too(laptop: ModuleType, tmp_path: Path) -> None:
    runs = [_entry(name, 0.5, 0, "1110") for name in ("motion", "spatial")]
    summary = laptop.summarise(runs, {"v2t": ["a", "a", "b", "b"], "t2v": ["a", "b"]})
    assert {one["fraction"] for one in summary["differences"]} == {0.5}
    laptop.plot(summary, tmp_path / "plot.png")
    assert (tmp_path / "plot.png").stat().st_size > 1000


def test_all_found_is_no_certainty(laptop: ModuleType) -> None:
    summary = laptop.summarise([_entry("motion", 1.0, 0, "1111")], {"v2t": ["a", "a", "b", "b"], "t2v": ["a", "b"]})
    [cell] = [one for one in summary["cells"] if one["figure"] == "v2t_r1"]
    assert cell["value"] == 1.0
    assert cell["low"] < 0.5  # two scenes are few
    alike = [_entry(name, 0.2, 0, "1111") for name in ("motion", "spatial")]
    [gain] = [
        one
        for one in laptop.summarise(alike, {"v2t": ["a", "a", "b", "b"], "t2v": ["a", "b"]})["differences"]
        if one["figure"] == "v2t_r1"
    ]
    assert gain["value"] == 0
    assert -gain["low"] == gain["high"] > 0.5


@pytest.mark.slow
def test_stopped_work_goes_on(laptop: ModuleType, tmp_path: Path) -> None:
    """One seed of two rows, untouched and fine-tuned, on few clips; the second call trains nothing."""
    work = tmp_path / "work"
    command = [
        *(sys.executable, str(ROOT / "scripts" / "laptop.py"), "--work_dir", str(work), "--only", "none"),
        *("--seeds", "1", "--fractions", "0", "0.2", "--results", str(tmp_path / "laptop.json")),
        *("--plot", str(tmp_path / "plot.png")),
    ]
    first = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=False)
    assert first.returncode == 0, first.stderr[-2000:]
    written = json.loads((tmp_path / "laptop.json").read_text())
    assert [one["fraction"] for one in written["runs"]] == [0.0, 0.2]
    [probed] = written["probes"]
    assert probed["findings"]["retrieval/clip"]["value"] == pytest.approx(written["runs"][1]["v2t_r1"])
    assert written["runs"][0]["v2t_r1"] < 0.15 < 1  # noise knows nothing
    assert (tmp_path / "plot.png").stat().st_size > 1000
    before = (work / "none-0-0.2" / "results.json").stat().st_mtime_ns
    again = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=False)
    assert "V2T R@1" in again.stdout
    assert (work / "none-0-0.2" / "results.json").stat().st_mtime_ns == before
