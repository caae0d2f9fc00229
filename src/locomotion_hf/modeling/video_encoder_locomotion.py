"""LocoMotion's own video encoder: few parameters, every token sees motion, the order of frames counts.

Motion is made visible to the first layer (differences of neighbouring frames stand beside the frames),
tokens are tubelets that span several frames, and all tokens attend to each other over space and time.
The clip's vector is read out by a learned query. Averaging per-frame features would be blind to order:
a clip and its reversal would get one vector.
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
    return (weights @ value).transpose(1, 2), weights


class LocoMotionVideoEmbeddings(nn.Module):
    """Frames to tokens: a convolutional stem over frames and frame differences, then positions."""

    def __init__(self, config: LocoMotionVideoConfig) -> None:
        super().__init__()
        self.patch_size, self.tubelet_size = config.patch_size, config.tubelet_size
        half = config.patch_size // 2
        side = config.image_size // config.patch_size
        steps = -(-config.num_frames // config.tubelet_size)
        self.per_frame = nn.Conv2d(
            2 * config.num_channels, config.stem_channels, kernel_size=half, stride=half
        )
        self.activation = ACT2FN[config.hidden_act]
        # Three by three at stride two: tokens overlap, so that an edge between two is seen whole.
        self.per_tubelet = nn.Conv2d(
            config.tubelet_size * config.stem_channels, config.hidden_size, kernel_size=3, stride=2, padding=1
        )
        self.space_positions = nn.Parameter(torch.empty(1, config.hidden_size, side, side))
        self.time_positions = nn.Parameter(torch.empty(1, config.hidden_size, steps))

    def positions(self, steps: int, height: int, width: int) -> torch.Tensor:
        """`(1, steps * height * width, D)`, interpolated where the learned grid has another size."""
        space: torch.Tensor = self.space_positions
        time: torch.Tensor = self.time_positions
        if space.shape[-2:] != (height, width):
            space = F.interpolate(space, (height, width), mode="bilinear", align_corners=False)
        if time.shape[-1] != steps:
            # Corners aligned: the first and the last token stay the beginning and the end of the clip.
            time = F.interpolate(time, steps, mode="linear", align_corners=True)
        return (time[..., None, None] + space[:, :, None]).flatten(2).transpose(1, 2)

    def forward(self, pixel_values_videos: torch.Tensor) -> torch.Tensor:
        """`(B, T, C, H, W)` to `(B, N, D)`, time slowest."""
        batch, frames, _, height, width = pixel_values_videos.shape
        if height % self.patch_size or width % self.patch_size:
            raise ValueError(
                f"pixel_values_videos has frames of {height} x {width} pixels. Expected: multiples of the "
                f"patch size {self.patch_size}. To fix it: let LocoMotionVideoProcessor resize the clips."
            )
        if missing := -frames % self.tubelet_size:
            last = pixel_values_videos[:, -1:].expand(-1, missing, -1, -1, -1)
            pixel_values_videos = torch.cat([pixel_values_videos, last], 1)
        steps = pixel_values_videos.shape[1] // self.tubelet_size
        differences = pixel_values_videos.diff(dim=1, prepend=pixel_values_videos[:, :1])
        stem = self.per_frame(torch.cat([pixel_values_videos, differences], 2).flatten(0, 1))
        stem = self.activation(stem)
        tokens = self.per_tubelet(stem.reshape(batch * steps, -1, *stem.shape[-2:]))
        grid = tokens.shape[-2:]
        tokens = tokens.flatten(2).transpose(1, 2).reshape(batch, -1, tokens.shape[1])
        return tokens + self.positions(steps, *grid)


class LocoMotionVideoAttention(nn.Module):
    """Multi-head self-attention over all tokens of a clip."""

    def __init__(self, config: LocoMotionVideoConfig) -> None:
        super().__init__()
        self.config = config
        self.num_heads = config.num_attention_heads
        self.scaling = (config.hidden_size // config.num_attention_heads) ** -0.5
        self.dropout = config.attention_probs_dropout_prob
        self.is_causal = False
        self.qkv = nn.Linear(config.hidden_size, 3 * config.hidden_size)
        self.output = nn.Linear(config.hidden_size, config.hidden_size)

    def forward(
        self, hidden_states: torch.Tensor, **kwargs: Unpack[TransformersKwargs]
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """`(B, N, D)` to the same, and weights `(B, heads, N, N)` where the implementation has them."""
        batch, tokens, width = hidden_states.shape
        qkv = self.qkv(hidden_states).view(batch, tokens, 3, self.num_heads, -1).permute(2, 0, 3, 1, 4)
        attend: Callable = ALL_ATTENTION_FUNCTIONS.get_interface(
            self.config._attn_implementation, eager_attention
        )
        attended, weights = attend(
            self,
            *qkv.unbind(0),
            None,
            scaling=self.scaling,
            dropout=self.dropout if self.training else 0.0,
            **kwargs,
        )
        return self.output(attended.reshape(batch, tokens, width)), weights


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


class LocoMotionAttentionPooling(nn.Module):
    """One vector per clip: what a learned query finds among the tokens."""

    def __init__(self, config: LocoMotionVideoConfig) -> None:
        super().__init__()
        self.num_heads = config.num_attention_heads
        self.query = nn.Parameter(torch.empty(1, 1, config.hidden_size))
        self.key_value = nn.Linear(config.hidden_size, 2 * config.hidden_size)
        self.output = nn.Linear(config.hidden_size, config.hidden_size)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """`(B, N, D)` to `(B, D)`."""
        batch, count, width = tokens.shape
        key_value = self.key_value(tokens).view(batch, count, 2, self.num_heads, -1).permute(2, 0, 3, 1, 4)
        query = self.query.expand(batch, -1, -1).view(batch, 1, self.num_heads, -1).transpose(1, 2)
        found = F.scaled_dot_product_attention(query, *key_value.unbind(0))
        return self.output(found.transpose(1, 2).reshape(batch, width))


class LocoMotionVideoModel(PreTrainedModel):
    """Frames to tokens and one vector per clip."""

    config: LocoMotionVideoConfig
    base_model_prefix = "video_model"
    main_input_name = "pixel_values_videos"
    input_modalities = ("video",)
    supports_gradient_checkpointing = True
    _no_split_modules = ["LocoMotionVideoEmbeddings", "LocoMotionVideoLayer"]
    _supports_sdpa = True
    _supports_flash_attn = True
    _supports_attention_backend = True
    _can_record_outputs = {"hidden_states": LocoMotionVideoLayer, "attentions": LocoMotionVideoAttention}

    def __init__(self, config: LocoMotionVideoConfig) -> None:
        super().__init__(config)
        self.embeddings = LocoMotionVideoEmbeddings(config)
        self.layers = nn.ModuleList([LocoMotionVideoLayer(config) for _ in range(config.num_hidden_layers)])
        self.norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.pooling = LocoMotionAttentionPooling(config)
        self.post_init()

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)
        std = self.config.initializer_range
        if isinstance(module, LocoMotionVideoEmbeddings):
            init.normal_(module.space_positions, std=std)
            init.normal_(module.time_positions, std=std)
        elif isinstance(module, LocoMotionAttentionPooling):
            init.normal_(module.query, std=std)

    @merge_with_config_defaults
    @capture_outputs
    def forward(
        self, pixel_values_videos: torch.Tensor, **kwargs: Unpack[TransformersKwargs]
    ) -> BaseModelOutputWithPooling:
        """Encode clips.

        Args:
            pixel_values_videos: `(B, T, C, H, W)` float, normalised; any T, and H and W that the patch size
                divides.
            **kwargs: `output_hidden_states`, `output_attentions`, `return_dict`.

        Returns:
            `last_hidden_state` `(B, N, D)`, tokens with time slowest, and `pooler_output` `(B, D)`.
        """
        if pixel_values_videos.ndim != 5:
            raise ValueError(
                f"pixel_values_videos has the shape {tuple(pixel_values_videos.shape)}. Expected: (batch, "
                "frames, channels, height, width). To fix it: make it with LocoMotionVideoProcessor."
            )
        hidden_states = self.embeddings(pixel_values_videos)
        for layer in self.layers:
            hidden_states = layer(hidden_states, **kwargs)
        hidden_states = self.norm(hidden_states)
        return BaseModelOutputWithPooling(
            last_hidden_state=hidden_states, pooler_output=self.pooling(hidden_states)
        )


__all__ = ["LocoMotionVideoModel"]
