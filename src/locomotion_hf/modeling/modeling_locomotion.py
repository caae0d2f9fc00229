"""LocoMotion: a video encoder and a text encoder in one space, and a cross-modal encoder on top.

`LocoMotionModel` is the dual encoder that retrieval needs. `LocoMotionForPreTraining` adds the cross-modal
encoder and the heads, and computes the three losses: contrast (VTC), matching (VTM), masked words (MLM).
"""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F
from transformers import AutoModel, PreTrainedModel
from transformers import initialization as init
from transformers.modeling_outputs import BaseModelOutputWithPooling
from transformers.processing_utils import Unpack
from transformers.utils import ModelOutput, TransformersKwargs, can_return_tuple

from .configuration_locomotion import LocoMotionConfig
from .cross_modal_locomotion import LocoMotionCrossModalEncoder, LocoMotionMLMHead
from .losses_locomotion import (
    IGNORED,
    LocoMotionTemperature,
    contrastive_loss,
    contrastive_targets,
    default_group_ids,
    gather,
    mask_tokens,
    sample_negatives,
    similarities,
    weighted_mean,
)
from .video_encoder_locomotion import LocoMotionVideoModel


@dataclass
class LocoMotionOutput(ModelOutput):
    """What LocoMotion returns; B is the batch of this process.

    Attributes:
        loss: the weighted sum of the losses below, a scalar.
        loss_vtc, loss_vtm, loss_mlm: scalars, unweighted; None where not computed.
        logits_per_video: `(B, B)` cosine similarities over temperature, one row per video.
        logits_per_text: `(B, B)`, its transpose.
        video_embeds, text_embeds: `(B, projection_dim)`, of unit length.
        vtm_accuracy, mlm_accuracy: shares of right answers, scalars without gradient.
        video_model_output: `last_hidden_state` `(B, N, D)`, and the projected, not normalised vector.
        text_model_output: the same of the text, `(B, L, D)`.
    """

    loss: torch.Tensor | None = None
    loss_vtc: torch.Tensor | None = None
    loss_vtm: torch.Tensor | None = None
    loss_mlm: torch.Tensor | None = None
    logits_per_video: torch.Tensor | None = None
    logits_per_text: torch.Tensor | None = None
    video_embeds: torch.Tensor | None = None
    text_embeds: torch.Tensor | None = None
    vtm_accuracy: torch.Tensor | None = None
    mlm_accuracy: torch.Tensor | None = None
    video_model_output: BaseModelOutputWithPooling | None = None
    text_model_output: BaseModelOutputWithPooling | None = None

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


class LocoMotionModel(LocoMotionPreTrainedModel):
    """The dual encoder: a video and a text, each to one vector in a common space."""

    # A pre-training checkpoint holds more than this model; these parts are left out on purpose.
    _keys_to_ignore_on_load_unexpected = [
        r"^cross_modal_encoder\.",
        r"^video_to_cross_modal\.",
        r"^vtm_head\.",
        r"^mlm_head\.",
    ]

    def __init__(self, config: LocoMotionConfig) -> None:
        super().__init__(config)
        if config.video_config.model_type == LocoMotionVideoModel.config_class.model_type:
            # By its class: as remote code, two files of one repository can hold two copies of a configuration
            # class, and AutoModel finds a model by the class of its configuration.
            self.video_model = LocoMotionVideoModel._from_config(config.video_config)
        else:
            self.video_model = AutoModel.from_config(config.video_config)
        self.text_model = AutoModel.from_config(config.text_config, add_pooling_layer=False)
        self.video_projection = nn.Linear(config.video_config.hidden_size, config.projection_dim, bias=False)
        self.text_projection = nn.Linear(config.text_config.hidden_size, config.projection_dim, bias=False)
        self.temperature = LocoMotionTemperature(config)
        self.post_init()

    def get_input_embeddings(self) -> nn.Module:
        """The word embeddings."""
        return self.text_model.get_input_embeddings()

    def set_input_embeddings(self, value: nn.Module) -> None:
        """Replace the word embeddings."""
        self.text_model.set_input_embeddings(value)

    @can_return_tuple
    def get_video_features(
        self, pixel_values_videos: torch.Tensor, **kwargs: Unpack[TransformersKwargs]
    ) -> BaseModelOutputWithPooling:
        """Encode clips.

        Args:
            pixel_values_videos: `(B, T, C, H, W)` float, from `LocoMotionVideoProcessor`.
            **kwargs: handed on to the video encoder.

        Returns:
            `last_hidden_state` `(B, N, D)`, and `pooler_output` `(B, projection_dim)`: projected but not
            normalised, as CLIP in transformers 5 has it. `forward` normalises.
        """
        output = self.video_model(pixel_values_videos=pixel_values_videos, return_dict=True, **kwargs)
        output.pooler_output = self.video_projection(output.pooler_output)
        return output

    @can_return_tuple
    def get_text_features(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        **kwargs: Unpack[TransformersKwargs],
    ) -> BaseModelOutputWithPooling:
        """Encode texts.

        Args:
            input_ids: `(B, L)` int64, the first token CLS.
            attention_mask: `(B, L)`, 0 for padding.
            **kwargs: handed on to the text encoder.

        Returns:
            `last_hidden_state` `(B, L, D)`, and `pooler_output` `(B, projection_dim)`: CLS projected, not
            normalised.
        """
        output = self.text_model(input_ids=input_ids, attention_mask=attention_mask, return_dict=True, **kwargs)
        return BaseModelOutputWithPooling(
            last_hidden_state=output.last_hidden_state,
            pooler_output=self.text_projection(output.last_hidden_state[:, 0]),
            hidden_states=output.hidden_states,
            attentions=output.attentions,
        )

    @can_return_tuple
    def forward(
        self,
        input_ids: torch.Tensor,
        pixel_values_videos: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        group_ids: torch.Tensor | None = None,
        return_loss: bool | None = None,
        **kwargs: Unpack[TransformersKwargs],
    ) -> LocoMotionOutput:
        """Compare each video with each text.

        Args:
            input_ids: `(B, L)` int64.
            pixel_values_videos: `(B, T, C, H, W)` float.
            attention_mask: `(B, L)`, 0 for padding.
            group_ids: `(B,)` int64; clips of one group are true of each other's texts. None: each its own.
            return_loss: whether to compute VTC, for which every process needs the same B.
            **kwargs: handed on to both encoders.

        Returns:
            The similarities and the unit-length vectors, and `loss` = `loss_vtc` when asked for. For one
            modality alone there are `get_video_features` and `get_text_features`.
        """
        video = self.get_video_features(pixel_values_videos, **kwargs)
        text = self.get_text_features(input_ids, attention_mask, **kwargs)
        video_embeds = F.normalize(video.pooler_output, dim=-1)
        text_embeds = F.normalize(text.pooler_output, dim=-1)
        loss = None
        if return_loss:
            if group_ids is None:
                group_ids = default_group_ids(len(video_embeds), video_embeds.device)
            loss = contrastive_loss(
                self.temperature(similarities(video_embeds, gather(text_embeds))),
                self.temperature(similarities(text_embeds, gather(video_embeds))),
                contrastive_targets(group_ids, gather(group_ids)),
            )
        logits_per_video = self.temperature(similarities(video_embeds, text_embeds))
        return LocoMotionOutput(
            loss=loss,
            loss_vtc=loss,
            logits_per_video=logits_per_video,
            logits_per_text=logits_per_video.T,
            video_embeds=video_embeds,
            text_embeds=text_embeds,
            video_model_output=video,
            text_model_output=text,
        )


class LocoMotionForPreTraining(LocoMotionPreTrainedModel):
    """LocoMotion with its cross-modal encoder and the three losses of pre-training."""

    _tied_weights_keys = {"mlm_head.decoder.weight": "model.text_model.embeddings.word_embeddings.weight"}

    def __init__(self, config: LocoMotionConfig) -> None:
        super().__init__(config)
        width = config.cross_modal_config.hidden_size
        self.model = LocoMotionModel(config)
        # BERT's cross-attention reads keys of its own width, so the video's tokens are brought to it.
        self.video_to_cross_modal = nn.Linear(config.video_config.hidden_size, width)
        self.cross_modal_encoder = LocoMotionCrossModalEncoder._from_config(config.cross_modal_config)
        self.vtm_head = nn.Linear(width, 2)
        self.mlm_head = LocoMotionMLMHead(config)
        self.post_init()

    def get_output_embeddings(self) -> nn.Module:
        """The layer that scores words."""
        return self.mlm_head.decoder

    def set_output_embeddings(self, value: nn.Linear) -> None:
        """Replace the layer that scores words."""
        self.mlm_head.decoder = value

    def get_video_features(self, *args: Any, **kwargs: Any) -> BaseModelOutputWithPooling:
        """See `LocoMotionModel.get_video_features`."""
        return self.model.get_video_features(*args, **kwargs)

    def get_text_features(self, *args: Any, **kwargs: Any) -> BaseModelOutputWithPooling:
        """See `LocoMotionModel.get_text_features`."""
        return self.model.get_text_features(*args, **kwargs)

    def fuse(
        self,
        video_states: torch.Tensor,
        text_states: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Read each text in the light of its video.

        Args:
            video_states: `(B, N, Dv)`, `last_hidden_state` of `get_video_features`.
            text_states: `(B, L, D)`, `last_hidden_state` of `get_text_features`.
            attention_mask: `(B, L)`, 0 for padding.

        Returns:
            `(B, L, D)`.
        """
        video_states = self.video_to_cross_modal(video_states)
        return self.cross_modal_encoder(text_states, attention_mask, video_states).last_hidden_state

    def match_logits(
        self,
        video_states: torch.Tensor,
        text_states: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Does the text describe the video? Row i judges video i with text i.

        Args:
            video_states: `(B, N, Dv)`, `last_hidden_state` of `get_video_features`.
            text_states: `(B, L, D)`, `last_hidden_state` of `get_text_features`.
            attention_mask: `(B, L)`, 0 for padding.

        Returns:
            `(B, 2)` logits: no, yes.
        """
        return self.vtm_head(self.fuse(video_states, text_states, attention_mask)[:, 0])

    def _matching(
        self,
        video_states: torch.Tensor,
        text_states: torch.Tensor,
        attention_mask: torch.Tensor,
        logits_per_video: torch.Tensor,
        group_ids: torch.Tensor,
        scene_ids: torch.Tensor | None,
        generator: torch.Generator | None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """VTM loss and accuracy: each pair, each text with a wrong video, each video with a wrong text.

        The wrong video is of the text's own scene where there is one: only its motion is wrong. The wrong text
        comes from the whole batch, so that objects still matter.
        """
        wrong_video, has_video = sample_negatives(logits_per_video.T, group_ids, generator, scene_ids)
        wrong_text, has_text = sample_negatives(logits_per_video, group_ids, generator)
        logits = self.match_logits(
            torch.cat([video_states, video_states[wrong_video], video_states]),
            torch.cat([text_states, text_states, text_states[wrong_text]]),
            torch.cat([attention_mask, attention_mask, attention_mask[wrong_text]]),
        )
        labels = torch.arange(len(logits), device=logits.device) < len(video_states)
        # A row without a valid negative stays, so that no shape depends on the data, and weighs nothing.
        weights = torch.cat([torch.ones_like(has_video), has_video, has_text])
        losses = F.cross_entropy(logits, labels.long(), reduction="none")
        right = (logits.argmax(1) == labels).to(losses.dtype)
        return weighted_mean(losses, weights), weighted_mean(right, weights)

    def _masked_words(
        self,
        video_states: torch.Tensor,
        mlm_input_ids: torch.Tensor,
        mlm_labels: torch.Tensor,
        attention_mask: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """MLM loss and accuracy over the masked places, for which alone words are scored."""
        text_states = self.model.get_text_features(mlm_input_ids, attention_mask).last_hidden_state
        asked = mlm_labels != IGNORED
        logits = self.mlm_head(self.fuse(video_states, text_states, attention_mask)[asked])
        labels = mlm_labels[asked]
        losses = F.cross_entropy(logits, labels, reduction="none")
        right = (logits.argmax(1) == labels).to(losses.dtype)
        return weighted_mean(losses, torch.ones_like(losses)), weighted_mean(right, torch.ones_like(right))

    @can_return_tuple
    def forward(
        self,
        input_ids: torch.Tensor,
        pixel_values_videos: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        group_ids: torch.Tensor | None = None,
        scene_ids: torch.Tensor | None = None,
        mlm_input_ids: torch.Tensor | None = None,
        mlm_labels: torch.Tensor | None = None,
        generator: torch.Generator | None = None,
        return_loss: bool = True,
        **kwargs: Unpack[TransformersKwargs],
    ) -> LocoMotionOutput:
        """One step of pre-training.

        Args:
            input_ids: `(B, L)` int64, the first token CLS.
            pixel_values_videos: `(B, T, C, H, W)` float.
            attention_mask: `(B, L)`, 0 for padding; None: none is.
            group_ids: `(B,)` int64; clips of one group are positives for each other in VTC, over all
                processes, and never negatives in VTM. None: each its own.
            scene_ids: `(B,)` int64; clips of one scene share object and background, and make each other's
                hardest negatives in VTM. None: negatives come from the whole batch.
            mlm_input_ids: `(B, L)` masked ids. None: masked here.
            mlm_labels: `(B, L)` what they were, -100 where not asked; given exactly when `mlm_input_ids` is.
            generator: source of the draws for masking and negatives, so that a step can be repeated.
            return_loss: False computes the similarities alone.
            **kwargs: handed on to both encoders.

        Returns:
            `LocoMotionOutput`. Losses are means over this process; their mean over processes is the batch's.

        Raises:
            ValueError: only one of `mlm_input_ids` and `mlm_labels` is given.
        """
        config = self.config
        if (mlm_input_ids is None) != (mlm_labels is None):
            raise ValueError(
                "only one of mlm_input_ids and mlm_labels is given. Expected: both or neither. To fix it: "
                "take both from mask_tokens."
            )
        output = self.model(
            input_ids,
            pixel_values_videos,
            attention_mask,
            group_ids=group_ids,
            return_loss=return_loss and config.vtc_weight > 0,
            **kwargs,
        )
        if not return_loss:
            return output
        if attention_mask is None:
            attention_mask = torch.ones_like(input_ids)
        if group_ids is None:
            group_ids = default_group_ids(len(input_ids), input_ids.device)
        video_states = output.video_model_output.last_hidden_state
        terms = [] if output.loss_vtc is None else [config.vtc_weight * output.loss_vtc]
        if config.vtm_weight > 0:
            output.loss_vtm, output.vtm_accuracy = self._matching(
                video_states,
                output.text_model_output.last_hidden_state,
                attention_mask,
                output.logits_per_video,
                group_ids,
                scene_ids,
                generator,
            )
            terms.append(config.vtm_weight * output.loss_vtm)
        if config.mlm_weight > 0:
            if mlm_input_ids is None or mlm_labels is None:
                mlm_input_ids, mlm_labels = mask_tokens(
                    input_ids,
                    attention_mask,
                    pad_token_id=config.text_config.pad_token_id,
                    cls_token_id=config.cls_token_id,
                    mask_token_id=config.mask_token_id,
                    vocab_size=config.text_config.vocab_size,
                    probability=config.mlm_probability,
                    generator=generator,
                )
            output.loss_mlm, output.mlm_accuracy = self._masked_words(
                video_states, mlm_input_ids, mlm_labels, attention_mask
            )
            terms.append(config.mlm_weight * output.loss_mlm)
        output.loss = sum(terms) if terms else None
        return output


__all__ = ["LocoMotionForPreTraining", "LocoMotionModel", "LocoMotionOutput", "LocoMotionPreTrainedModel"]
