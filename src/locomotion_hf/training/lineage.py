"""Read public checkpoints of Singularity and VindLU, and rename their weights to ours.

Both are BEiT over frames, and one BERT of which the lower layers read the text and the upper ones, with
cross-attention, the text in the light of the video. VindLU adds attention over time to every block of BEiT. Each
weight is either renamed, or named as left out with the reason. Where none is lost, the model computes what the
original computes.

    state = read_checkpoint("ckpt_09.pth")
    model = LocoMotionForPreTraining(config_of(state))
    print(report(load(convert(state), model)))

Source: shapes and settings in the code of jayleicn/singularity at 10a7f70 and klauscc/VindLU at 3046548.
"""

from __future__ import annotations

import math
import pickle
import re
from dataclasses import dataclass, field
from pathlib import Path

import torch
from transformers import PreTrainedModel

from locomotion_hf.errors import TrainingError
from locomotion_hf.modeling import LocoMotionConfig
from locomotion_hf.modeling.presets_locomotion import LINEAGE_VIDEO

from .lineage_names import LOST, TIED, UNUSED, WORDS, Layout, our_name, reason

State = dict[str, torch.Tensor]

#: Width of an attention head of BERT, base and large; no shape in a checkpoint tells it.
HEAD_WIDTH = 64


@dataclass
class Conversion:
    """A checkpoint in our names.

    Attributes:
        weights: our name to tensor.
        unused: original names that no result depends on, with the reason.
        lost: original names that the original computes with and ours has no place for, with the reason.
        added: names of ours that the original lacks, with what they are set to.
        origin: our name to the original one.
    """

    weights: State = field(default_factory=dict)
    unused: dict[str, str] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)
    added: dict[str, str] = field(default_factory=dict)
    origin: dict[str, str] = field(default_factory=dict)


#: Names of ours, as far as they end so, that a model of other settings than `config_of` gives lacks.
NO_PLACE = {
    "frame_positions.weight": "positions of frames on the tokens; frame_positions is not 'tokens' in the model",
    "token_norm.weight": "a layer norm of the video's tokens; token_norm is False in the model",
    "token_norm.bias": "a layer norm of the video's tokens; token_norm is False in the model",
    "_projection.bias": "an offset in the common space; projection_bias is False in the model",
}
#: What no weight shows.
DIFFERENCES = ("in training alone: VindLU leaves out a tenth of its looks along time (drop path), ours none",)


class _Ignored:
    """Stands for any object of a checkpoint that is not a tensor: its code is never run."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        pass

    def __setstate__(self, state: object) -> None:
        pass


def read_checkpoint(path: str | Path) -> State:
    """The weights in a checkpoint file, without running anything that the file says.

    Args:
        path: a `.pth` of Singularity or VindLU (torch 1.6 or later wrote it).

    Returns:
        Original name to tensor.

    Raises:
        TrainingError: the file holds no weights.
    """
    try:
        # They keep their settings, objects of classes of their own, beside the weights.
        foreign = torch.serialization.get_unsafe_globals_in_checkpoint(path)
        with torch.serialization.safe_globals([(_Ignored, name) for name in foreign]):
            content = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError) as error:
        raise TrainingError(
            f"{path} cannot be read ({str(error).splitlines()[0]}).",
            "a checkpoint that torch.save wrote.",
            "unpack the archive first, and name the .pth file in it.",
        ) from error
    state = content.get("model", content) if isinstance(content, dict) else None
    if not state or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise TrainingError(
            f"{path} holds a {type(content).__name__} without weights.",
            'a dictionary of tensors, or one under "model".',
            "name a checkpoint of Singularity or VindLU.",
        )
    return {name.removeprefix("module."): value for name, value in state.items()}


def _plain_bert(state: State) -> State:
    """Pre-training wraps BERT once more than fine-tuning does."""
    return {name.replace("text_encoder.bert.", "text_encoder.", 1): value for name, value in state.items()}


def _layers(state: State, pattern: str) -> list[int]:
    return sorted({int(match[1]) for name in state if (match := re.match(pattern, name))})


def config_of(state: State) -> LocoMotionConfig:
    """The configuration of our model that a checkpoint's weights fit, read off their shapes.

    Args:
        state: original name to tensor.

    Raises:
        TrainingError: these are not the weights of a Singularity or VindLU with BEiT and BERT.
    """
    state = _plain_bert(state)
    beit, bert = r"vision_encoder\.encoder\.layer\.(\d+)\.", r"text_encoder\.encoder\.layer\.(\d+)\."
    needed = {
        "patches": "vision_encoder.embeddings.patch_embeddings.projection.weight",
        "distances": "vision_encoder.encoder.layer.0.attention.attention.relative_position_bias."
        "relative_position_bias_table",
        "mlp": "vision_encoder.encoder.layer.0.intermediate.dense.weight",
        "words": f"text_encoder.{WORDS}",
        "positions": "text_encoder.embeddings.position_embeddings.weight",
        "types": "text_encoder.embeddings.token_type_embeddings.weight",
        "text_mlp": "text_encoder.encoder.layer.0.intermediate.dense.weight",
        "projection": "vision_proj.weight",
    }
    missing = [name for name in needed.values() if name not in state]
    crossing = _layers(state, bert + "crossattention")
    if missing or not crossing:
        raise TrainingError(
            f"{len(state)} weights without {(missing or ['text_encoder...crossattention'])[0]}.",
            "Singularity or VindLU with BEiT as image model and layers of BERT for text and fusion.",
            "name such a checkpoint; those with ViT, DeiT or Swin are not converted.",
        )
    shape = {what: tuple(state[name].shape) for what, name in needed.items()}
    frames = state.get("vision_encoder.embeddings.temporal_position_embeddings")
    width, text_width, patch = shape["patches"][0], shape["positions"][1], shape["patches"][-1]
    # (2 n - 1) ** 2 distances between n x n patches, and three that concern CLS.
    side = (math.isqrt(shape["distances"][0] - 3) + 1) // 2
    # The rest is as BERT-base and BEiT-B are published, and `faithful` is what both trees do with them.
    text = {
        "model_type": "bert",
        "hidden_size": text_width,
        "num_attention_heads": max(1, text_width // HEAD_WIDTH),
        "intermediate_size": shape["text_mlp"][0],
        "vocab_size": shape["words"][0],
        "max_position_embeddings": shape["positions"][0],
        "type_vocab_size": shape["types"][0],
    }
    image = {
        "model_type": "beit",
        "hidden_size": width,
        "num_hidden_layers": len(_layers(state, beit)),
        "num_attention_heads": shape["distances"][1],
        "intermediate_size": shape["mlp"][0],
        "image_size": side * patch,
        "patch_size": patch,
        "use_relative_position_bias": True,
    }
    video = {"model_type": "locomotion_image_video", "image_config": image}
    return LocoMotionConfig.faithful(
        video_config={
            **video,
            **LINEAGE_VIDEO,
            "token_norm": "vision_layernorm.weight" in state,
            **({} if frames is None else {"num_frames": frames.shape[1]}),
        },
        text_config={**text, "num_hidden_layers": crossing[0]},
        cross_modal_config={**text, "num_hidden_layers": len(crossing)},
        projection_dim=shape["projection"][0],
    )


def convert(state: State, layout: Layout | None = None) -> Conversion:
    """Rename a checkpoint's weights to ours; tensors are shared, not copied.

    Args:
        state: original name to tensor, from `read_checkpoint`.
        layout: where our model keeps its parts.

    Returns:
        Each original weight in exactly one of `weights` (by `origin`), `unused` and `lost`.

    Raises:
        TrainingError: not such a checkpoint, or one with a weight that is neither known nor known to be left out.
    """
    layout = layout or Layout()
    config = config_of(state)
    plain = _plain_bert(state)
    result = Conversion()
    for original, (name, value) in zip(state, plain.items(), strict=True):
        if why := reason(name, UNUSED):
            result.unused[original] = why
        elif why := reason(name, LOST):
            _leave_out(result, original, name, value, why)
        elif name == "temp":
            # Ours is kept as a logarithm; the original clamps it to the same range at every step.
            value = value.float().clamp(config.temperature_min, config.temperature_max).log()
            result.weights[f"{layout.dual}temperature.log_tau"] = value
            result.origin[f"{layout.dual}temperature.log_tau"] = original
        elif name == TIED:
            if not torch.equal(value, plain[f"text_encoder.{WORDS}"]):
                raise TrainingError(
                    f"{original} differs from the word embeddings.",
                    "the same tensor, as the original ties them.",
                    "name a checkpoint that Singularity or VindLU wrote.",
                )
            result.unused[original] = "the word embeddings again"
        elif ours := our_name(name, layout, config.text_config.num_hidden_layers):
            result.weights[ours], result.origin[ours] = value, original
        else:
            raise TrainingError(
                f"{original}, {tuple(value.shape)}, is unknown.",
                "the weights of Singularity or VindLU with BEiT and BERT, as published.",
                "leave it out of the checkpoint if your own changes need it no more.",
            )
    # Tied in ours too; and without a head for masked words, what stands there must not replace the embeddings.
    result.weights[f"{layout.heads}mlm_head.decoder.weight"] = plain[f"text_encoder.{WORDS}"]
    result.origin[f"{layout.heads}mlm_head.decoder.weight"] = result.origin[layout.text + WORDS]
    return result


def _leave_out(result: Conversion, original: str, name: str, value: torch.Tensor, why: str) -> None:
    """File a weight that ours has no place for; what is only added changes nothing while it is zero."""
    if name.endswith(("temporal_embeddings", "frame_positions.weight", "_projection.bias")) and not value.any():
        result.unused[original] = "all zero, so it changes nothing"
    else:
        result.lost[original] = why


def load(conversion: Conversion, model: PreTrainedModel, layout: Layout | None = None) -> Conversion:
    """Load converted weights into a model, every one of its parameters.

    What only one side has is settled here: a weight that the model has no place for becomes `lost`, and a parameter
    that the original lacks is set to what changes nothing.

    Args:
        conversion: from `convert`.
        model: made of `config_of`; its parameters are replaced.
        layout: the one given to `convert`.

    Returns:
        The conversion as it was loaded.

    Raises:
        TrainingError: a shape differs, or a parameter of the model is in neither.
    """
    layout = layout or Layout()
    wanted = model.state_dict()
    result = Conversion(unused=dict(conversion.unused), lost=dict(conversion.lost))
    for name, value in conversion.weights.items():
        if name in wanted:
            # A number by itself is `()` there and `(1,)` here.
            result.weights[name] = value.reshape(1) if value.ndim == 0 and wanted[name].ndim == 1 else value
            result.origin[name] = conversion.origin[name]
        else:
            original = conversion.origin[name]
            why = next((why for end, why in NO_PLACE.items() if name.endswith(end)), "our model has no such weight")
            _leave_out(result, original, name, value, why)
    off = not any(name.endswith(".scale") for name in result.weights)  # Singularity has no attention over time
    for name in [name for name in wanted if name not in result.weights]:
        neutral, why = _neutral(name.removeprefix(layout.video), wanted[name], off)
        if neutral is None:
            raise TrainingError(
                f"{name} of the model is not in the checkpoint.",
                "a model made of config_of(state).",
                "give the model the checkpoint's configuration.",
            )
        result.weights[name], result.added[name] = neutral, why
    for name, value in result.weights.items():
        if value.shape != wanted[name].shape:
            raise TrainingError(
                f"{name} is {tuple(value.shape)} in the checkpoint and {tuple(wanted[name].shape)} in the model.",
                "equal shapes.",
                "give the model the configuration that config_of reads off the checkpoint.",
            )
    model.load_state_dict(result.weights)
    return result


def _neutral(name: str, current: torch.Tensor, off: bool) -> tuple[torch.Tensor | None, str]:
    """What a parameter that the original lacks is set to, so that it changes nothing; None where that is unknown."""
    if name == "frame_positions.weight":
        return torch.zeros_like(current), "zero: the original adds no positions of frames to the tokens"
    if re.fullmatch(r"temporal_layers\.\d+\.scale", name):
        return torch.zeros_like(current), "zero: the original has no attention over time, so ours starts switched off"
    if off and name.startswith("temporal_layers."):
        return current, "as it was made: the scale of zero switches it off"
    if name.startswith("mlm_head."):
        return current, "as it was made: a fine-tuned checkpoint has no head for masked words"
    return None, ""


def report(conversion: Conversion) -> str:
    """What became of a checkpoint, for a person: counts, and each reason once."""
    lines = [f"{len(conversion.origin)} weights renamed"]
    for kind in ("unused", "lost", "added"):
        table: dict[str, str] = getattr(conversion, kind)
        for why in dict.fromkeys(table.values()):
            names = [name for name, given in table.items() if given == why]
            lines.append(f"{len(names)} {kind} ({names[0]}{', ...' if names[1:] else ''}): {why}")
    return "\n".join([*lines, *(f"different: {text}" for text in DIFFERENCES)])


__all__ = ["Conversion", "config_of", "convert", "load", "read_checkpoint", "report"]
