"""The benchmark runs and writes what it promises; what it measures is never asserted."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "scripts" / "benchmark.py"


@pytest.mark.slow
def test_data_writes_its_figures(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT), "data", "--quick", "--json", str(tmp_path / "data.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    figures = json.loads((tmp_path / "data.json").read_text())
    wanted = {
        "synthesis": {"pil_ms", "ours_ms", "floor_ms"},
        "background": {"decode_480p_ms", "cache_ms"},
        "ingest": {"decode_only_ms", "ingest_ms"},
        "loader": {"decode_each_ms", "ours_ms", "stored_raw_ms", "full_recipe_ms"},
        "storage": {"encode_mp4_ms", "mp4_bytes", "recipe_row_bytes"},
    }
    for group, names in wanted.items():
        assert names <= figures[group].keys()
        assert all(figures[group][name] > 0 for name in names)
    assert figures["ratios"]["pil_to_ours"] > 0
    assert figures["clip"] == {
        "frames": 4,
        "side": 48,
        "objects": 2,
        "covered_pixels": figures["clip"]["covered_pixels"],
    }
    assert figures["quick"] is True
    assert figures["machine"]["cpu"]
    assert str(tmp_path) not in (tmp_path / "data.json").read_text()
    assert "pil_ms" in done.stdout
