"""What the LocoMotion models share: what they return, and how they are built, loaded and initialised."""

import math
from dataclasses import dataclass
from typing import Any, Self

import torch
from torch import nn
from transformers import PreTrainedModel
from transformers import initialization as init
from transformers.modeling_outputs import BaseModelOutputWithPooling
from transformers.utils import ModelOutput

from .configuration_locomotion import LocoMotionConfig
from .from_encoders_locomotion import encoders_and_weights
from .losses_locomotion import LocoMotionTemperature


@dataclass
class LocoMotionOutput(ModelOutput):
    """What LocoMotion returns; B is the batch of this process.

    Attributes:
        loss: the weighted sum of the losses below, a scalar.
        loss_vtc, loss_vtm, loss_mlm: scalars, unweighted; None where not computed.
        logits_per_video: `(B, B)` cosine similarities over temperature, one row per video.
        logits_per_text: `(B, B)`, its transpose.
        logits_per_foil: `(B, F)`, each video with its own foils, where foils were given; the lowest number there is
            in place of one that was not.
        video_embeds, text_embeds: `(B, projection_dim)`, of unit length.
        vtm_accuracy: share of right answers about right pairs, wrong videos and wrong texts; as all that follow, of
            this process, a scalar without gradient.
        mlm_accuracy: share of the masked words that were guessed.
        mlm_motion_accuracy, mlm_other_accuracy: the same of `motion_token_ids` in the configuration, if it has any,
            and of all others; zero where none was masked.
        foil_vtc_accuracy: share of the foils that are less similar to their video than its text is.
        foil_vtm_accuracy: share of the foils that VTM says do not match.
        video_model_output: `last_hidden_state` `(B, N, D)`, and the projected, not normalised vector.
        text_model_output: the same of the text, `(B, L, D)`.
        foil_model_output: the same of the foils, `(B * F, L, D)`.
    """

    loss: torch.Tensor | None = None
    loss_vtc: torch.Tensor | None = None
    loss_vtm: torch.Tensor | None = None
    loss_mlm: torch.Tensor | None = None
    logits_per_video: torch.Tensor | None = None
    logits_per_text: torch.Tensor | None = None
    logits_per_foil: torch.Tensor | None = None
    video_embeds: torch.Tensor | None = None
    text_embeds: torch.Tensor | None = None
    vtm_accuracy: torch.Tensor | None = None
    mlm_accuracy: torch.Tensor | None = None
    mlm_motion_accuracy: torch.Tensor | None = None
    mlm_other_accuracy: torch.Tensor | None = None
    foil_vtc_accuracy: torch.Tensor | None = None
    foil_vtm_accuracy: torch.Tensor | None = None
    video_model_output: BaseModelOutputWithPooling | None = None
    text_model_output: BaseModelOutputWithPooling | None = None
    foil_model_output: BaseModelOutputWithPooling | None = None

    def to_tuple(self) -> tuple[Any, ...]:
        """Plain tuples all the way down."""
        return tuple(value.to_tuple() if isinstance(value, ModelOutput) else value for value in self.values())


class LocoMotionPreTrainedModel(PreTrainedModel):
    """What the LocoMotion models share: how they are loaded, saved and initialised."""

    config: LocoMotionConfig
    base_model_prefix = "model"
    input_modalities = ("video", "text")
    supports_gradient_checkpointing = True
    _supports_sdpa = True
    _supports_flash_attn = True
    _supports_attention_backend = True
    # One number, of which half precision would lose the small steps.
    _keep_in_fp32_modules_strict = ["temperature"]

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)
        if isinstance(module, LocoMotionTemperature):
            init.constant_(module.log_tau, math.log(self.config.temperature_init))

    @classmethod
    def from_encoders(
        cls,
        video: str | PreTrainedModel | None,
        text: str | PreTrainedModel,
        cross_modal_layers: int | None = None,
        *,
        num_frames: int = 4,
        output_loading_info: bool = False,
        **settings: Any,
    ) -> Self | tuple[Self, dict[str, list[str]]]:
        """Start from encoders that are trained already.

        `LocoMotionModel.from_encoders("microsoft/beit-base-patch16-224-pt22k-ft22k", "bert-base-uncased")` is the
        architecture of the paper's lineage. In a model without the cross-modal encoder, the text encoder's upper
        layers are left out.

        Args:
            video: an image transformer (its blocks then look along time, too, which at first changes nothing), an
                image-text model (its image half is taken) or a video encoder, of a family in
                encoder_families_locomotion.py: a folder, a name on the Hub, or the model itself. None: our own
                small one, untrained.
            text: a BERT or RoBERTa, likewise. If its checkpoint knows how to score words, that is taken, too.
            cross_modal_layers: how many of the text encoder's upper layers become the cross-modal encoder, their
                weights kept and cross-attention inserted. None: a quarter, to the nearest, which is the lineage's
                9 + 3 for BERT-base and 4 + 2 for MiniLM. 0: the text encoder keeps all, and the cross-modal
                encoder is new, as `cross_modal_config` among the settings says.
            num_frames: number of frames that the time positions of an image transformer are made for.
            output_loading_info: whether to tell which weights are new.
            **settings: what else `LocoMotionConfig` takes; and where `video` is an image model, VIDEO_SETTINGS of
                from_encoders_locomotion.py. Without `cls_token_id` and `mask_token_id`, both are asked of the text
                encoder's tokenizer.

        Returns:
            The model in evaluation mode, as `from_pretrained` gives it; with `output_loading_info` also
            `{"missing_keys", "unexpected_keys"}`: names of weights that are new, and of given ones that have no
            place.

        Raises:
            ValueError: an encoder is of an unknown family, or there are too few layers.
        """
        config, weights = encoders_and_weights(video, text, cross_modal_layers, num_frames, settings)
        model = cls(config)
        if model.base_model is model:
            prefix = f"{cls.base_model_prefix}."
            weights = {n.removeprefix(prefix): weight for n, weight in weights.items() if n.startswith(prefix)}
        missing, unexpected = model.load_state_dict(weights, strict=False)
        model.eval()
        if output_loading_info:
            return model, {"missing_keys": missing, "unexpected_keys": unexpected}
        return model


__all__ = ["LocoMotionOutput", "LocoMotionPreTrainedModel"]
