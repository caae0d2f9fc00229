"""Tiny real models, freshly initialised."""

import pytest
import torch
from transformers import CLIPConfig, CLIPModel, CLIPProcessor, CLIPTokenizer
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from locomotion_hf.evaluation.embedders import FrameMeanEmbedder, LocoMotionEmbedder
from locomotion_hf.modeling import (
    LocoMotionConfig,
    LocoMotionForPreTraining,
    LocoMotionProcessor,
    LocoMotionVideoProcessor,
    build_tokenizer,
)


def _ours(model=None, **settings):
    tokenizer = build_tokenizer()
    if model is None:
        torch.manual_seed(0)
        small = {"hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 32}
        # Dropout, so that forgetting the evaluation mode would show.
        bert = {**small, "vocab_size": len(tokenizer), "num_hidden_layers": 1, "hidden_dropout_prob": 0.5}
        video = {**small, "num_hidden_layers": 1, "image_size": 32, "hidden_dropout_prob": 0.5}
        config = LocoMotionConfig(
            video_config={"model_type": "locomotion_video", **video},
            text_config={"model_type": "bert", **bert},
            cross_modal_config={"model_type": "bert", **bert},
            projection_dim=8,
        )
        model = LocoMotionForPreTraining(config)
        for parameter in model.parameters():  # the small initial weights would hide every difference
            torch.nn.init.normal_(parameter, std=0.3)
    processor = LocoMotionProcessor(LocoMotionVideoProcessor(size={"height": 32, "width": 32}), tokenizer)
    return LocoMotionEmbedder(model, processor, **settings)


def _frame_mean(**settings):
    torch.manual_seed(0)
    small = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    words = [*"abcdefghijklmnopqrstuvwxyz,", *[f"{letter}</w>" for letter in "abcdefghijklmnopqrstuvwxyz,"]]
    vocab = {word: index for index, word in enumerate([*words, "<|startoftext|>", "<|endoftext|>"])}
    text = {**small, "vocab_size": len(vocab), "eos_token_id": len(vocab) - 1, "bos_token_id": len(vocab) - 2}
    model = CLIPModel(
        CLIPConfig(
            text_config={**text, "attention_dropout": 0.5, "max_position_embeddings": 77},
            vision_config={**small, "image_size": 30, "patch_size": 10, "attention_dropout": 0.5},
            projection_dim=8,
        )
    )
    images = CLIPImageProcessorPil(size={"shortest_edge": 30}, crop_size={"height": 30, "width": 30})
    tokenizer = CLIPTokenizer(vocab=vocab, merges=[], model_max_length=77)
    return FrameMeanEmbedder(model, CLIPProcessor(images, tokenizer), **settings)


@pytest.fixture
def ours():
    """Makes an embedder of our own model; settings are those of `LocoMotionEmbedder`."""
    return _ours


@pytest.fixture
def frame_mean():
    """Makes a frame-mean embedder; settings are those of `FrameMeanEmbedder`."""
    return _frame_mean


@pytest.fixture(params=["ours", "frame_mean"])
def make(request):
    """Either of the two."""
    return request.getfixturevalue(request.param)
