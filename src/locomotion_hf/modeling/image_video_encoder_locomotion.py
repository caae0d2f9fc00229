"""Any image transformer as a video encoder: after each of its blocks, every token looks along time.

The image model's own code runs, and its weights keep their names: only the list of its blocks is replaced by one
that, when the image model walks through it, adds the look along time to each block. Of a convolutional network the
blocks are its last stages, and the tokens are the places of their maps.

Source: VindLU (TimeSformer's temporal attention after every block of BEiT, behind a scale that starts at zero).
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F
from transformers import AutoModel, PreTrainedModel
from transformers import initialization as init
from transformers.modeling_layers import GradientCheckpointingLayer
from transformers.modeling_outputs import BaseModelOutputWithPooling
from transformers.processing_utils import Unpack
from transformers.utils import TransformersKwargs, can_return_tuple

from .efficientnet_lite_locomotion import LocoMotionEfficientNetLiteModel
from .encoder_families_locomotion import IMAGE_FAMILIES, LocoMotionImageVideoConfig
from .video_encoder_locomotion import POSITION_STD, LocoMotionVideoAttention


def summarise(rule: str, output: Any) -> torch.Tensor:
    """What stands for the whole, `(B, D)`, by the family's rule."""
    if rule == "pooler":
        return output.pooler_output
    return output.last_hidden_state[:, 0] if rule == "first" else output.last_hidden_state.mean(1)


def with_what_the_config_asks(config: Any, kwargs: Any) -> dict[str, Any]:
    """Keywords for the encoder inside, whose own configuration may not say that its states are to be shown."""
    names = ("output_hidden_states", "output_attentions")
    return {**{name: True for name in names if getattr(config, name)}, **kwargs}


class LocoMotionTemporalAttention(GradientCheckpointingLayer):
    """Each token of a frame attends to the tokens at its place in all frames of the clip."""

    def __init__(self, config: LocoMotionImageVideoConfig, width: int, num_heads: int) -> None:
        super().__init__()
        self.positions = None
        if config.frame_positions == "attention":
            self.positions = nn.Parameter(torch.empty(1, width, config.num_frames))
        self.skip_single_frames = config.skip_single_frames
        self.norm = nn.LayerNorm(width, eps=config.layer_norm_eps)
        self.attention = LocoMotionVideoAttention(config, width, num_heads)
        # At zero the block is the image model's, exactly.
        self.scale = nn.Parameter(torch.zeros(1))

    def _with_positions(self, along_time: torch.Tensor) -> torch.Tensor:
        """`(N, T, D)` to the same; corners aligned, so that first and last stay the clip's beginning and end."""
        if self.positions is None:
            return along_time
        positions: torch.Tensor = self.positions
        frames = along_time.shape[1]
        if positions.shape[-1] != frames:
            positions = F.interpolate(positions, frames, mode="linear", align_corners=True)
        return along_time + positions.transpose(1, 2)

    def forward(self, hidden_states: torch.Tensor, frames: int) -> torch.Tensor:
        """`(B * T, N, D)` to the same, T being `frames`."""
        if frames == 1 and self.skip_single_frames:
            return hidden_states
        tokens = hidden_states.shape[1]
        along_time = hidden_states.unflatten(0, (-1, frames)).transpose(1, 2).flatten(0, 1)
        attended, _ = self.attention(self._with_positions(self.norm(along_time)))
        attended = attended.unflatten(0, (-1, tokens)).transpose(1, 2).flatten(0, 1)
        return hidden_states + self.scale * attended


class LocoMotionFramePositions(nn.Module):
    """Positions of frames that are added once, to all tokens of a frame. Source: VindLU."""

    def __init__(self, config: LocoMotionImageVideoConfig, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1, config.num_frames, 1, width))

    def forward(self, hidden_states: torch.Tensor, frames: int) -> torch.Tensor:
        """`(B * T, N, D)` to the same, T being `frames`; the first T positions, interpolated where there are less."""
        positions = self.weight[:, :frames]
        if positions.shape[1] < frames:
            grid = positions[:, :, 0].transpose(1, 2)
            positions = F.interpolate(grid, frames, mode="linear").transpose(1, 2).unsqueeze(2)
        return (hidden_states.unflatten(0, (-1, frames)) + positions).flatten(0, 1)


def _on_tokens(layer: Callable, hidden_states: torch.Tensor, frames: int) -> torch.Tensor:
    """A layer for tokens `(B * T, N, D)`, applied to such or to a map `(B * T, D, H, W)`."""
    if hidden_states.ndim == 3:
        return layer(hidden_states, frames)
    tokens = layer(hidden_states.flatten(2).transpose(1, 2), frames)
    return tokens.transpose(1, 2).unflatten(2, hidden_states.shape[2:])


def _block_then_time(
    block: Callable, look_along_time: Callable, frames: int, hidden_states: torch.Tensor, *args: Any, **kwargs: Any
) -> torch.Tensor:
    return _on_tokens(look_along_time, block(hidden_states, *args, **kwargs), frames)


def _positions_then_block(
    positions: Callable, frames: int, block: Callable, hidden_states: torch.Tensor, *args: Any, **kwargs: Any
) -> torch.Tensor:
    return block(_on_tokens(positions, hidden_states, frames), *args, **kwargs)


class LocoMotionTimedBlocks(nn.ModuleList):
    """An image transformer's blocks, under their own names; walked through, each is followed by a look along time."""

    #: One layer a block, the number of frames of the clips in hand, and what adds positions before the first block;
    #: None outside of a forward pass. So two threads need a model each, or turns.
    in_hand: tuple[tuple[nn.Module, ...], int, nn.Module | None] | None = None

    def __iter__(self) -> Iterator[Any]:
        """Not the blocks alone, once there is a clip: a list of modules is walked through to be applied."""
        blocks = super().__iter__()
        if self.in_hand is None:
            return blocks
        layers, frames, positions = self.in_hand
        timed = [partial(_block_then_time, block, layer, frames) for block, layer in zip(blocks, layers, strict=True)]
        if positions is not None:
            timed[0] = partial(_positions_then_block, positions, frames, timed[0])
        return iter(timed)


class LocoMotionImageVideoModel(PreTrainedModel):
    """Frames to the image model's tokens, informed of each other, and one vector per clip."""

    config: LocoMotionImageVideoConfig
    base_model_prefix = "video_model"
    main_input_name = "pixel_values_videos"
    input_modalities = ("video",)
    supports_gradient_checkpointing = True
    _no_split_modules = ["LocoMotionTemporalAttention"]
    _supports_sdpa = True
    _supports_flash_attn = True
    _supports_attention_backend = True

    def __init__(self, config: LocoMotionImageVideoConfig) -> None:
        super().__init__(config)
        image = config.image_config
        self.family = IMAGE_FAMILIES[image.model_type]
        if image.model_type == LocoMotionEfficientNetLiteModel.config_class.model_type:
            # By its class, as in modeling_locomotion.py: AutoModel would not find it in remote code.
            self.image_model = LocoMotionEfficientNetLiteModel._from_config(image)
        else:
            self.image_model = AutoModel.from_config(image, **self.family.options)
        for name, parameter in self.image_model.named_parameters():
            if name in self.family.unused:
                parameter.requires_grad_(False)  # in a distributed run, one without a gradient would be waited for
        path, _, name = self.family.blocks.rpartition(".")
        owner = self.image_model.get_submodule(path)
        setattr(owner, name, LocoMotionTimedBlocks(owner.get_submodule(name)))
        entering, sizes = config.hidden_size, [(config.hidden_size, config.num_attention_heads)]
        sizes = sizes * len(owner.get_submodule(name))
        if self.family.widths:
            entering, *widths = getattr(image, self.family.widths)
            sizes = [(width, width // image.attention_head_size) for width in widths]
        self.temporal_layers = nn.ModuleList([LocoMotionTemporalAttention(config, *size) for size in sizes])
        self.frame_positions = None
        if config.frame_positions == "tokens":
            self.frame_positions = LocoMotionFramePositions(config, entering)
        self.token_norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps) if config.token_norm else None
        self.post_init()

    def get_input_embeddings(self) -> nn.Module:
        """What turns pixels into patches."""
        return self.image_model.get_input_embeddings()

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)
        if isinstance(module, LocoMotionTemporalAttention):
            if module.positions is not None:
                init.normal_(module.positions, std=POSITION_STD)
            init.zeros_(module.scale)
        elif isinstance(module, LocoMotionFramePositions):
            init.zeros_(module.weight)

    @can_return_tuple
    def forward(
        self, pixel_values_videos: torch.Tensor, **kwargs: Unpack[TransformersKwargs]
    ) -> BaseModelOutputWithPooling:
        """Encode clips.

        Args:
            pixel_values_videos: `(B, T, C, H, W)` float, normalised as the image model's own processor does; any T.
            **kwargs: handed on to the image model, `output_hidden_states` and `output_attentions` among them.

        Returns:
            `last_hidden_state` `(B, T * N, D)`: the N tokens of each frame, frame after frame; `pooler_output`
            `(B, D)`: the mean of the frames' summaries, or `(B, T, D)`, these themselves, as `mean_over_frames` in
            the configuration says. `hidden_states` and `attentions` are the image model's, of
            `B * T` frames: what each of its blocks gives, before the look along time that follows.
        """
        batch, frames, _, height, width = pixel_values_videos.shape
        options = with_what_the_config_asks(self.config, kwargs)
        side = self.config.image_size
        if self.family.interpolates and (height, width) != (side, side):
            options["interpolate_pos_encoding"] = True
        blocks = self.image_model.get_submodule(self.family.blocks)
        blocks.in_hand = tuple(self.temporal_layers), frames, self.frame_positions
        try:
            output = self.image_model(
                pixel_values=pixel_values_videos.flatten(0, 1).to(self.dtype), return_dict=True, **options
            )
        finally:
            blocks.in_hand = None
        tokens = output.last_hidden_state.unflatten(0, (batch, frames)).flatten(1, 2)
        summaries = summarise(self.family.summary, output).unflatten(0, (batch, frames))
        return BaseModelOutputWithPooling(
            last_hidden_state=tokens if self.token_norm is None else self.token_norm(tokens),
            pooler_output=summaries.mean(1) if self.config.mean_over_frames else summaries,
            hidden_states=output.hidden_states,
            attentions=output.attentions,
        )


__all__ = ["LocoMotionImageVideoModel"]
