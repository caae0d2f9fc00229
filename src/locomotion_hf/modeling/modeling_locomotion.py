"""LocoMotion: a video encoder and a text encoder in one space, and a cross-modal encoder on top.

`LocoMotionModel` is the dual encoder that retrieval needs. `LocoMotionForPreTraining` adds the cross-modal
encoder and the heads, and computes the three losses: contrast (VTC), matching (VTM), masked words (MLM).
"""

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F
from transformers import AutoModel
from transformers.modeling_outputs import BaseModelOutputWithPooling
from transformers.processing_utils import Unpack
from transformers.utils import TransformersKwargs, can_return_tuple

from .base_locomotion import LocoMotionOutput, LocoMotionPreTrainedModel
from .checks_locomotion import check_batch, check_clips, check_texts
from .configuration_locomotion import LocoMotionConfig
from .cross_modal_locomotion import LocoMotionCrossModalEncoder, LocoMotionMLMHead
from .image_video_encoder_locomotion import LocoMotionImageVideoModel
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
from .native_video_encoder_locomotion import LocoMotionNativeVideoModel
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
        check_clips(pixel_values_videos, self.config.video_config.num_channels)
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
        check_texts(input_ids, attention_mask, self.config.text_config)
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
        # PEFT names inputs_embeds in every call; some image transformers call their own tokens so.
        of_video = {name: value for name, value in kwargs.items() if name != "inputs_embeds"}
        video = self.get_video_features(pixel_values_videos, **of_video)
        text = self.get_text_features(input_ids, attention_mask, **kwargs)
        video_embeds = F.normalize(video.pooler_output, dim=-1)
        text_embeds = F.normalize(text.pooler_output, dim=-1)
        loss = None
        if return_loss:
            check_batch(len(input_ids), pixel_values_videos=pixel_values_videos, group_ids=group_ids)
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
        if candidates is not None and len(candidates) != len(video_states):
            raise ValueError(
                f"candidates has {len(candidates)} rows and video_states {len(video_states)}. Expected: one row of "
                "texts for each video. To fix it: transpose it, if its rows are texts."
            )
        if candidates is None:
            candidates = torch.arange(len(text_states), device=text_states.device).expand(len(video_states), -1)
        videos_at_once = max(1, pairs_at_once // max(1, candidates.shape[1]))
        rows = []
        for videos, chosen in zip(video_states.split(videos_at_once), candidates.split(videos_at_once), strict=True):
            row = []
            for some in chosen.split(pairs_at_once, dim=1):
                texts = some.flatten()
                mask = None if attention_mask is None else attention_mask[texts]
                logits = self.match_logits(videos, text_states[texts], mask)
                row.append((logits[:, 1] - logits[:, 0]).view(some.shape))
            rows.append(torch.cat(row, 1))
        return torch.cat(rows)

    def _matching(
        self, fused: torch.Tensor, has_video: torch.Tensor, has_text: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """VTM loss and accuracy over `(3 * B, L, D)`: the pairs, wrong videos, wrong texts."""
        logits = self.vtm_head(fused[:, 0])
        labels = torch.arange(len(logits), device=logits.device) < len(has_video)
        # A row without a valid negative stays, so that no shape depends on the data, and weighs nothing.
        weights = torch.cat([torch.ones_like(has_video), has_video, has_text])
        losses = F.cross_entropy(logits, labels.long(), reduction="none")
        right = (logits.argmax(1) == labels).to(losses.dtype)
        return weighted_mean(losses, weights), weighted_mean(right, weights)

    def _masked_words(self, fused: torch.Tensor, mlm_labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """MLM loss and accuracy over the masked places, for which alone words are scored."""
        asked = mlm_labels != IGNORED
        logits = self.mlm_head(fused[asked])
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
        own = torch.arange(len(input_ids), device=input_ids.device)
        text_states = output.text_model_output.last_hidden_state
        # Texts, their masks and the rows of their videos: one pass for matching and masked words, so that the keys
        # and values of a video are computed once for all four of its texts.
        texts, masks, rows = [], [], []
        if config.vtm_weight > 0:
            # The wrong video is of the text's own scene where there is one: only its motion is wrong. The wrong text
            # comes from the whole batch, so that objects still matter.
            logits = output.logits_per_video
            wrong_video, has_video = sample_negatives(logits.T, group_ids, generator, scene_ids)
            wrong_text, has_text = sample_negatives(logits, group_ids, generator)
            texts += [text_states, text_states, text_states[wrong_text]]
            masks += [attention_mask, attention_mask, attention_mask[wrong_text]]
            rows += [own, wrong_video, own]
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
            texts.append(self.model.get_text_features(mlm_input_ids, attention_mask).last_hidden_state)
            masks.append(attention_mask)
            rows.append(own)
        terms = [] if output.loss_vtc is None else [config.vtc_weight * output.loss_vtc]
        if texts:
            video_states = output.video_model_output.last_hidden_state
            fused = self.fuse(video_states, torch.cat(texts), torch.cat(masks), torch.cat(rows))
        if config.vtm_weight > 0:
            output.loss_vtm, output.vtm_accuracy = self._matching(fused[: 3 * len(own)], has_video, has_text)
            terms.append(config.vtm_weight * output.loss_vtm)
        if config.mlm_weight > 0 and mlm_labels is not None:
            output.loss_mlm, output.mlm_accuracy = self._masked_words(fused[-len(own) :], mlm_labels)
            terms.append(config.mlm_weight * output.loss_mlm)
        output.loss = sum(terms) if terms else None
        return output


__all__ = ["LocoMotionForPreTraining", "LocoMotionModel", "LocoMotionOutput", "LocoMotionPreTrainedModel"]
