"""The model as transformers knows it; importing this room registers its Auto classes.

The folder is flat and imports no other room, so that the Hub's remote code can carry it.
"""

from transformers import AutoConfig, AutoModel, AutoModelForPreTraining, AutoProcessor

# Not from transformers' top level, where it is a placeholder while torchvision is missing.
from transformers.models.auto.video_processing_auto import AutoVideoProcessor

from .configuration_locomotion import LocoMotionConfig, LocoMotionVideoConfig
from .efficientnet_lite_locomotion import LocoMotionEfficientNetLiteConfig, LocoMotionEfficientNetLiteModel
from .encoder_families_locomotion import LocoMotionImageVideoConfig, LocoMotionNativeVideoConfig
from .image_video_encoder_locomotion import LocoMotionImageVideoModel
from .modeling_locomotion import LocoMotionForPreTraining, LocoMotionModel, LocoMotionOutput
from .native_video_encoder_locomotion import LocoMotionNativeVideoModel
from .processing_locomotion import LocoMotionProcessor
from .tokenization_locomotion import MAX_TOKENS, build_tokenizer
from .video_encoder_locomotion import LocoMotionVideoModel
from .video_processing_locomotion import LocoMotionVideoProcessor, sample_frame_indices

AutoConfig.register("locomotion", LocoMotionConfig, exist_ok=True)
AutoModel.register(LocoMotionEfficientNetLiteConfig, LocoMotionEfficientNetLiteModel, exist_ok=True)
AutoModel.register(LocoMotionVideoConfig, LocoMotionVideoModel, exist_ok=True)
AutoModel.register(LocoMotionImageVideoConfig, LocoMotionImageVideoModel, exist_ok=True)
AutoModel.register(LocoMotionNativeVideoConfig, LocoMotionNativeVideoModel, exist_ok=True)
AutoModel.register(LocoMotionConfig, LocoMotionModel, exist_ok=True)
AutoModelForPreTraining.register(LocoMotionConfig, LocoMotionForPreTraining, exist_ok=True)
AutoVideoProcessor.register(LocoMotionConfig, LocoMotionVideoProcessor, exist_ok=True)
AutoProcessor.register(LocoMotionConfig, LocoMotionProcessor, exist_ok=True)

# `save_pretrained` then puts this code beside the weights, for `trust_remote_code=True` elsewhere.
LocoMotionConfig.register_for_auto_class()
LocoMotionModel.register_for_auto_class("AutoModel")
LocoMotionForPreTraining.register_for_auto_class("AutoModelForPreTraining")
LocoMotionVideoProcessor.register_for_auto_class("AutoVideoProcessor")
LocoMotionProcessor.register_for_auto_class("AutoProcessor")

__all__ = [
    "MAX_TOKENS",
    "LocoMotionConfig",
    "LocoMotionEfficientNetLiteConfig",
    "LocoMotionEfficientNetLiteModel",
    "LocoMotionForPreTraining",
    "LocoMotionImageVideoConfig",
    "LocoMotionImageVideoModel",
    "LocoMotionModel",
    "LocoMotionNativeVideoConfig",
    "LocoMotionNativeVideoModel",
    "LocoMotionOutput",
    "LocoMotionProcessor",
    "LocoMotionVideoConfig",
    "LocoMotionVideoModel",
    "LocoMotionVideoProcessor",
    "build_tokenizer",
    "sample_frame_indices",
]
