"""LocoMotion's configuration and weights, put together from encoders that are trained already."""

import re
from typing import Any

import torch
from transformers import AutoConfig, AutoModel, AutoModelForMaskedLM, AutoTokenizer, PreTrainedConfig, PreTrainedModel

from .configuration_locomotion import LocoMotionConfig
from .encoder_families_locomotion import (
    DUAL_ENCODERS,
    IMAGE_FAMILIES,
    NATIVE_FAMILIES,
    TEXT_FAMILIES,
    LocoMotionImageVideoConfig,
    LocoMotionNativeVideoConfig,
    refuse_unknown,
)

#: What a cross-modal layer and the text encoder's own have in common.
_LAYER_SETTINGS = (
    "vocab_size",
    "hidden_size",
    "num_attention_heads",
    "intermediate_size",
    "hidden_act",
    "hidden_dropout_prob",
    "attention_probs_dropout_prob",
    "max_position_embeddings",
    "type_vocab_size",
    "initializer_range",
    "layer_norm_eps",
    "pad_token_id",
)
#: What `LocoMotionImageVideoConfig` has that may be said beside the settings of `LocoMotionConfig`.
VIDEO_SETTINGS = ("frame_positions", "skip_single_frames", "token_norm", "mean_over_frames", "layer_norm_eps")
_LAYER = re.compile(r"encoder\.layer\.(\d+)\.(.+)")

Weights = dict[str, torch.Tensor]


def encoders_and_weights(
    video: str | PreTrainedModel | None,
    text: str | PreTrainedModel,
    cross_modal_layers: int | None,
    num_frames: int,
    settings: dict[str, Any],
) -> tuple[LocoMotionConfig, Weights]:
    """What `from_encoders` builds; see there for the arguments.

    Returns:
        The configuration, and weights under the names of `LocoMotionForPreTraining`.
    """
    of_video = {name: settings[name] for name in VIDEO_SETTINGS if name in settings}
    settings = {name: value for name, value in settings.items() if name not in VIDEO_SETTINGS}
    video_config, video_weights = _video_part(video, num_frames, of_video)
    text_config, cross_modal_config, text_weights = _text_part(text, cross_modal_layers)
    # Source of both: the lineage.
    settings = {"projection_dim": 256, "initializer_range": 0.02, **settings}
    if cross_modal_config is not None:
        settings["cross_modal_config"] = cross_modal_config
    if video_config is not None:
        settings = {"project_video_states": video_config.hidden_size != text_config["hidden_size"], **settings}
    config = LocoMotionConfig(
        video_config=video_config, text_config=text_config, **_special_tokens(text, settings), **settings
    )
    return config, video_weights | text_weights


def _video_part(
    video: str | PreTrainedModel | None, num_frames: int, settings: dict[str, Any]
) -> tuple[PreTrainedConfig | None, Weights]:
    if video is None:
        _refuse_settings(settings, "our own small video encoder")
        return None, {}
    config = AutoConfig.from_pretrained(video) if isinstance(video, str) else video.config
    if config.model_type in DUAL_ENCODERS:
        config = getattr(config, DUAL_ENCODERS[config.model_type])
        video = video if isinstance(video, str) else video.vision_model
    refuse_unknown("video", config.model_type, IMAGE_FAMILIES | NATIVE_FAMILIES)
    of_images = config.model_type in IMAGE_FAMILIES
    options = (IMAGE_FAMILIES if of_images else NATIVE_FAMILIES)[config.model_type].options
    trained = AutoModel.from_pretrained(video, config=config, **options) if isinstance(video, str) else video
    name = "image_model" if of_images else "encoder"
    weights = {f"model.video_model.{name}.{n}": weight for n, weight in trained.base_model.state_dict().items()}
    if of_images:
        return LocoMotionImageVideoConfig(image_config=_settings(config), num_frames=num_frames, **settings), weights
    _refuse_settings(settings, config.model_type)
    return LocoMotionNativeVideoConfig(encoder_config=_settings(config)), weights


def _refuse_settings(settings: dict[str, Any], of: str) -> None:
    if settings:
        raise ValueError(
            f"{', '.join(settings)} is given for {of}. Expected: only where video is an image model, whose blocks "
            "are made to look along time. To fix it: leave it out."
        )


def _settings(config: PreTrainedConfig) -> dict[str, Any]:
    """As a dictionary, without the precision of the checkpoint: the parts of a model have one precision."""
    return {name: value for name, value in config.to_dict().items() if name != "dtype"}


def _text_part(
    text: str | PreTrainedModel, cross_modal_layers: int | None
) -> tuple[dict[str, Any], dict[str, Any] | None, Weights]:
    config = AutoConfig.from_pretrained(text) if isinstance(text, str) else text.config
    refuse_unknown("text", config.model_type, TEXT_FAMILIES)
    layers = config.num_hidden_layers
    upper = (layers + 2) // 4 if cross_modal_layers is None else cross_modal_layers
    if not 0 <= upper < layers:
        raise ValueError(
            f"cross_modal_layers is {upper} and the text encoder has {layers} layers. Expected: from 0 to "
            f"{layers - 1}, so that one is left to read texts alone. To fix it: pass fewer."
        )
    if isinstance(text, str):
        scores_words = any(name.endswith(("ForMaskedLM", "ForPreTraining")) for name in config.architectures or [])
        text = (AutoModelForMaskedLM if scores_words else AutoModel).from_pretrained(text)
    prefix = "" if text.base_model is text else f"{text.base_model_prefix}."
    weights: Weights = {}
    for name, weight in text.base_model.state_dict().items():
        found = _LAYER.fullmatch(name)
        above = int(found[1]) - (layers - upper) if found else -1
        if found and above >= 0:
            weights[f"cross_modal_encoder.encoder.layer.{above}.{found[2]}"] = weight
        else:
            weights[f"model.text_model.{name}"] = weight
    if prefix:
        weights |= _word_scores(text.state_dict(), TEXT_FAMILIES[config.model_type].head)
    weights["mlm_head.decoder.weight"] = text.get_input_embeddings().weight  # tied
    text_config = {**_settings(config), "num_hidden_layers": layers - upper}
    shared = {name: getattr(config, name) for name in _LAYER_SETTINGS}
    return text_config, {**shared, "model_type": "bert", "num_hidden_layers": upper} if upper else None, weights


def _word_scores(state: Weights, head: dict[str, str]) -> Weights:
    """Those weights of a checkpoint for masked words that score words, where it has them."""
    ours: Weights = {}
    for name, theirs in head.items():
        for kind in ("weight", "bias"):
            if f"{theirs}.{kind}" in state:
                ours[f"mlm_head.{name}.{kind}"] = state[f"{theirs}.{kind}"]
    return ours


def _special_tokens(text: str | PreTrainedModel, settings: dict[str, Any]) -> dict[str, int]:
    """The ids that the text encoder's tokenizer gives to CLS and the mask, unless both are in the settings."""
    if {"cls_token_id", "mask_token_id"} <= settings.keys():
        return {}
    name = text if isinstance(text, str) else text.name_or_path
    if not name:
        raise ValueError(
            "cls_token_id and mask_token_id are not both given, and text is a model that was not loaded from "
            "anywhere. Expected: a tokenizer beside it, or the ids. To fix it: pass cls_token_id and mask_token_id."
        )
    tokenizer = AutoTokenizer.from_pretrained(name)
    found = {"cls_token_id": tokenizer.cls_token_id, "mask_token_id": tokenizer.mask_token_id}
    return {key: value for key, value in found.items() if key not in settings}
