"""Low-rank adapters (LoRA, by PEFT) for every part of the model: small files that train where the model does not.

    model = AutoModelForPreTraining.from_pretrained("locomotion")
    model = attach(model, rank=16)
    ...  # train; only the adapters and the heads have gradients
    model.save_pretrained("adapter")
    model = model.merge_and_unload()  # one plain model again

What was saved is loaded by `AutoModelForPreTraining.from_pretrained("adapter")`, by `AutoModel` likewise, by
`model.load_adapter("adapter")`, or by `PeftModel.from_pretrained(model, "adapter")`.

Which layers get adapters follows from what each encoder is. The heads and the temperature are trained whole and
saved with the adapter.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from peft import LoraConfig, PeftModel, TaskType, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import PreTrainedConfig, PreTrainedModel

from locomotion_hf.errors import OutputError, TrainingError
from locomotion_hf.files import write_whole

Part = Literal["video", "text", "cross_modal"]
#: Where each part lies in the models.
PARTS: dict[Part, str] = {"video": "video_model", "text": "text_model", "cross_modal": "cross_modal_encoder"}

_BERT = (
    ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"),
    ("intermediate.dense", "output.dense"),
)
_VIT = (
    ("attention.q_proj", "attention.k_proj", "attention.v_proj", "attention.o_proj"),
    ("mlp.fc1", "mlp.fc2"),
)
_OLDER_VIT = (
    ("attention.attention.query", "attention.attention.key", "attention.attention.value", "attention.output.dense"),
    ("intermediate.dense", "output.dense"),
)
_CLIP = (
    ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.out_proj"),
    ("mlp.fc1", "mlp.fc2"),
)
#: By model_type: linear maps of a layer's attention, and of its feed-forward network, as transformers 5.23 names them
#: (inside `layer.0` and the like). Source: the modules themselves; a test builds each family and trains its adapters.
LAYER_TARGETS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "locomotion_video": (("attention.qkv", "attention.output"), ("mlp.0", "mlp.2")),
    "beit": _VIT,
    "deit": _VIT,
    "dinov2": _VIT,
    "dinov2_with_registers": _VIT,
    "dinov3_vit": (_VIT[0], ("mlp.up_proj", "mlp.down_proj")),
    "ijepa": _VIT,
    "vit": _VIT,
    "vivit": _VIT,
    "clip_vision_model": _CLIP,
    "siglip_vision_model": _CLIP,
    "siglip2_vision_model": _CLIP,
    "data2vec-vision": _OLDER_VIT,
    "timesformer": (
        (
            "attention.attention.qkv",
            "attention.output.dense",
            "temporal_attention.attention.qkv",
            "temporal_attention.output.dense",
        ),
        ("temporal_dense", "intermediate.dense", "output.dense"),
    ),
    "videomae": _OLDER_VIT,
    "vjepa2": (("attention.query", "attention.key", "attention.value", "attention.proj"), ("mlp.fc1", "mlp.fc2")),
    "bert": _BERT,
    "camembert": _BERT,
    "distilbert": (
        ("attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin"),
        ("ffn.lin1", "ffn.lin2"),
    ),
    "electra": _BERT,
    "mpnet": (
        ("attention.attn.q", "attention.attn.k", "attention.attn.v", "attention.attn.o"),
        ("intermediate.dense", "output.dense"),
    ),
    "roberta": _BERT,
    "xlm-roberta": _BERT,
}

#: An image model without linear maps: what looks along time gets adapters, its convolutions none.
CONVOLUTIONAL = "locomotion_efficientnet_lite"

#: Trained whole and saved with the adapter. Predicting words keeps its last layer: it is the word embedding, tied,
#: and a copy of it would be larger than all adapters together.
HEADS = (
    "temperature",
    "video_projection",
    "text_projection",
    "video_to_cross_modal",
    "vtm_head",
    "mlm_head.dense",
    "mlm_head.norm",
)
#: What no image model and no BERT brings along, so that there is nothing yet for an adapter to adapt: each module
#: whose name ends so.
NEW_PARTS = (r"crossattention", r"temporal_layers\.\d+", r"frame_positions", r"token_norm")


def layer_targets(model_type: str, layers: Literal["attention", "all"] = "attention") -> tuple[str, ...]:
    """Names, inside one layer of an encoder, of the linear maps that get an adapter.

    Args:
        model_type: of the encoder's configuration, such as "beit" or "bert".
        layers: "attention", or "all" for the feed-forward networks too.

    Raises:
        TrainingError: the family is not in `LAYER_TARGETS`.
    """
    if model_type not in LAYER_TARGETS:
        raise TrainingError(
            f"an encoder of type {model_type!r}.",
            f"one of {', '.join(sorted(LAYER_TARGETS))}.",
            f'name its layers\' linear maps: targets={{"{model_type}": ["attention.q_proj", ...]}}.',
        )
    attention, feed_forward = LAYER_TARGETS[model_type]
    return attention if layers == "attention" else attention + feed_forward


def target_pattern(path: str, names: Iterable[str]) -> str:
    """A regular expression for linear maps inside the layers of one part.

    Args:
        path: of the part, such as "video_model"; "" for an encoder by itself.
        names: inside a layer, from `layer_targets`.

    Returns:
        What `LoraConfig.target_modules` takes. It fits the dual encoder and the pre-training model alike, and
        leaves out a predictor that only the encoder's own pre-training used (V-JEPA 2 has one).
    """
    inside = "|".join(re.escape(name) for name in names)
    start = rf"(?:.*\.)?{re.escape(path)}\." if path else ""
    return rf"{start}(?!(?:.*\.)?predictor\.)(?:.*\.)?\w*layers?\.\d+\.(?:{inside})"


def _part_targets(
    config: PreTrainedConfig, part: Part, layers: Literal["attention", "all"], targets: Mapping[str, Sequence[str]]
) -> tuple[str, tuple[str, ...]]:
    """The family of a part, and the names inside its layers."""

    def names(family: str) -> tuple[str, ...]:
        return tuple(targets[family]) if family in targets else layer_targets(family, layers)

    if part != "video":
        family = config.text_config.model_type if part == "text" else config.cross_modal_config.model_type
        across = tuple(f"cross{name}" for name in names(family) if name.startswith("attention."))
        return family, names(family) + (across if part == "cross_modal" else ())
    video = config.video_config
    if video.model_type == "locomotion_image_video":
        # The attention along time is the one of our own encoder.
        family = video.image_config.model_type
        if family == CONVOLUTIONAL:
            return family, (*targets.get(family, ()), *layer_targets("locomotion_video"))
        return family, names(family) + layer_targets("locomotion_video")
    family = video.encoder_config.model_type if video.model_type == "locomotion_native_video" else video.model_type
    return family, names(family)


def _ends(model: PreTrainedModel, wanted: Iterable[str]) -> list[str]:
    """The ends of the names of modules that match, of those with parameters; PEFT would skip a wrong one silently."""
    having = [name for name, module in model.named_modules() if next(module.parameters(), None) is not None]
    found = (re.search(rf"(?:^|\.)({end})$", name) for end in wanted for name in having)
    return list(dict.fromkeys(match[1] for match in found if match))


def _check_switched_on(model: PreTrainedModel) -> None:
    scales = [p for name, p in model.named_parameters() if re.search(r"temporal_layers\.\d+\.scale$", name)]
    if scales and not any(scale.any() for scale in scales):
        raise TrainingError(
            "a model whose attention along time is switched off: every scale is zero.",
            "one that was trained, or new_parts=True.",
            "pass new_parts=True, or it would stay blind to the order of frames: an adapter leaves scales alone.",
        )


def lora_config(
    model: PreTrainedModel,
    *,
    rank: int = 16,
    alpha: float = 32,
    dropout: float = 0.0,
    parts: Sequence[Part] = ("video", "text", "cross_modal"),
    layers: Literal["attention", "all"] = "attention",
    new_parts: bool = False,
    targets: Mapping[str, Sequence[str]] | None = None,
    **settings: Any,
) -> LoraConfig:
    """Settings of LoRA that suit the encoders of a model.

    Args:
        model: a `LocoMotionModel` or `LocoMotionForPreTraining`.
        rank: of the adapters. Source: own choice; LoRA's paper (arXiv 2106.09685) sees little gain above 8.
        alpha: adapters are scaled by alpha / rank. Source: own choice, twice the rank.
        dropout: on what enters an adapter.
        parts: which encoders get adapters; the dual encoder has no cross-modal one.
        layers: "attention", or "all" for the feed-forward networks too.
        new_parts: the model comes straight from `from_encoders`, so train in full what its encoders did not bring,
            attention along time and cross-attention: adapters of random weights would be of little use.
        targets: names inside a layer for encoders that `LAYER_TARGETS` lacks, or instead of it, by model_type.
        **settings: anything else that `peft.LoraConfig` takes, such as `use_dora=True`. (Load a DoRA through
            `PeftModel`: transformers 5.23 does not find its magnitudes, says so, and goes on with new ones.)

    Returns:
        A configuration for `attach`, `peft.get_peft_model` or `model.add_adapter`.

    Raises:
        TrainingError: an encoder of an unknown family, names that no layer has, or a model whose attention along
            time was never trained, without `new_parts`.
    """
    whole = _ends(model, NEW_PARTS) if new_parts else []
    if "video" in parts and not new_parts:
        _check_switched_on(model)
    modules = [name for name, _ in model.named_modules()]
    patterns = []
    for part in parts:
        if part == "cross_modal" and not _ends(model, [PARTS[part]]):
            continue
        family, names = _part_targets(model.config, part, layers, targets or {})
        for name in names:
            one = re.compile(target_pattern(PARTS[part], [name]))
            if not any(one.fullmatch(module) for module in modules):
                raise TrainingError(
                    f"{name} is in no layer of the {part} encoder ({family}).",
                    "names of linear maps inside its layers.",
                    "look them up with model.named_modules(), and pass them as targets.",
                )
        patterns.append(target_pattern(PARTS[part], names))
    if not patterns:
        raise TrainingError(
            f"parts={tuple(parts)}.", f"one or more of {', '.join(PARTS)} that the model has.", "name another part."
        )
    return LoraConfig(
        r=rank,
        lora_alpha=alpha,
        lora_dropout=dropout,
        target_modules="|".join(f"(?:{pattern})" for pattern in patterns),
        exclude_modules=rf".*\.(?:{'|'.join(NEW_PARTS)})\..*" if whole else None,
        modules_to_save=_ends(model, map(re.escape, HEADS)) + whole,
        # Without a task, PEFT's AutoPeftModel refuses an adapter.
        task_type=TaskType.FEATURE_EXTRACTION,
        **settings,
    )


def attach(model: PreTrainedModel, config: LoraConfig | None = None, **settings: Any) -> PeftModel:
    """Give a model adapters; afterwards only they, the heads and the temperature have gradients.

    Args:
        model: a `LocoMotionModel` or `LocoMotionForPreTraining`; it is changed. Save one that was just made, and
            load it from there: an adapter names the folder of the model that it belongs to.
        config: from `lora_config`. None: made here.
        **settings: of `lora_config`.

    Returns:
        A `peft.PeftModel` with the same inputs and outputs, and at first the same results.
    """
    if config is not None and settings:
        raise TrainingError(
            f"a config together with {', '.join(settings)}.", "one of them.", "give the settings to lora_config."
        )
    return get_peft_model(model, config or lora_config(model, **settings))


def retrieval_adapter(adapter: str | Path, output_dir: str | Path) -> Path:
    """Make an adapter of the pre-training model one of the dual encoder inside it.

    transformers reads a pre-training adapter into `LocoMotionModel` by itself; `PeftModel` and
    `AutoPeftModelForFeatureExtraction` need this.

    Args:
        adapter: folder of an adapter that was trained with `LocoMotionForPreTraining`.
        output_dir: folder for the new one.

    Returns:
        The folder.

    Raises:
        TrainingError: the adapter is one of the dual encoder already.
        OutputError: `output_dir` is the adapter's own folder.
    """
    source, target = Path(adapter), Path(output_dir)
    if source.resolve() == target.resolve():
        raise OutputError(f"{target} is the adapter itself.", "another folder.", "name a new output_dir.")
    before, after = "base_model.model.model.", "base_model.model."
    weights = load_file(source / "adapter_model.safetensors")
    kept = {name.replace(before, after, 1): value for name, value in weights.items() if name.startswith(before)}
    if not kept:
        raise TrainingError(
            f"{source} holds no weight whose name starts with {before}.",
            "an adapter that was trained with LocoMotionForPreTraining.",
            "use it as it is, if it was trained with LocoMotionModel.",
        )
    config = json.loads((source / "adapter_config.json").read_text())
    config["modules_to_save"] = [
        name for name in config["modules_to_save"] if any(f".{name}." in weight for weight in kept)
    ]
    target.mkdir(parents=True, exist_ok=True)
    save_file(kept, target / "adapter_model.safetensors", metadata={"format": "pt"})
    write_whole(target / "adapter_config.json", (json.dumps(config, indent=2, sort_keys=True) + "\n").encode())
    return target


__all__ = ["HEADS", "LAYER_TARGETS", "attach", "layer_targets", "lora_config", "retrieval_adapter", "target_pattern"]
