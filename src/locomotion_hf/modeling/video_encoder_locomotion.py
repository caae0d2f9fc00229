"""LocoMotion's own video encoder: small, and quick to learn what moves.

Measured local motion (`motion_features_locomotion`) is joined to patches; learned queries look over the patches of
each step in time; a transformer relates the steps; learned queries read out the clip. Every step carries its
position in time before anything is pooled over time. Averaging per-frame features instead would be blind to
order: a clip and its reversal would get one vector.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F
from transformers import PreTrainedModel
from transformers import initialization as init
from transformers.activations import ACT2FN
from transformers.modeling_layers import GradientCheckpointingLayer
from transformers.modeling_outputs import BaseModelOutputWithPooling
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS
from transformers.processing_utils import Unpack
from transformers.utils import TransformersKwargs
from transformers.utils.generic import merge_with_config_defaults
from transformers.utils.output_capturing import capture_outputs

from .configuration_locomotion import LocoMotionVideoConfig
from .motion_features_locomotion import CELL, NUM_FIXED_FEATURES, motion_features

#: Cells along the side of a patch, and its side in pixels.
CELLS, PATCH = 2, 2 * CELL
#: Standard deviation of initial positions: as large as what they are added to. Own choice.
POSITION_STD = 0.2


def eager_attention(
    module: nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float,
    dropout: float = 0.0,
    **kwargs: Any,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Attention written out, for those who want its weights; `(B, heads, N, d)` to `(B, N, heads, d)`."""
    weights = (query @ key.transpose(-1, -2) * scaling).softmax(-1)
    weights = F.dropout(weights, dropout, module.training)
    return (weights.to(value.dtype) @ value).transpose(1, 2), weights


class LocoMotionQueryPooling(nn.Module):
    """Several learned queries look over a set, each with its own reading of what it sees."""

    def __init__(self, input_size: int, output_size: int, num_queries: int) -> None:
        super().__init__()
        self.scores = nn.Linear(input_size, num_queries)
        self.values = nn.Parameter(torch.empty(num_queries, input_size, output_size // num_queries))

    def forward(self, states: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
        """`(B, N, input)` to `(B, output)`; `bias` `(B, N, queries)` is added before the softmax over N."""
        scores = self.scores(states).float()
        if bias is not None:
            scores = scores + bias
        seen = scores.softmax(1).to(states.dtype).transpose(1, 2) @ states
        return torch.einsum("bqi,qio->bqo", seen, self.values.to(seen.dtype)).flatten(1)


class LocoMotionVideoEmbeddings(nn.Module):
    """Frames to one state for each step in time, that is for each pair of neighbouring frames."""

    def __init__(self, config: LocoMotionVideoConfig) -> None:
        super().__init__()
        width, side = config.patch_hidden_size, config.image_size // PATCH
        features = CELLS * CELLS * (NUM_FIXED_FEATURES + 2 * config.num_channels)
        self.patch_projection = nn.Linear(features, width)
        self.context = nn.Linear(width, width)
        self.mixer = nn.Linear(width, width)
        self.activation = ACT2FN[config.hidden_act]
        self.norm = nn.LayerNorm(width, eps=config.layer_norm_eps)
        # How much each query is drawn to what stands out from the clip's mean: from not at all to strongly.
        self.saliency = nn.Parameter(torch.empty(config.num_queries))
        self.pooling = LocoMotionQueryPooling(width, 2 * config.hidden_size, config.num_queries)
        self.output = nn.Linear(2 * config.hidden_size, config.hidden_size)
        self.space_positions = nn.Parameter(torch.empty(1, width, side, side))
        self.time_positions = nn.Parameter(torch.empty(1, config.hidden_size, config.num_frames - 1))

    def _space(self, height: int, width: int) -> torch.Tensor:
        """`(1, height * width, patch width)`, interpolated where the learned grid has another size."""
        positions: torch.Tensor = self.space_positions
        if positions.shape[-2:] != (height, width):
            positions = F.interpolate(positions, (height, width), mode="bilinear", align_corners=False)
        return positions.flatten(2).transpose(1, 2)

    def _time(self, steps: int) -> torch.Tensor:
        """`(1, steps, D)`; corners aligned, so that first and last stay the clip's beginning and end."""
        positions: torch.Tensor = self.time_positions
        if positions.shape[-1] != steps:
            positions = F.interpolate(positions, steps, mode="linear", align_corners=True)
        return positions.transpose(1, 2)

    def forward(self, pixel_values_videos: torch.Tensor) -> torch.Tensor:
        """`(B, T, C, H, W)` to `(B, T - 1, D)`; a single frame counts as two equal ones."""
        batch, frames, _, height, width = pixel_values_videos.shape
        if height % PATCH or width % PATCH:
            raise ValueError(
                f"pixel_values_videos has frames of {height} x {width} pixels. Expected: multiples of {PATCH}. "
                "To fix it: let LocoMotionVideoProcessor resize the clips."
            )
        if frames == 1:
            pixel_values_videos = pixel_values_videos.expand(-1, 2, -1, -1, -1)
        cells = motion_features(pixel_values_videos)
        steps, grid = cells.shape[1], (height // PATCH, width // PATCH)
        cells = cells.reshape(batch * steps, grid[0], CELLS, grid[1], CELLS, -1)
        # The last feature tells how far a cell's colour is from its mean over the clip, -1 for not at all.
        standing_out = (cells[..., -1] + 1).square().mean((2, 4)).flatten(1)[..., None]
        patches = cells.transpose(2, 3).flatten(3).flatten(1, 2).to(self.patch_projection.weight.dtype)
        states = self.patch_projection(patches) + self._space(*grid)
        context = self.context(states.mean(1, keepdim=True))
        states = self.norm(states + self.mixer(self.activation(states + context)))
        pooled = self.pooling(states, (standing_out + 0.02).log() * self.saliency.float())
        return self.output(self.activation(pooled)).unflatten(0, (batch, steps)) + self._time(steps)


class LocoMotionVideoAttention(nn.Module):
    """Multi-head self-attention over all steps of a clip; `width` and `num_heads` in place of the configuration's."""

    def __init__(self, config: Any, width: int | None = None, num_heads: int | None = None) -> None:
        super().__init__()
        self.config = config
        width = width or config.hidden_size
        self.num_heads = num_heads or config.num_attention_heads
        self.scaling = (width // self.num_heads) ** -0.5
        self.dropout = config.attention_probs_dropout_prob
        self.is_causal = False
        self.qkv = nn.Linear(width, 3 * width)
        self.output = nn.Linear(width, width)

    def forward(
        self, hidden_states: torch.Tensor, **kwargs: Unpack[TransformersKwargs]
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """`(B, N, D)` to the same, and weights `(B, heads, N, N)` where the implementation has them."""
        batch, steps, width = hidden_states.shape
        qkv = self.qkv(hidden_states).view(batch, steps, 3, self.num_heads, -1).permute(2, 0, 3, 1, 4)
        attend: Callable = ALL_ATTENTION_FUNCTIONS.get_interface(self.config._attn_implementation, eager_attention)
        attended, weights = attend(
            self,
            *qkv.unbind(0),
            None,
            scaling=self.scaling,
            dropout=self.dropout if self.training else 0.0,
            **kwargs,
        )
        return self.output(attended.reshape(batch, steps, width)), weights


class LocoMotionVideoLayer(GradientCheckpointingLayer):
    """A pre-norm transformer block."""

    def __init__(self, config: LocoMotionVideoConfig) -> None:
        super().__init__()
        self.norm_before_attention = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.attention = LocoMotionVideoAttention(config)
        self.norm_before_mlp = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.mlp = nn.Sequential(
            nn.Linear(config.hidden_size, config.intermediate_size),
            ACT2FN[config.hidden_act],
            nn.Linear(config.intermediate_size, config.hidden_size),
        )
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, hidden_states: torch.Tensor, **kwargs: Unpack[TransformersKwargs]) -> torch.Tensor:
        """`(B, N, D)` to `(B, N, D)`."""
        attended, _ = self.attention(self.norm_before_attention(hidden_states), **kwargs)
        hidden_states = hidden_states + self.dropout(attended)
        return hidden_states + self.dropout(self.mlp(self.norm_before_mlp(hidden_states)))


class LocoMotionVideoModel(PreTrainedModel):
    """Frames to one state for each step in time, behind a summary state, and one vector per clip."""

    config: LocoMotionVideoConfig
    base_model_prefix = "video_model"
    main_input_name = "pixel_values_videos"
    input_modalities = ("video",)
    supports_gradient_checkpointing = True
    # As part of a larger model it stays in one piece: nothing would fetch `summary` from another device.
    _no_split_modules = [
        "LocoMotionVideoModel",
        "LocoMotionVideoEmbeddings",
        "LocoMotionVideoLayer",
        "LocoMotionQueryPooling",
    ]
    _supports_sdpa = True
    _supports_flash_attn = True
    _supports_attention_backend = True
    _can_record_outputs = {"hidden_states": LocoMotionVideoLayer, "attentions": LocoMotionVideoAttention}

    def __init__(self, config: LocoMotionVideoConfig) -> None:
        super().__init__(config)
        self.embeddings = LocoMotionVideoEmbeddings(config)
        self.summary = nn.Parameter(torch.empty(1, 1, config.hidden_size))
        self.layers = nn.ModuleList([LocoMotionVideoLayer(config) for _ in range(config.num_hidden_layers)])
        self.norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.pooling = LocoMotionQueryPooling(config.hidden_size, config.hidden_size, config.num_queries)
        self.post_init()

    def get_input_embeddings(self) -> nn.Linear:
        """What turns a patch's features into its state."""
        return self.embeddings.patch_projection

    def set_input_embeddings(self, value: nn.Linear) -> None:
        """Replace what turns a patch's features into its state."""
        self.embeddings.patch_projection = value

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)
        if isinstance(module, LocoMotionVideoEmbeddings):
            init.normal_(module.space_positions, std=POSITION_STD)
            init.normal_(module.time_positions, std=POSITION_STD)
            init.copy_(module.saliency, torch.linspace(0, 2, len(module.saliency)))
        elif isinstance(module, LocoMotionQueryPooling):
            init.normal_(module.values, std=module.values.shape[1] ** -0.5)
        elif isinstance(module, LocoMotionVideoModel):
            init.normal_(module.summary, std=POSITION_STD)

    @merge_with_config_defaults
    @capture_outputs
    def forward(
        self, pixel_values_videos: torch.Tensor, **kwargs: Unpack[TransformersKwargs]
    ) -> BaseModelOutputWithPooling:
        """Encode clips.

        Args:
            pixel_values_videos: `(B, T, C, H, W)` float, from -1 to 1; any T, H and W multiples of 8.
            **kwargs: `output_hidden_states`, `output_attentions`, `return_dict`.

        Returns:
            `last_hidden_state` `(B, T, D)`: the summary state, then one for each pair of neighbouring
            frames (`(B, 2, D)` for a single frame); and `pooler_output` `(B, D)`.
        """
        if pixel_values_videos.ndim != 5:
            raise ValueError(
                f"pixel_values_videos has the shape {tuple(pixel_values_videos.shape)}. Expected: (batch, "
                "frames, channels, height, width). To fix it: make it with LocoMotionVideoProcessor."
            )
        steps = self.embeddings(pixel_values_videos)
        hidden_states = torch.cat([self.summary.expand(len(steps), -1, -1), steps], 1)
        for layer in self.layers:
            hidden_states = layer(hidden_states, **kwargs)
        hidden_states = self.norm(hidden_states)
        return BaseModelOutputWithPooling(last_hidden_state=hidden_states, pooler_output=self.pooling(hidden_states))


__all__ = ["LocoMotionVideoModel"]
