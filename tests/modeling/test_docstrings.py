"""Every argument of what is public is explained where it is declared."""

import dataclasses
import inspect
import re

import pytest

from locomotion_hf import modeling
from locomotion_hf.modeling import LocoMotionForPreTraining

CLASSES = [member for name, member in vars(modeling).items() if name in modeling.__all__ and inspect.isclass(member)]
METHODS = [
    method
    for owner in CLASSES
    for name, method in vars(owner).items()
    if inspect.isfunction(method) and (not name.startswith("_") or name == "__call__")
]
#: Of their parents, who explain it.
INHERITED = {"set_input_embeddings", "set_output_embeddings", "check_argument_for_proper_class"}


def explained(docstring, names):
    """Those of the names that open an entry, alone or with others: `one, two: what they are`."""
    entries = re.findall(r"^ *(\**\w+(?:, \w+)*):", docstring, re.MULTILINE)
    return names & {name.strip("* ") for entry in entries for name in entry.split(",")}


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.__qualname__)
def test_arguments_of_methods(method):
    names = set(inspect.signature(method).parameters) - {"self", "cls"}
    if method.__name__ in INHERITED or "See `" in method.__doc__:
        return
    assert explained(method.__doc__, names) == names


@pytest.mark.parametrize("owner", [*filter(dataclasses.is_dataclass, CLASSES)], ids=lambda owner: owner.__name__)
def test_fields_of_configurations_and_outputs(owner):
    names = {name for name in inspect.get_annotations(owner) if not name.startswith("_")}
    names -= {"model_type", "base_config_key"}
    assert names
    assert explained(owner.__doc__, names) == names


def test_an_argument_without_a_word_is_found():
    method = LocoMotionForPreTraining.forward
    assert explained(method.__doc__.replace("scene_ids:", "scenes:"), {"scene_ids", "group_ids"}) == {"group_ids"}
