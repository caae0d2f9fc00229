"""Models whose answers are known: one that has read the facts, one that cannot see order, one that guesses."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from transformers import CLIPConfig, CLIPModel, CLIPProcessor, CLIPTokenizer
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from locomotion_hf.captions import parse
from locomotion_hf.captions.foils import meaning
from locomotion_hf.captions.grammar import placeholders
from locomotion_hf.evaluation.embedders import FrameMeanEmbedder
from locomotion_hf.facts import Stated
from locomotion_hf.probing import probe_clips, probe_recipe
from locomotion_hf.randomness import stable_hash, stream

#: Vocabulary -> clips: four scenes are the fewest that a verdict can rest on.
COUNTS = {"linear": 32, "full": 16}


class Oracle:
    """Knows the facts of the probes' clips, by their frames; nothing of what it never saw.

    A vector has three parts: what is stated with the nouns, what is stated without them, and "I do not know".
    """

    def __init__(self, clips):
        self.codes, self.stated = {}, {}
        for clip in clips:
            shown = [(clip.example, clip.example.frames), *((twin, twin.frames) for twin in clip.twins.values())]
            backwards, across = clip.example.frames[::-1], clip.example.frames[:, :, ::-1]
            shown += [
                (clip.twins[kind], frames)
                for kind, frames in (("reverse", backwards), ("mirror", across))
                if kind in clip.twins
            ]
            for example, frames in shown:
                self.stated[np.ascontiguousarray(frames).tobytes()] = example.facts.stated

    def _code(self, told):
        number = self.codes.setdefault(told, len(self.codes))
        return stream(0, "oracle", number).normal(size=64)

    def _vector(self, stated, named=True):
        names = placeholders(len(stated.objects))
        unnamed = Stated(
            tuple((n, moves) for n, (_, moves) in zip(names, stated.objects, strict=True)),
            stated.relations,
            stated.camera,
        )
        parts = [self._code(meaning(stated)) * named, self._code(meaning(unnamed)), np.zeros(1)]
        vector = np.concatenate(parts)
        return vector / np.linalg.norm(vector)

    def embed_videos(self, videos):
        nothing = np.eye(129)[-1]
        found = [self.stated.get(np.ascontiguousarray(video).tobytes()) for video in videos]
        return np.stack([nothing if one is None else self._vector(one) for one in found]).astype(np.float32)

    def embed_texts(self, texts):
        told = [parse(text) for text in texts]
        hidden = [[noun for noun, _ in one.objects] == placeholders(len(one.objects)) for one in told]
        vectors = [self._vector(one, not hide) for one, hide in zip(told, hidden, strict=True)]
        return np.stack(vectors).astype(np.float32)

    def matcher(self, videos, texts):
        video, text = self.embed_videos(videos), self.embed_texts(texts)
        return lambda texts, videos: (video[videos] * text[texts]).sum(-1)


class Guesser:
    """A vector of its own for every clip and every sentence."""

    def __init__(self, seed=0):
        self.seed = seed

    def _vectors(self, names: Sequence[str]):
        vectors = np.stack([stream(self.seed, name).normal(size=32) for name in names])
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)

    def embed_videos(self, videos):
        return self._vectors([f"{stable_hash(np.ascontiguousarray(video).tobytes().hex())}" for video in videos])

    def embed_texts(self, texts):
        return self._vectors(texts)

    def matcher(self, videos, texts):
        return None


@pytest.fixture(scope="session")
def recipes():
    """Small clips of both vocabularies."""
    return {vocabulary: probe_recipe(vocabulary, 32) for vocabulary in COUNTS}


@pytest.fixture(scope="session")
def made(recipes):
    """The clips of both vocabularies."""
    return {vocabulary: list(probe_clips(recipes[vocabulary], count)) for vocabulary, count in COUNTS.items()}


@pytest.fixture(scope="session")
def oracle():
    return Oracle


@pytest.fixture(scope="session")
def guesser():
    return Guesser


@pytest.fixture(scope="session")
def frame_mean():
    """A real mean over the frames of a tiny CLIP with random weights."""
    torch.manual_seed(0)
    small = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    letters = [*"abcdefghijklmnopqrstuvwxyz,.-", *[f"{letter}</w>" for letter in "abcdefghijklmnopqrstuvwxyz,.-"]]
    vocab = {word: index for index, word in enumerate([*letters, "<|startoftext|>", "<|endoftext|>"])}
    ends = {"eos_token_id": len(vocab) - 1, "bos_token_id": len(vocab) - 2, "pad_token_id": len(vocab) - 1}
    text = {**small, "vocab_size": len(vocab), "max_position_embeddings": 400, **ends}
    model = CLIPModel(
        CLIPConfig(text_config=text, vision_config={**small, "image_size": 30, "patch_size": 10}, projection_dim=8)
    )
    for parameter in model.parameters():  # the small initial weights would hide every difference
        torch.nn.init.normal_(parameter, std=0.3)
    images = CLIPImageProcessorPil(size={"shortest_edge": 30}, crop_size={"height": 30, "width": 30})
    tokenizer = CLIPTokenizer(vocab=vocab, merges=[], model_max_length=400)
    return FrameMeanEmbedder(model, CLIPProcessor(images, tokenizer), batch_size=32, num_frames=16)
