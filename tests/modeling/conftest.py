"""A model of a few thousand parameters, and a batch for it."""

import numpy as np
import pytest
import torch

from locomotion_hf.modeling import (
    LocoMotionConfig,
    LocoMotionForPreTraining,
    LocoMotionProcessor,
    LocoMotionVideoProcessor,
    build_tokenizer,
)

torch.set_num_threads(1)  # tensors this small only lose by being shared out

BERT = {"hidden_size": 32, "num_attention_heads": 2, "intermediate_size": 48, "vocab_size": 4096}
NO_DROPOUT = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}


def make_config(**changes):
    bert = {**BERT, **NO_DROPOUT, "type_vocab_size": 1, "max_position_embeddings": 64}
    video = {
        "image_size": 16,
        "num_frames": 4,
        "patch_size": 8,
        "stem_channels": 4,
        "hidden_size": 24,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 48,
    }
    defaults = {
        "video_config": video,
        "text_config": {**bert, "num_hidden_layers": 1},
        "cross_modal_config": {**bert, "num_hidden_layers": 1},
        "projection_dim": 16,
        "initializer_range": 0.1,
    }
    return LocoMotionConfig(**{**defaults, **changes})


@pytest.fixture(scope="session")
def tiny_config():
    """The function that makes the tiny configuration, with changes."""
    return make_config


@pytest.fixture
def model():
    torch.manual_seed(0)
    return LocoMotionForPreTraining(make_config()).train()


@pytest.fixture
def image_based():
    """As `model`, with an image transformer whose blocks look along time, as after some training."""
    image = {
        "model_type": "beit",
        "image_size": 16,
        "patch_size": 8,
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 48,
        "use_relative_position_bias": True,
        "drop_path_rate": 0.0,
    }
    torch.manual_seed(0)
    model = LocoMotionForPreTraining(make_config(video_config=image, project_video_states=False)).train()
    for layer in model.model.video_model.temporal_layers:
        torch.nn.init.ones_(layer.scale)
    return model


@pytest.fixture(scope="session")
def processor():
    video_processor = LocoMotionVideoProcessor(num_frames=4, size={"height": 16, "width": 16})
    return LocoMotionProcessor(video_processor, build_tokenizer())


@pytest.fixture
def frames():
    """Five clips, (5, 4, 16, 16, 3) uint8."""
    return np.random.default_rng(0).integers(0, 256, (5, 4, 16, 16, 3), dtype=np.uint8)


@pytest.fixture
def inputs(processor, frames):
    texts = [
        "A red teapot moves slowly upwards, then quickly to the right",
        "A dog moves left",
        "A cat moves slowly down while rotating clockwise",
        "A fox moves right",
        "A boat moves quickly up and to the left",
    ]
    return dict(processor(text=texts, videos=frames))
