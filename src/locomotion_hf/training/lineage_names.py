"""The names of Singularity's and VindLU's weights, and ours.

Source: the code of jayleicn/singularity at 10a7f70 and klauscc/VindLU at 3046548 (both MIT); names on our side are
ours and those of transformers 5.23.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """Where our pre-training model keeps its parts: the starts of their names.

    Attributes:
        video: the video encoder: BEiT in `image_model`, and `temporal_layers`, one for each block.
        text, cross_modal: the text encoder and the cross-modal encoder.
        dual: the dual encoder, with the projections and the temperature.
        heads: what stands beside it.
    """

    video: str = "model.video_model."
    text: str = "model.text_model."
    cross_modal: str = "cross_modal_encoder."
    dual: str = "model."
    heads: str = ""


#: Original names (regular expressions) that are left out and not missed, and why.
UNUSED = {
    r".*\.position_ids": "a table of numbers that is computed",
    r".*\.relative_position_index": "a table of numbers that is computed",
    r"vision_encoder\.encoder\.layer\.\d+\.temp_model\.linear\.(weight|bias)": "the original never applies it",
    r"text_encoder\.pooler\..*": "the original reads CLS itself, not its pooling",
    r"text_encoder\.cls\.predictions\.decoder\.bias": "text_encoder.cls.predictions.bias again",
    r"text_decoder\..*": "it writes answers to questions; retrieval does without",
}
#: Original names that the original computes with and ours cannot, and why.
LOST = {
    r"temporal_vision_encoder\..*": "layers over time behind the image model; ours relates frames in every block",
    r"temporal_embeddings": "positions of frames behind the image model; ours come before its blocks",
}
#: Inside one BEiT layer: original name to ours.
_BEIT_LAYER = {
    "attention.attention.query": "attention.q_proj",
    "attention.attention.key": "attention.k_proj",
    "attention.attention.value": "attention.v_proj",
    "attention.output.dense": "attention.o_proj",
    "intermediate.dense": "mlp.fc1",
    "output.dense": "mlp.fc2",
    "layernorm_before": "layernorm_before",
    "layernorm_after": "layernorm_after",
}
#: Of VindLU's attention over time: query, key and value lie in one tensor, in this order, as in ours.
_OVER_TIME = {
    "temp_model.norm": "norm",
    "temp_model.temporal_attn": "attention.qkv",
    "temp_model.temporal_attn.out_proj": "attention.output",
}
#: Beside the encoders: original name to ours.
_HEADS = {
    "itm_head": "vtm_head",
    "text_encoder.cls.predictions.transform.dense": "mlm_head.dense",
    "text_encoder.cls.predictions.transform.LayerNorm": "mlm_head.norm",
}
TIED = "text_encoder.cls.predictions.decoder.weight"
WORDS = "embeddings.word_embeddings.weight"


def _video_name(name: str, layout: Layout) -> str | None:
    """Our name of a weight of the image model."""
    image = f"{layout.video}image_model."
    if re.fullmatch(r"embeddings\.(cls_token|patch_embeddings\.projection\.(weight|bias))", name):
        return image + name
    if name == "embeddings.temporal_position_embeddings":
        return f"{layout.video}frame_positions.weight"
    if re.fullmatch(r"pooler\.layernorm\.(weight|bias)", name):
        return image + name
    match = re.fullmatch(r"encoder\.layer\.(\d+)\.(.*)", name)
    if not match:
        return None
    layer, inside = match[1], match[2]
    ours, over_time = f"{image}layers.{layer}.", f"{layout.video}temporal_layers.{layer}."
    module, _, kind = inside.rpartition(".")
    if inside in ("lambda_1", "lambda_2"):
        return ours + inside
    if module == "attention.attention.relative_position_bias":
        return f"{ours}relative_position_bias.{kind}"  # the same table, row for row
    if module in _BEIT_LAYER:
        return f"{ours}{_BEIT_LAYER[module]}.{kind}"
    if module in _OVER_TIME:
        return f"{over_time}{_OVER_TIME[module]}.{kind.removeprefix('in_proj_')}"
    return f"{over_time}scale" if inside == "temp_model.scale" else None


def our_name(name: str, layout: Layout, text_layers: int) -> str | None:
    """Our name of a weight; None for an unknown one."""
    if name.startswith("vision_encoder."):
        return _video_name(name.removeprefix("vision_encoder."), layout)
    module, _, kind = name.rpartition(".")
    if name == "text_encoder.cls.predictions.bias":
        return f"{layout.heads}mlm_head.decoder.bias"
    if module in _HEADS:
        return f"{layout.heads}{_HEADS[module]}.{kind}"
    if module == "vision_layernorm":
        return f"{layout.video}token_norm.{kind}"
    if module in ("vision_proj", "text_proj"):
        return f"{layout.dual}{module.replace('vision', 'video').replace('proj', 'projection')}.{kind}"
    if match := re.fullmatch(r"text_encoder\.(embeddings\..*)", name):
        return layout.text + match[1]
    if match := re.fullmatch(r"text_encoder\.encoder\.layer\.(\d+)\.(.*)", name):
        layer = int(match[1])
        if layer < text_layers:
            return f"{layout.text}encoder.layer.{layer}.{match[2]}"
        return f"{layout.cross_modal}encoder.layer.{layer - text_layers}.{match[2]}"
    return None


def reason(name: str, table: dict[str, str]) -> str:
    """The reason that a table gives for a name; "" for none."""
    return next((why for pattern, why in table.items() if re.fullmatch(pattern, name)), "")


__all__ = ["LOST", "TIED", "UNUSED", "WORDS", "Layout", "our_name", "reason"]
