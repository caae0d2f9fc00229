"""Every figure in the README comes from a committed results file."""

import json
import runpy
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_readme_shows_the_committed_results(monkeypatch: pytest.MonkeyPatch) -> None:
    script = ROOT / "scripts" / "render_results.py"
    monkeypatch.setattr(sys, "argv", [str(script), "--check"])
    runpy.run_path(str(script), run_name="__main__")  # exits with a sentence where it does not


RUNS = [f"pretrain_{name}.json" for name in ("motion", "spatial", "full", "twins")]


@pytest.mark.parametrize("name", RUNS)
def test_runs_say_how_they_were_made(name: str) -> None:
    stamp = json.loads((ROOT / "results" / name).read_text())["stamp"]
    assert stamp["commit"]
    assert stamp["dirty"] is False
    assert "pretrain.py" in stamp["command"][0]
    assert {"run", "evaluation", "bootstrap"} <= set(stamp["seeds"])
    assert stamp["machine"]["cpu"]
