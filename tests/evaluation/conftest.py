"""Tiny real models, freshly initialised."""

import pytest
import torch
from transformers import (
    CLIPConfig,
    CLIPModel,
    CLIPProcessor,
    CLIPTokenizer,
    SiglipConfig,
    SiglipModel,
    SiglipProcessor,
    XCLIPConfig,
    XCLIPModel,
    XCLIPProcessor,
)
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

from locomotion_hf.evaluation.embedders import FrameMeanEmbedder, LocoMotionEmbedder, XCLIPEmbedder
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


SMALL = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
SEEN = {**SMALL, "image_size": 30, "patch_size": 10, "attention_dropout": 0.5}


def _clip_parts():
    """Settings of a text encoder that knows letters, the tokenizer that does, and an image processor."""
    words = [*"abcdefghijklmnopqrstuvwxyz,", *[f"{letter}</w>" for letter in "abcdefghijklmnopqrstuvwxyz,"]]
    vocab = {word: index for index, word in enumerate([*words, "<|startoftext|>", "<|endoftext|>"])}
    ends = {"eos_token_id": len(vocab) - 1, "bos_token_id": len(vocab) - 2, "pad_token_id": len(vocab) - 1}
    text = {**SMALL, "vocab_size": len(vocab), **ends, "attention_dropout": 0.5, "max_position_embeddings": 77}
    images = CLIPImageProcessorPil(size={"shortest_edge": 30}, crop_size={"height": 30, "width": 30})
    return text, CLIPTokenizer(vocab=vocab, merges=[], model_max_length=77), images


def _frame_mean(**settings):
    torch.manual_seed(0)
    text, tokenizer, images = _clip_parts()
    model = CLIPModel(CLIPConfig(text_config=text, vision_config=SEEN, projection_dim=8))
    return FrameMeanEmbedder(model, CLIPProcessor(images, tokenizer), **settings)


def _siglip(**settings):
    torch.manual_seed(0)
    text, tokenizer, _ = _clip_parts()
    model = SiglipModel(
        SiglipConfig(text_config={**text, "projection_size": 8}, vision_config={**SEEN, "hidden_size": 8})
    )
    images = SiglipImageProcessorPil(size={"height": 30, "width": 30})
    return FrameMeanEmbedder(model, SiglipProcessor(images, tokenizer), padding="max_length", **settings)


def _xclip(**settings):
    torch.manual_seed(0)
    text, tokenizer, images = _clip_parts()
    mit = {
        "mit_hidden_size": 8,
        "mit_intermediate_size": 16,
        "mit_num_hidden_layers": 1,
        "mit_num_attention_heads": 2,
    }
    seen = {**SEEN, **mit, "num_frames": 4, "drop_path_rate": 0.0}
    prompts = {"prompt_layers": 1, "prompt_num_attention_heads": 2, "prompt_alpha": 1.0}
    model = XCLIPModel(XCLIPConfig(text_config=text, vision_config=seen, projection_dim=8, **prompts))
    for parameter in model.parameters():  # the small initial weights would hide every difference
        torch.nn.init.normal_(parameter, std=0.3)
    return XCLIPEmbedder(model, XCLIPProcessor(images, tokenizer), **settings)


@pytest.fixture
def ours():
    """Makes an embedder of our own model; settings are those of `LocoMotionEmbedder`."""
    return _ours


@pytest.fixture
def frame_mean():
    """Makes a frame-mean embedder; settings are those of `FrameMeanEmbedder`."""
    return _frame_mean


@pytest.fixture
def xclip():
    """Makes an embedder of X-CLIP; settings are those of `XCLIPEmbedder`."""
    return _xclip


@pytest.fixture(params=["ours", "frame_mean", "xclip"])
def make(request):
    """Any of the three."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def saved(tmp_path_factory):
    """A folder with saved models: "ours", "ours_dual", "clip", "siglip", "xclip"."""
    folder = tmp_path_factory.mktemp("models")
    ours = _ours()
    made = {"ours": ours, "ours_dual": _ours(ours.model.model), "clip": _frame_mean(), "siglip": _siglip()}
    for name, embedder in (made | {"xclip": _xclip()}).items():
        embedder.model.save_pretrained(folder / name)
        embedder.processor.save_pretrained(folder / name)
    return folder
