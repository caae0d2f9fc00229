"""Which encoders of transformers LocoMotion can start from, what must be known of each, and how they are configured.

Nothing is guessed from a model's attributes: a family is taken if it stands in one of these tables. What they say was
read in transformers 5.23, and every row is run by tests/modeling/test_image_encoders.py or test_native_encoders.py.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from huggingface_hub.dataclasses import strict
from transformers import AutoConfig, PreTrainedConfig
from transformers.configuration_utils import SubConfigSpec

from .efficientnet_lite_locomotion import LocoMotionEfficientNetLiteConfig


@dataclass(frozen=True)
class ImageFamily:
    """What must be known of an image transformer to give each of its blocks a look along time.

    Attributes:
        blocks: where the `ModuleList` of its blocks is.
        summary: what stands for a whole picture: its "pooler", its "first" token, or the "mean" of all.
        interpolates: whether other resolutions need `interpolate_pos_encoding`; the rest take any by themselves.
        options: keywords to build it with: no pooler where that is not what its pre-training trained.
        unused: parameters that no output depends on.
        widths: name in its configuration of what enters the first block and of what each gives, where these widths
            differ; beside it, `attention_head_size` is then the width of a head of the attention along time.
    """

    blocks: str
    summary: str
    interpolates: bool = True
    options: dict[str, Any] = field(default_factory=dict)
    unused: tuple[str, ...] = ()
    widths: str | None = None


@dataclass(frozen=True)
class NativeFamily:
    """What must be known of a video encoder to call it.

    Attributes:
        argument: the name of its pixels, `(B, T, C, H, W)`.
        summary: what stands for a whole clip: the "first" token, or the "mean" of all.
        frames, size, channels: the names of these numbers in its configuration.
        frame_multiple: name of the number that must divide T, where other T than the configured are taken.
        other_sizes: whether it takes other resolutions than the configured.
        options: keywords to build it with.
        call: keywords of each call.
        dropped: parts of it that no output used here depends on.
    """

    argument: str
    summary: str
    frames: str = "num_frames"
    size: str = "image_size"
    channels: str = "num_channels"
    frame_multiple: str | None = None
    other_sizes: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    call: dict[str, Any] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True)
class TextFamily:
    """What must be known of a text encoder whose layers are BERT's, under BERT's names.

    Attributes:
        head: where its checkpoints for masked words keep what scores words, by the names of ours.
        reserved_positions: positions that no word gets.
    """

    head: dict[str, str]
    reserved_positions: int = 0


_NO_POOLER = {"add_pooling_layer": False}
_MASK_TOKEN = ("embeddings.mask_token",)  # of their pre-training, which hides patches

#: `model_type` -> what must be known.
IMAGE_FAMILIES = {
    "beit": ImageFamily("layers", "pooler"),
    "vit": ImageFamily("layers", "first", options=_NO_POOLER),
    "deit": ImageFamily("layers", "first", options=_NO_POOLER),
    "ijepa": ImageFamily("layers", "mean", options=_NO_POOLER),
    "clip_vision_model": ImageFamily("encoder.layers", "pooler"),
    "siglip_vision_model": ImageFamily("encoder.layers", "pooler"),  # SigLIP 2 of fixed resolution, too
    "dinov2": ImageFamily("encoder.layer", "first", interpolates=False, unused=_MASK_TOKEN),
    "dinov2_with_registers": ImageFamily("encoder.layer", "first", interpolates=False, unused=_MASK_TOKEN),
    "dinov3_vit": ImageFamily("model.layer", "first", interpolates=False, unused=_MASK_TOKEN),
    LocoMotionEfficientNetLiteConfig.model_type: ImageFamily(
        "stages", "mean", interpolates=False, widths="block_widths"
    ),
}

NATIVE_FAMILIES = {
    "videomae": NativeFamily("pixel_values", "mean"),
    "vjepa2": NativeFamily(
        "pixel_values_videos",
        "mean",
        frames="frames_per_clip",
        size="crop_size",
        channels="in_chans",
        frame_multiple="tubelet_size",
        other_sizes=True,
        call={"skip_predictor": True},
        dropped=("predictor",),
    ),
    "timesformer": NativeFamily("pixel_values", "first"),
    "vivit": NativeFamily("pixel_values", "first", options=_NO_POOLER),
}

_BERT_HEAD = {
    "dense": "cls.predictions.transform.dense",
    "norm": "cls.predictions.transform.LayerNorm",
    "decoder": "cls.predictions",
}
_ROBERTA_HEAD = {"dense": "lm_head.dense", "norm": "lm_head.layer_norm", "decoder": "lm_head"}

TEXT_FAMILIES = {
    "bert": TextFamily(_BERT_HEAD),
    "roberta": TextFamily(_ROBERTA_HEAD, reserved_positions=2),
    "xlm-roberta": TextFamily(_ROBERTA_HEAD, reserved_positions=2),
    "camembert": TextFamily(_ROBERTA_HEAD, reserved_positions=2),
}

#: The `model_type` of what calls them, and of our own small video encoder.
OUR_OWN = ("locomotion_video", "locomotion_image_video", "locomotion_native_video")

#: Image-text models of which the image half is taken, and the name of its configuration.
DUAL_ENCODERS = {"clip": "vision_config", "siglip": "vision_config"}


@strict
class LocoMotionImageVideoConfig(PreTrainedConfig):
    r"""Settings of `LocoMotionImageVideoModel`: an image transformer whose blocks also look along time.

    Args:
        image_config: the image transformer, of a family in `IMAGE_FAMILIES`.
        num_frames: number of frames that the time positions are made for; others are interpolated. Source of the
            default: VindLU.
        frame_positions: where frames get their positions: "attention", learned ones before each look along time; or
            "tokens", once, on what enters the first block, zero at first. Source of the latter: VindLU, which takes
            the first of them where there are fewer frames, and interpolates where there are more.
        skip_single_frames: whether a clip of one frame goes past the attention along time, as in VindLU.
        token_norm: whether a layer norm stands between the last block and what reads the tokens, the text among it;
            the clip's vector goes without. Source: Singularity, VindLU.
        mean_over_frames: whether a clip has one summary, the mean of its frames'. If not, each frame keeps its own,
            and the similarity of clip and text is the mean of the frames' cosines, as in Singularity and VindLU.
        layer_norm_eps: epsilon of the layer norms along time and of the tokens; 1e-12 in the lineage.
        attention_probs_dropout_prob: dropout on the attention along time.
        initializer_range: standard deviation of the initial weights of the attention along time.
    """

    model_type = "locomotion_image_video"
    base_config_key = "video_config"
    sub_configs_defaults = {"image_config": SubConfigSpec(config_class=AutoConfig, model_type="beit")}

    # A configuration, its dictionary, or None; a configuration once __post_init__ has run.
    image_config: Any = None
    num_frames: int = 4
    frame_positions: Literal["attention", "tokens"] = "attention"
    skip_single_frames: bool = False
    token_norm: bool = False
    mean_over_frames: bool = True
    layer_norm_eps: float = 1e-5
    attention_probs_dropout_prob: float | int = 0.0
    initializer_range: float = 0.02

    @property
    def hidden_size(self) -> int:
        """Width of a token."""
        return self.image_config.hidden_size

    @property
    def num_attention_heads(self) -> int:
        """Heads of each attention, in space and in time."""
        return self.image_config.num_attention_heads

    @property
    def image_size(self) -> int:
        """Height and width in pixels of the frames that the space positions are made for."""
        return self.image_config.image_size

    @property
    def num_channels(self) -> int:
        """Colour channels of a frame."""
        return self.image_config.num_channels

    def validate_architecture(self) -> None:
        """Refuse what is not known."""
        refuse_unknown("image_config", self.image_config.model_type, IMAGE_FAMILIES)


@strict
class LocoMotionNativeVideoConfig(PreTrainedConfig):
    r"""Settings of `LocoMotionNativeVideoModel`: a video encoder of transformers as it is.

    Args:
        encoder_config: the video encoder, of a family in `NATIVE_FAMILIES`.
    """

    model_type = "locomotion_native_video"
    base_config_key = "video_config"
    sub_configs_defaults = {"encoder_config": SubConfigSpec(config_class=AutoConfig, model_type="videomae")}

    encoder_config: Any = None

    @property
    def family(self) -> NativeFamily:
        """What must be known of the encoder."""
        return NATIVE_FAMILIES[self.encoder_config.model_type]

    @property
    def hidden_size(self) -> int:
        """Width of a token."""
        return self.encoder_config.hidden_size

    @property
    def num_frames(self) -> int:
        """Frames of a clip."""
        return getattr(self.encoder_config, self.family.frames)

    @property
    def image_size(self) -> int:
        """Height and width of a frame in pixels."""
        return getattr(self.encoder_config, self.family.size)

    @property
    def num_channels(self) -> int:
        """Colour channels of a frame."""
        return getattr(self.encoder_config, self.family.channels)

    def validate_architecture(self) -> None:
        """Refuse what is not known."""
        refuse_unknown("encoder_config", self.encoder_config.model_type, NATIVE_FAMILIES)


def refuse_unknown(name: str, model_type: str, families: dict[str, Any]) -> None:
    """ValueError, if an encoder's family does not stand in the table."""
    if model_type not in families:
        raise ValueError(
            f"{name} is of the family {model_type!r}. Expected: one of {', '.join(families)}. To fix it: take an "
            "encoder of one of these, or add a row to the table in encoder_families_locomotion.py."
        )


def as_video_config(config: PreTrainedConfig) -> PreTrainedConfig:
    """The configuration of a video encoder of ours for an encoder's own; what is one already comes back."""
    if config.model_type in OUR_OWN:
        return config
    refuse_unknown("video_config", config.model_type, IMAGE_FAMILIES | NATIVE_FAMILIES)
    if config.model_type in IMAGE_FAMILIES:
        return LocoMotionImageVideoConfig(image_config=config)
    return LocoMotionNativeVideoConfig(encoder_config=config)


# Here and not in __init__.py, for the Hub's remote code: see configuration_locomotion.py.
AutoConfig.register("locomotion_image_video", LocoMotionImageVideoConfig, exist_ok=True)
AutoConfig.register("locomotion_native_video", LocoMotionNativeVideoConfig, exist_ok=True)

__all__ = ["LocoMotionImageVideoConfig", "LocoMotionNativeVideoConfig"]
