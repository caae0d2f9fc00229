"""The fidelity table says of the code what the code says, and marks every row."""

import ast
import importlib
import re
from pathlib import Path

import pytest

from locomotion_hf.dataset.recipe import Recipe
from locomotion_hf.modeling import LocoMotionConfig
from locomotion_hf.training import PretrainingArguments

CARD = (Path(__file__).parents[1] / "model_cards" / "fidelity.md").read_text()
TABLES = [line.strip("| ").split(" | ") for line in CARD.splitlines() if line.startswith("| ")]
ROWS = [cells for cells in TABLES if len(cells) > 2 and cells[0] != "setting" and set(cells[0]) != {"-"}]
VALUES = re.findall(r"`([^`]+)` \(`([\w.]+)`\)", CARD)
ROOTS = {
    "LocoMotionConfig": LocoMotionConfig(),
    "PretrainingArguments": PretrainingArguments(),
    "Recipe": Recipe(),
    "faithful": LocoMotionConfig.faithful(),
}


def value_of(name):
    """What the code has under a dotted name, which begins with one of `ROOTS` or with a module of the package."""
    root, _, rest = name.partition(".")
    if root not in ROOTS:
        module, name = re.fullmatch(r"([a-z_.]+)\.([A-Z].*)", name).groups()
        root, _, rest = name.partition(".")
        value = getattr(importlib.import_module(f"locomotion_hf.{module}"), root)
    else:
        value = ROOTS[root]
    for part in filter(None, rest.split(".")):
        value = value[part] if isinstance(value, dict) else getattr(value, part)
    return value


@pytest.mark.parametrize(("stated", "name"), VALUES, ids=[name for _, name in VALUES])
def test_what_is_stated_of_the_code_is_so(stated, name):
    assert value_of(name) == ast.literal_eval(stated)


def test_every_row_is_whole_and_marked():
    assert len(ROWS) > 60
    for cells in ROWS:
        assert len(cells) == 5, cells
        assert all(cell.strip() for cell in cells), cells
        assert cells[-1] in ("known", "inferred", "guessed"), cells
        assert cells[1].startswith("not told") == (cells[-1] == "guessed"), cells
    assert {cells[-1] for cells in ROWS} == {"known", "inferred", "guessed"}
    assert len({cells[0] for cells in ROWS}) == len(ROWS)


def test_every_value_in_code_form_is_compared():
    # A number in back-ticks without its name would grow old unseen.
    loose = re.sub(r"`[^`]+` \(`[\w.]+`\)", "", CARD)
    assert not re.findall(r"`[\d(.][^`]*`", loose)
    assert len(VALUES) > 40


def test_it_says_what_it_is():
    assert "unofficial" in CARD.splitlines()[0]
    assert "METHOD" not in CARD
    cited = {
        source
        for cells in ROWS
        for group in re.findall(r"\[([A-Z](?:, [A-Z])*)\]", " ".join(cells))
        for source in group.split(", ")
    }
    explained = set(re.findall(r"\[([A-Z])\]", CARD.split("## Sources")[1]))
    assert cited == explained
