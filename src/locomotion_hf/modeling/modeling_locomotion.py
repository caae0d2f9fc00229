"""LocoMotion: a video encoder and a text encoder in one space, and a cross-modal encoder on top.

`LocoMotionModel` is the dual encoder that retrieval needs. `LocoMotionForPreTraining` adds the cross-modal
encoder and the heads, and computes the three losses: contrast (VTC), matching (VTM), masked words (MLM).
"""

import math
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F
from transformers import AutoModel
from transformers.modeling_outputs import BaseModelOutputWithPooling
from transformers.processing_utils import Unpack
from transformers.utils import TransformersKwargs, can_return_tuple

from .base_locomotion import LocoMotionOutput, LocoMotionPreTrainedModel
from .checks_locomotion import check_batch, check_clips, check_foils, check_texts
from .configuration_locomotion import LocoMotionConfig
from .cross_modal_locomotion import LocoMotionCrossModalEncoder, LocoMotionMLMHead
from .frame_cosines_locomotion import mean_of_cosines
from .image_video_encoder_locomotion import LocoMotionImageVideoModel
from .losses_locomotion import (
    IGNORED,
    LocoMotionTemperature,
    contrastive_loss,
    contrastive_targets,
    foil_similarities,
    mask_tokens,
    masked_word_loss,
    matching_loss,
    share,
    similarities,
)
from .matching_locomotion import Readings, add_pairs, draw_pairs, readable, score_candidates
from .native_video_encoder_locomotion import LocoMotionNativeVideoModel
from .processes_locomotion import default_group_ids, gather
from .video_encoder_locomotion import LocoMotionVideoModel

# By their classes: as remote code, two files of one repository can hold two copies of a configuration class, and
# AutoModel finds a model by the class of its configuration.
_VIDEO_MODELS = {
    model.config_class.model_type: model
    for model in (LocoMotionVideoModel, LocoMotionImageVideoModel, LocoMotionNativeVideoModel)
}


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
        self.video_model = _VIDEO_MODELS[config.video_config.model_type]._from_config(config.video_config)
        self.text_model = AutoModel.from_config(config.text_config, add_pooling_layer=False)
        dim, bias = config.projection_dim, config.projection_bias
        self.video_projection = nn.Linear(config.video_config.hidden_size, dim, bias=bias)
        self.text_projection = nn.Linear(config.text_config.hidden_size, dim, bias=bias)
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
            normalised, as CLIP in transformers 5 has it. `forward` normalises. Where frames are compared one by one
            (`compares_frames` in the configuration), `(B, projection_dim + 1)`, see `mean_of_cosines`.
        """
        check_clips(pixel_values_videos, self.config.video_config.num_channels)
        output = self.video_model(pixel_values_videos=pixel_values_videos, return_dict=True, **kwargs)
        projected = self.video_projection(output.pooler_output)
        output.pooler_output = mean_of_cosines(projected) if self.config.compares_frames else projected
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
            normalised; one zero longer where frames are compared one by one.
        """
        check_texts(input_ids, attention_mask, self.config.text_config)
        output = self.text_model(input_ids=input_ids, attention_mask=attention_mask, return_dict=True, **kwargs)
        projected = self.text_projection(output.last_hidden_state[:, 0])
        return BaseModelOutputWithPooling(
            last_hidden_state=output.last_hidden_state,
            pooler_output=F.pad(projected, (0, 1)) if self.config.compares_frames else projected,
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
        negative_input_ids: torch.Tensor | None = None,
        negative_attention_mask: torch.Tensor | None = None,
        **kwargs: Unpack[TransformersKwargs],
    ) -> LocoMotionOutput:
        """Compare each video with each text.

        Args:
            input_ids: `(B, L)` int64.
            pixel_values_videos: `(B, T, C, H, W)` float.
            attention_mask: `(B, L)`, 0 for padding.
            group_ids: `(B,)` int64; clips of one group are true of each other's texts. None: each its own.
            return_loss: whether to compute VTC, for which every process needs the same B.
            negative_input_ids: `(B, F, L)` int64, foils: texts that are false of their own clip. VTC holds them
                against that clip alone, as they may be true of another.
            negative_attention_mask: `(B, F, L)`, 0 for padding, all zero where a clip has fewer than F foils.
            **kwargs: handed on to both encoders.

        Returns:
            The similarities and the unit-length vectors, and `loss` = `loss_vtc` when asked for. For one
            modality alone there are `get_video_features` and `get_text_features`.
        """
        # PEFT names inputs_embeds in every call; some image transformers call their own tokens so.
        of_video = {name: value for name, value in kwargs.items() if name != "inputs_embeds"}
        video = self.get_video_features(pixel_values_videos, **of_video)
        text = self.get_text_features(input_ids, attention_mask, **kwargs)
        video_embeds = F.normalize(video.pooler_output, dim=-1)
        text_embeds = F.normalize(text.pooler_output, dim=-1)
        logits_per_video = self.temperature(similarities(video_embeds, text_embeds))
        foils, logits_per_foil, foil_accuracy = None, None, None
        if negative_input_ids is not None:
            check_batch(len(input_ids), pixel_values_videos=pixel_values_videos)
            check_foils(len(input_ids), negative_input_ids, negative_attention_mask, self.config.text_config)
            ids, mask, there = readable(negative_input_ids, negative_attention_mask)
            foils = self.get_text_features(ids, mask)
            foil_embeds = F.normalize(foils.pooler_output, dim=-1).unflatten(0, there.shape)
            logits_per_foil = self.temperature(foil_similarities(video_embeds, foil_embeds))
            foil_accuracy = share(logits_per_foil < logits_per_video.diagonal()[:, None], there)
            # Not minus infinity, which times a target of zero is no number.
            logits_per_foil = logits_per_foil.masked_fill(~there, torch.finfo(logits_per_foil.dtype).min)
        loss = None
        if return_loss:
            check_batch(len(input_ids), pixel_values_videos=pixel_values_videos, group_ids=group_ids)
            weight = self.config.foil_vtc_weight
            if group_ids is None:
                group_ids = default_group_ids(len(video_embeds), video_embeds.device)
            loss = contrastive_loss(
                self.temperature(similarities(video_embeds, gather(text_embeds))),
                self.temperature(similarities(text_embeds, gather(video_embeds))),
                contrastive_targets(group_ids, gather(group_ids)),
                None if logits_per_foil is None or not weight else logits_per_foil + math.log(weight),
            )
        return LocoMotionOutput(
            loss=loss,
            loss_vtc=loss,
            logits_per_video=logits_per_video,
            logits_per_text=logits_per_video.T,
            logits_per_foil=logits_per_foil,
            video_embeds=video_embeds,
            text_embeds=text_embeds,
            foil_vtc_accuracy=foil_accuracy,
            video_model_output=video,
            text_model_output=text,
            foil_model_output=foils,
        )


class LocoMotionForPreTraining(LocoMotionPreTrainedModel):
    """LocoMotion with its cross-modal encoder and the three losses of pre-training."""

    _tied_weights_keys = {"mlm_head.decoder.weight": "model.text_model.embeddings.word_embeddings.weight"}

    def __init__(self, config: LocoMotionConfig) -> None:
        super().__init__(config)
        width = config.cross_modal_config.hidden_size
        self.model = LocoMotionModel(config)
        # BERT's cross-attention reads keys of its own width, so the video's tokens are brought to it.
        self.video_to_cross_modal = (
            nn.Linear(config.video_config.hidden_size, width) if config.project_video_states else nn.Identity()
        )
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
        rows: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Read each text in the light of its video.

        Args:
            video_states: `(V, N, Dv)`, `last_hidden_state` of `get_video_features`.
            text_states: `(B, L, D)`, `last_hidden_state` of `get_text_features`.
            attention_mask: `(B, L)`, 0 for padding.
            rows: `(B,)` int64, the video of each text. None: B / V texts for each video, one video's after the
                other's; so with V = B, text i is read in the light of video i.

        Returns:
            `(B, L, D)`.

        Raises:
            ValueError: without `rows`, V does not divide B.
        """
        if rows is None and len(text_states) % len(video_states):
            raise ValueError(
                f"video_states has {len(video_states)} rows and text_states {len(text_states)}. Expected: as many, "
                "or equally many texts for each video. To fix it: pass rows, the video of each text."
            )
        video_states = self.video_to_cross_modal(video_states)
        return self.cross_modal_encoder(text_states, attention_mask, video_states, rows).last_hidden_state

    def match_logits(
        self,
        video_states: torch.Tensor,
        text_states: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Does the text describe the video? Row i judges video i with text i.

        Args:
            video_states: `(B, N, Dv)`, `last_hidden_state` of `get_video_features`; or `(V, N, Dv)` with B / V
                texts for each video, one video's after the other's.
            text_states: `(B, L, D)`, `last_hidden_state` of `get_text_features`.
            attention_mask: `(B, L)`, 0 for padding.

        Returns:
            `(B, 2)` logits: no, yes.
        """
        return self.vtm_head(self.fuse(video_states, text_states, attention_mask)[:, 0])

    def score(
        self,
        video_states: torch.Tensor,
        text_states: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        candidates: torch.Tensor | None = None,
        pairs_at_once: int = 256,
    ) -> torch.Tensor:
        """How well texts describe videos, for re-ranking: many texts to a video.

        `match_logits` brings a video's tokens to keys and values once for each pair; here this, most of the work,
        is done once for a video (if it has more than `pairs_at_once` texts, once for each so many).

        Args:
            video_states: `(V, N, Dv)`, `last_hidden_state` of `get_video_features`.
            text_states: `(T, L, D)`, `last_hidden_state` of `get_text_features`.
            attention_mask: `(T, L)`, 0 for padding.
            candidates: `(V, K)` int64, the texts that each video is judged with. None: all, K = T.
            pairs_at_once: how many pairs are in memory together.

        Returns:
            `(V, K)`: the logit of "match" minus that of "no match".

        Raises:
            ValueError: `candidates` has another number of rows than `video_states`.
        """
        return score_candidates(
            self.match_logits, video_states, text_states, attention_mask, candidates, pairs_at_once
        )

    def _judge(self, fused: torch.Tensor, weights: torch.Tensor, output: LocoMotionOutput) -> None:
        """VTM over `(P, L, D)`: B right pairs, as many wrong videos and wrong texts, then foils."""
        logits, size = self.vtm_head(fused[:, 0]), len(output.video_embeds)  # type: ignore[arg-type]
        labels = torch.arange(len(logits), device=logits.device) < size
        output.loss_vtm = matching_loss(logits, labels, weights)
        right, counted = logits.argmax(1) == labels, weights > 0
        output.vtm_accuracy = share(right[: 3 * size], counted[: 3 * size])
        if len(logits) > 3 * size:
            output.foil_vtm_accuracy = share(right[3 * size :], counted[3 * size :])

    def _guess(self, fused: torch.Tensor, mlm_labels: torch.Tensor, output: LocoMotionOutput) -> None:
        """MLM over `(B, L, D)`; words are scored at the masked places alone."""
        asked = mlm_labels != IGNORED
        logits, labels = self.mlm_head(fused[asked]), mlm_labels[asked]
        output.loss_mlm = masked_word_loss(logits, labels)
        right = logits.argmax(1) == labels
        output.mlm_accuracy = share(right, torch.ones_like(right))
        if self.config.motion_token_ids is not None:
            motion = torch.isin(labels, torch.tensor(self.config.motion_token_ids, device=labels.device))
            output.mlm_motion_accuracy, output.mlm_other_accuracy = share(right, motion), share(right, ~motion)

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
        negative_input_ids: torch.Tensor | None = None,
        negative_attention_mask: torch.Tensor | None = None,
        **kwargs: Unpack[TransformersKwargs],
    ) -> LocoMotionOutput:
        """One step of pre-training.

        Args:
            input_ids: `(B, L)` int64, the first token CLS.
            pixel_values_videos: `(B, T, C, H, W)` float.
            attention_mask: `(B, L)`, 0 for padding; None: none is.
            group_ids: `(B,)` int64; clips of one group are positives for each other in VTC, over all
                processes, and never negatives in VTM. None: each its own.
            scene_ids: `(B,)` int64; clips of one scene share object and background: twins, which make each
                other's hardest negatives in VTM. None: negatives come from the whole batch.
            mlm_input_ids: `(B, L)` masked ids. None: masked here.
            mlm_labels: `(B, L)` what they were, -100 where not asked; given exactly when `mlm_input_ids` is.
            generator: source of the draws for masking and negatives, so that a step can be repeated.
            return_loss: False computes the similarities alone.
            negative_input_ids: `(B, F, L)` int64, foils: texts that are false of their own clip, and more
                negatives for it in VTC and VTM, see `foil_vtc_weight` and `foil_vtm_weight` of the configuration.
                L may differ from that of `input_ids`.
            negative_attention_mask: `(B, F, L)`, 0 for padding, all zero where a clip has fewer than F foils.
            **kwargs: handed on to both encoders.

        Returns:
            `LocoMotionOutput`. The mean of a loss over processes is that of the whole batch.

        Raises:
            ValueError: only one of `mlm_input_ids` and `mlm_labels` is given, or arguments differ in their rows.
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
            negative_input_ids=negative_input_ids,
            negative_attention_mask=negative_attention_mask,
            return_loss=return_loss and config.vtc_weight > 0,
            **kwargs,
        )
        if not return_loss:
            return output
        check_batch(
            len(input_ids),
            pixel_values_videos=pixel_values_videos,
            group_ids=group_ids,
            scene_ids=scene_ids,
            mlm_input_ids=mlm_input_ids,
            mlm_labels=mlm_labels,
        )
        if attention_mask is None:
            attention_mask = torch.ones_like(input_ids)
        if group_ids is None:
            group_ids = default_group_ids(len(input_ids), input_ids.device)
        text_states = output.text_model_output.last_hidden_state
        # One pass for matching and masked words, so that the keys and values of a video are computed once.
        readings = Readings(output.video_model_output.last_hidden_state)
        if config.vtm_weight > 0:
            embeds = output.video_embeds, output.text_embeds
            pairs = draw_pairs(*embeds, self.model.temperature, group_ids, scene_ids, config, generator)
            add_pairs(readings, pairs, text_states, attention_mask)
            weights = [torch.ones_like(pairs.there).float(), pairs.there, pairs.there]
            if negative_input_ids is not None and config.foil_vtm_weight > 0:
                _, mask, there = readable(negative_input_ids, negative_attention_mask)
                rows = readings.own.repeat_interleave(there.shape[1])
                readings.add(output.foil_model_output.last_hidden_state, mask, rows)
                weights.append(config.foil_vtm_weight * there.flatten())
        judged = len(readings)
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
            readings.add(
                self.model.get_text_features(mlm_input_ids, attention_mask).last_hidden_state, attention_mask
            )
        terms = [] if output.loss_vtc is None else [config.vtc_weight * output.loss_vtc]
        if len(readings):
            fused = self.fuse(*readings.together())
        if config.vtm_weight > 0:
            self._judge(fused[:judged], torch.cat(weights), output)
            terms.append(config.vtm_weight * output.loss_vtm)
        if config.mlm_weight > 0 and mlm_labels is not None:
            self._guess(fused[judged:, : input_ids.shape[1]], mlm_labels, output)
            terms.append(config.mlm_weight * output.loss_mlm)
        output.loss = sum(terms) if terms else None
        return output


__all__ = ["LocoMotionForPreTraining", "LocoMotionModel", "LocoMotionOutput", "LocoMotionPreTrainedModel"]
