"""A video encoder of transformers as it is, called as LocoMotion's own is."""

import torch
from torch import nn
from transformers import AutoModel, PreTrainedModel
from transformers.modeling_outputs import BaseModelOutputWithPooling
from transformers.processing_utils import Unpack
from transformers.utils import TransformersKwargs, can_return_tuple

from .encoder_families_locomotion import LocoMotionNativeVideoConfig
from .image_video_encoder_locomotion import summarise, with_what_the_config_asks


class LocoMotionNativeVideoModel(PreTrainedModel):
    """Clips to the encoder's tokens, and one vector per clip."""

    config: LocoMotionNativeVideoConfig
    base_model_prefix = "video_model"
    main_input_name = "pixel_values_videos"
    input_modalities = ("video",)
    supports_gradient_checkpointing = True
    _supports_sdpa = True
    _supports_flash_attn = True
    _supports_attention_backend = True

    def __init__(self, config: LocoMotionNativeVideoConfig) -> None:
        super().__init__(config)
        self.family = config.family
        self.encoder = AutoModel.from_config(config.encoder_config, **self.family.options)
        for part in self.family.dropped:
            setattr(self.encoder, part, None)
        self.post_init()

    def get_input_embeddings(self) -> nn.Module:
        """What turns pixels into patches."""
        return self.encoder.get_input_embeddings()

    def _check(self, frames: int, height: int, width: int) -> None:
        """Refuse clips that the encoder has no positions for."""
        config, family = self.config, self.family
        kind = config.encoder_config.model_type
        if family.frame_multiple is None:
            fits, expected = frames == config.num_frames, f"{config.num_frames}, for which {kind} has positions"
        else:
            step = getattr(config.encoder_config, family.frame_multiple)
            fits, expected = frames % step == 0, f"a multiple of {step}, as {kind} joins so many to one step"
        if not fits:
            raise ValueError(
                f"pixel_values_videos has {frames} frames a clip. Expected: {expected}. To fix it: give "
                f"LocoMotionVideoProcessor num_frames={config.num_frames}."
            )
        side = config.image_size
        if not family.other_sizes and (height, width) != (side, side):
            raise ValueError(
                f"pixel_values_videos has frames of {height} x {width} pixels. Expected: {side} x {side}, for which "
                f"{kind} has positions. To fix it: give LocoMotionVideoProcessor that size."
            )

    @can_return_tuple
    def forward(
        self, pixel_values_videos: torch.Tensor, **kwargs: Unpack[TransformersKwargs]
    ) -> BaseModelOutputWithPooling:
        """Encode clips.

        Args:
            pixel_values_videos: `(B, T, C, H, W)` float, normalised as the encoder's own processor does.
            **kwargs: handed on to the encoder.

        Returns:
            `last_hidden_state` `(B, N, D)`, the encoder's tokens; `pooler_output` `(B, D)`.

        Raises:
            ValueError: the encoder takes no clips of so many frames, or of that size.
        """
        _, frames, _, height, width = pixel_values_videos.shape
        self._check(frames, height, width)
        pixels = {self.family.argument: pixel_values_videos.to(self.dtype)}
        options = with_what_the_config_asks(self.config, {**self.family.call, **kwargs})
        output = self.encoder(**pixels, return_dict=True, **options)
        return BaseModelOutputWithPooling(
            last_hidden_state=output.last_hidden_state,
            pooler_output=summarise(self.family.summary, output),
            hidden_states=output.hidden_states,
            attentions=output.attentions,
        )


__all__ = ["LocoMotionNativeVideoModel"]
