"""The settings of LocoMotion: one composite configuration, and one for its own small video encoder."""

import copy
from typing import Any, Literal, Self

from huggingface_hub.dataclasses import strict
from transformers import AutoConfig, PreTrainedConfig
from transformers.configuration_utils import SubConfigSpec

from .encoder_families_locomotion import as_video_config
from .presets_locomotion import PRESETS


@strict
class LocoMotionVideoConfig(PreTrainedConfig):
    r"""Settings of `LocoMotionVideoModel`, a video encoder that learns motion within minutes on a laptop.

    Every default is our own choice, tried out on two CPU cores.

    Args:
        image_size: height and width in pixels of the frames that the space positions are made for; other
            multiples of 8 are taken too, and the positions are interpolated.
        num_frames: number of frames that the time positions are made for; others are interpolated.
        num_channels: colour channels of a frame.
        patch_hidden_size: width of a patch of 8 x 8 pixels, before patches are pooled to a step in time.
        num_queries: learned queries that pool the patches of a step, and the steps of a clip.
        hidden_size: width of a step in time: of what the text attends to.
        num_hidden_layers: transformer blocks over time.
        num_attention_heads: heads of each attention.
        intermediate_size: width of the hidden layer in each block's feed-forward network.
        hidden_act: activation, by its name in transformers.
        attention_probs_dropout_prob: dropout on attention weights.
        hidden_dropout_prob: dropout on what each block adds.
        layer_norm_eps: epsilon of the layer norms.
        initializer_range: standard deviation of the initial weights.
    """

    model_type = "locomotion_video"
    base_config_key = "video_config"

    image_size: int = 48
    num_frames: int = 16
    num_channels: int = 3
    patch_hidden_size: int = 64
    num_queries: int = 8
    hidden_size: int = 128
    num_hidden_layers: int = 4
    num_attention_heads: int = 4
    intermediate_size: int = 256
    hidden_act: str = "gelu"
    attention_probs_dropout_prob: float | int = 0.0
    hidden_dropout_prob: float | int = 0.0
    layer_norm_eps: float = 1e-6
    initializer_range: float = 0.05

    def validate_architecture(self) -> None:
        """Refuse sizes that do not fit each other."""
        for name, number in (
            ("num_attention_heads", self.num_attention_heads),
            ("num_queries", self.num_queries),
        ):
            if self.hidden_size % number:
                raise ValueError(
                    f"hidden_size is {self.hidden_size} and {name} is {number}. Expected: a hidden_size that "
                    f"{name} divides. To fix it: change one of the two."
                )
        if self.image_size % 8:
            raise ValueError(
                f"image_size is {self.image_size}. Expected: a multiple of 8. To fix it: take "
                f"{self.image_size // 8 * 8 or 8}."
            )


#: What the two BERT parts share. No dropout: the default run never sees a clip twice. Initial weights larger than
#: BERT's .02 were needed with AdamW, where those left all texts alike; with Muon both do (results/ablations.json).
_SMALL_BERT = {
    "vocab_size": 4096,  # what `tokenization_locomotion.build_tokenizer` ships; tested to be equal
    "hidden_size": 128,
    "num_attention_heads": 4,
    "intermediate_size": 256,
    "max_position_embeddings": 64,
    "type_vocab_size": 1,
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
    "initializer_range": 0.09,
}


@strict
class LocoMotionConfig(PreTrainedConfig):
    r"""Settings of LocoMotion: three encoders and what ties them together.

    The defaults are the model of the default run, about two million parameters. The text encoder and the
    cross-modal encoder are the lower and upper layers of one BERT, as in Singularity, VindLU and UMT.

    Args:
        video_config: the video encoder; our own small one by default. That of an image transformer or of a video
            encoder of transformers is taken, too.
        text_config: the text encoder, BERT-like.
        cross_modal_config: the BERT layers with cross-attention into the video. `is_decoder` and
            `add_cross_attention` are set here whatever is given: that is how BERT is told to build the
            cross-attention. Attention among the words stays bidirectional.
        project_video_states: whether a linear layer stands between the video's tokens and cross-attention, which
            it must where their widths differ. The lineage, whose widths are equal, has none.
        projection_dim: size of the space in which videos and texts are compared.
        projection_bias: whether the projections into it have an offset, as the lineage's have.
        temperature_init, temperature_min, temperature_max: the contrastive temperature at the start, and
            the range that it is kept in. Source: Singularity, VindLU, UMT.
        vtc_weight, vtm_weight, mlm_weight: weights of the losses; 0 skips the computation. Source: lineage.
        vtm_negatives: whence the wrong videos and texts of VTM come: "global", from the batches of all processes,
            or "local", from that of each. With one process both are the same. Source of "local": lineage; of
            "global": BLIP-2.
        vtm_twin_texts: whether the wrong text, too, is a twin's where `scene_ids` tell of one: own choice not to.
        foil_vtc_weight: how many of a batch's wrong texts a foil counts as in VTC; 0 leaves foils out of it. There
            are none unless `forward` is given some. Source of 1: NegCLIP; that they count for their own clip alone
            is our own choice, as a foil is often true of a twin.
        foil_vtm_weight: weight of a foil's pair in VTM beside that of the other pairs; 0 leaves foils out of it.
        mlm_probability: share of the words that are masked. Source: lineage.
        motion_token_ids: words that tell of motion, whose MLM accuracy is told apart; None: it is not.
        cls_token_id, mask_token_id: ids of those tokens; the padding id is the text encoder's.
        initializer_range: standard deviation of the initial weights of the heads.
        tie_word_embeddings: whether predicting words reuses the word embeddings.
    """

    model_type = "locomotion"
    sub_configs_defaults = {
        "video_config": SubConfigSpec(config_class=AutoConfig, model_type="locomotion_video"),
        "text_config": SubConfigSpec(
            config_class=AutoConfig, model_type="bert", init_kwargs={**_SMALL_BERT, "num_hidden_layers": 2}
        ),
        # Not "fusion_config": transformers has a keyword of that name.
        "cross_modal_config": SubConfigSpec(
            config_class=AutoConfig, model_type="bert", init_kwargs={**_SMALL_BERT, "num_hidden_layers": 2}
        ),
    }

    # A configuration, its dictionary, or None; a configuration once __post_init__ has run.
    video_config: Any = None
    text_config: Any = None
    cross_modal_config: Any = None
    project_video_states: bool = True
    projection_dim: int = 128
    projection_bias: bool = False
    temperature_init: float = 0.07
    temperature_min: float = 0.001
    temperature_max: float = 0.5
    vtc_weight: float | int = 1.0
    vtm_weight: float | int = 1.0
    mlm_weight: float | int = 1.0
    vtm_negatives: Literal["global", "local"] = "global"
    vtm_twin_texts: bool = False
    foil_vtc_weight: float | int = 1.0
    foil_vtm_weight: float | int = 1.0
    mlm_probability: float = 0.5
    motion_token_ids: list[int] | None = None
    cls_token_id: int = 2
    mask_token_id: int = 4
    initializer_range: float = 0.05
    tie_word_embeddings: bool = True

    def __post_init__(self, **kwargs: Any) -> None:
        super().__post_init__(**kwargs)
        self.video_config = as_video_config(self.video_config)
        self.cross_modal_config.is_decoder = True
        self.cross_modal_config.add_cross_attention = True
        # For the Hub's remote code: a saved model names its own class alone, yet a pre-training checkpoint
        # serves AutoModel too.
        if getattr(self, "auto_map", None) is None:
            self.auto_map = {"AutoModel": "modeling_locomotion.LocoMotionModel"}

    @classmethod
    def preset(cls, name: str, **changes: Any) -> Self:
        """A configuration by its size.

        Args:
            name: "tiny" (the defaults: two million parameters, our own video encoder), "small" (ViT-S/16 and
                MiniLM, 4 + 2 layers), "base" (BEiT-B/16 and BERT-base, 9 + 3), or "faithful", see there.
            **changes: settings that replace the preset's.

        Raises:
            ValueError: there is no such preset.
        """
        if name not in PRESETS:
            raise ValueError(
                f"name is {name!r}. Expected: one of {', '.join(PRESETS)}. To fix it: choose one, or pass the "
                "settings to LocoMotionConfig."
            )
        return cls(**{**copy.deepcopy(PRESETS[name]), **changes})

    @classmethod
    def faithful(cls, **changes: Any) -> Self:
        """The configuration that is nearest to the paper's lineage (Singularity, VindLU).

        BEiT-B/16 with attention along time, 4 frames of 224 x 224; BERT-base, 9 layers that read texts and 3 with
        cross-attention; projection 256; temperature .07; half of the words masked; a clip's similarity to a text is
        the mean of its frames' cosines. The paper names no backbone.

        Args:
            **changes: settings that replace these.
        """
        return cls.preset("faithful", **changes)

    @property
    def compares_frames(self) -> bool:
        """Whether a clip's similarity to a text is the mean of its frames' cosines."""
        video = self.video_config
        return video.model_type == "locomotion_image_video" and not video.mean_over_frames

    def validate_architecture(self) -> None:
        """Refuse parts that do not fit each other."""
        for name in ("hidden_size", "vocab_size"):
            text, cross_modal = getattr(self.text_config, name), getattr(self.cross_modal_config, name)
            if text != cross_modal:
                raise ValueError(
                    f"{name} is {text} in text_config and {cross_modal} in cross_modal_config. Expected: "
                    "equal, as one reads what the other wrote. To fix it: give both configs the same value."
                )
        widths = self.video_config.hidden_size, self.cross_modal_config.hidden_size
        if not self.project_video_states and widths[0] != widths[1]:
            raise ValueError(
                f"project_video_states is False, with a hidden_size of {widths[0]} in video_config and {widths[1]} "
                "in cross_modal_config. Expected: equal widths, or a projection. To fix it: set it to True."
            )
        for name in ("foil_vtc_weight", "foil_vtm_weight"):
            if getattr(self, name) < 0:
                raise ValueError(
                    f"{name} is {getattr(self, name)}. Expected: 0 or more. To fix it: take 0 to leave foils out."
                )
        if not 0 < self.temperature_min <= self.temperature_init <= self.temperature_max:
            raise ValueError(
                f"temperature_init is {self.temperature_init}. Expected: above 0, from temperature_min "
                f"{self.temperature_min} to temperature_max {self.temperature_max}. To fix it: change one "
                "of them."
            )


# Here and not in __init__.py: as remote code from the Hub this file is loaded without its package, and a
# LocoMotionConfig looks its video encoder up by name.
AutoConfig.register("locomotion_video", LocoMotionVideoConfig, exist_ok=True)

__all__ = ["LocoMotionConfig", "LocoMotionVideoConfig"]
