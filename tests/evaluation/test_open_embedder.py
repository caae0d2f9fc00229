"""A model by its folder: the right kind, its own weights, and sentences where it cannot be."""

import json
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertModel
from transformers.models.videomae.image_processing_pil_videomae import VideoMAEImageProcessorPil

from locomotion_hf.errors import EvaluationError
from locomotion_hf.evaluation.embedders import (
    FrameMeanEmbedder,
    LocoMotionEmbedder,
    XCLIPEmbedder,
    open_embedder,
)
from locomotion_hf.training.adapters import attach

TEXTS = ["a red teapot moves up", "a dog", "a cup turns"]
KINDS = {
    "ours": LocoMotionEmbedder,
    "ours_dual": LocoMotionEmbedder,
    "clip": FrameMeanEmbedder,
    "siglip": FrameMeanEmbedder,
    "xclip": XCLIPEmbedder,
}


def clips(count=3, frames=8, side=32):
    return list(np.random.default_rng(0).integers(0, 256, (count, frames, side, side, 3), dtype=np.uint8))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_opened_by_its_folder(saved, kind):
    embedder = open_embedder(saved / kind, batch_size=2, device="cpu")
    assert type(embedder) is KINDS[kind]
    assert embedder.batch_size == 2
    videos, texts = embedder.embed_videos(clips()), embedder.embed_texts(TEXTS)
    assert videos.shape == texts.shape == (3, 8)
    for vectors in (videos, texts):
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    again = open_embedder(str(saved / kind), device="cpu").embed_videos(clips())
    assert again == pytest.approx(videos, abs=1e-5)  # no weight is drawn anew
    assert (embedder.matcher(clips(), TEXTS) is not None) == (kind in ("ours", "xclip"))


def test_the_weights_are_those_of_the_folder(saved, ours):
    embedder = open_embedder(saved / "ours", device="cpu")
    original = ours()
    assert embedder.embed_texts(TEXTS) == pytest.approx(original.embed_texts(TEXTS), abs=1e-6)
    pairs = np.arange(3), np.arange(3)
    found, expected = (one.matcher(clips(), TEXTS)(*pairs) for one in (embedder, original))
    assert found == pytest.approx(expected, abs=1e-5)


def test_an_adapter_is_opened_with_the_model_that_it_belongs_to(saved, tmp_path):
    embedder = open_embedder(saved / "ours", device="cpu")
    tuned = attach(embedder.model)
    with torch.no_grad():
        for name, weight in tuned.named_parameters():
            if "lora_B" in name:
                weight.normal_(std=0.5)
    tuned.save_pretrained(tmp_path)
    opened = open_embedder(tmp_path, device="cpu")
    expected = LocoMotionEmbedder(tuned, embedder.processor).embed_videos(clips())
    assert opened.embed_videos(clips()) == pytest.approx(expected, abs=1e-5)
    assert np.abs(expected - open_embedder(saved / "ours", device="cpu").embed_videos(clips())).max() > 1e-2


def test_frames_are_the_models_own_unless_told(saved):
    assert open_embedder(saved / "clip", device="cpu").num_frames == 8
    assert open_embedder(saved / "xclip", device="cpu").num_frames == 4
    four = open_embedder(saved / "ours", device="cpu", num_frames=4)
    assert four.num_frames == 4
    shown = four.embed_videos([clip[[0, 2, 5, 7]] for clip in clips()])
    assert four.embed_videos(clips()) == pytest.approx(shown, abs=1e-6)


def test_what_it_says_of_itself(saved):
    assert open_embedder(saved / "clip", device="cpu").describe() == {
        "kind": "CLIPModel",
        "frames": 8,
        "resolution": [30, 30],
        "resize": "shorter side to 30, bicubic, then the centre cut out",
        "precision": "float32",
    }
    told = open_embedder(saved / "ours", device="cpu", dtype="bfloat16").describe()
    assert told["resolution"] == [32, 32]
    assert told["resize"] == "height and width stretched, bilinear"
    assert told["precision"] == "bfloat16"


@pytest.mark.parametrize("kind", ["ours", "clip", "xclip"])
def test_half_precision_gives_nearly_the_same(saved, kind):
    half = open_embedder(saved / kind, device="cpu", dtype="bfloat16")
    whole = open_embedder(saved / kind, device="cpu")
    for found, expected in (
        (half.embed_videos(clips()), whole.embed_videos(clips())),
        (half.embed_texts(TEXTS), whole.embed_texts(TEXTS)),
    ):
        assert found.dtype == np.float32
        assert (found * expected).sum(1).min() > 0.98


def test_xclip_hears_the_order_and_matches_as_its_own_forward(saved):
    embedder = open_embedder(saved / "xclip", batch_size=2, device="cpu")
    videos = clips(5, frames=4)
    backwards = embedder.embed_videos([np.ascontiguousarray(video[::-1]) for video in videos])
    assert np.abs(embedder.embed_videos(videos) - backwards).max() > 1e-4  # rounding is a hundred times less
    rescore = embedder.matcher(videos, TEXTS)
    found = np.stack([rescore(text, np.arange(5)) for text in range(3)])
    pixels = embedder.processor.image_processor([f for v in videos for f in v], return_tensors="pt")["pixel_values"]
    inputs = embedder.processor.tokenizer(TEXTS, padding=True, return_tensors="pt")
    with torch.no_grad():
        own = embedder.model(**inputs, pixel_values=pixels.view(5, 4, 3, 30, 30))
    expected = own.logits_per_text / embedder.model.logit_scale.exp().detach()
    assert found == pytest.approx(expected.numpy(), abs=1e-5)
    assert np.abs(found - embedder.embed_texts(TEXTS) @ embedder.embed_videos(videos).T).max() > 1e-3
    # Checkpoints of the Hub come with the image processor of VideoMAE.
    embedder.processor.image_processor = VideoMAEImageProcessorPil(
        size={"shortest_edge": 30},
        crop_size={"height": 30, "width": 30},
        resample=3,
        image_mean=embedder.processor.image_processor.image_mean,
        image_std=embedder.processor.image_processor.image_std,
    )
    assert embedder.embed_videos(videos) == pytest.approx(own.video_embeds.numpy(), abs=1e-4)


def test_weights_that_are_not_there_are_not_invented(saved, tmp_path):
    shutil.copytree(saved / "clip", tmp_path / "torn")
    weights = load_file(tmp_path / "torn" / "model.safetensors")
    del weights["text_projection.weight"]
    save_file(weights, tmp_path / "torn" / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(EvaluationError, match=r"torn lacks 1 weights of a CLIPModel .*text_projection\.weight"):
        open_embedder(tmp_path / "torn")
    (tmp_path / "torn" / "model.safetensors").write_bytes(b"cut short")
    with pytest.raises(EvaluationError, match=r"The weights of .*torn cannot be read"):
        open_embedder(tmp_path / "torn")


def test_what_cannot_be_opened_is_refused(saved, tmp_path):
    with pytest.raises(
        EvaluationError, match=r"nowhere cannot be opened as a model .*Expected: a folder with config"
    ):
        open_embedder(tmp_path / "nowhere")
    bert = BertConfig(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, vocab_size=9)
    BertModel(bert).save_pretrained(tmp_path / "bert")
    with pytest.raises(EvaluationError, match=r"bert is a BertModel\. Expected: a LocoMotion model, an image-text"):
        open_embedder(tmp_path / "bert")
    (tmp_path / "unknown").mkdir()
    (tmp_path / "unknown" / "config.json").write_text(json.dumps({"model_type": "no_such_model"}))
    with pytest.raises(EvaluationError, match="unknown cannot be opened as a model"):
        open_embedder(tmp_path / "unknown")
    open_embedder(saved / "clip", device="cpu").model.save_pretrained(tmp_path / "bare")
    with pytest.raises(EvaluationError, match=r"The processor of .*bare cannot be opened"):
        open_embedder(tmp_path / "bare")
    with pytest.raises(EvaluationError, match=r"num_frames is 8, and .* is an X-CLIP of 4 frames"):
        open_embedder(saved / "xclip", num_frames=8)
    with pytest.raises(EvaluationError, match=r"batch_size=0, num_frames=None\. Expected: 1 or more\."):
        open_embedder(saved / "clip", batch_size=0)


@pytest.mark.parametrize("kind", ["ours", "clip", "xclip"])
def test_empty_input_is_refused(saved, kind):
    embedder = open_embedder(saved / kind, device="cpu")
    with pytest.raises(EvaluationError, match=r"There are no clips\. Expected: at least one"):
        embedder.embed_videos([])
    with pytest.raises(EvaluationError, match=r"There are no sentences\."):
        embedder.embed_texts([])
    with pytest.raises(EvaluationError, match=r"Text 1 is '  '\. Expected: a text with at least one word"):
        embedder.embed_texts(["a dog", "  "])
