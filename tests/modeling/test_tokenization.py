import importlib.util
import json
import string
from pathlib import Path

import pytest

from locomotion_hf.modeling import LocoMotionConfig, build_tokenizer

ROOT = Path(__file__).resolve().parents[2]
CAPTION = "A red teapot moves slowly upwards while rotating clockwise, then quickly to the right"


@pytest.fixture(scope="module")
def tokenizer():
    return build_tokenizer()


def test_a_caption_takes_about_one_token_a_word(tokenizer):
    tokens = tokenizer.tokenize(CAPTION)
    assert len(tokens) == len(CAPTION.split()) + 1  # the comma


def test_ids_are_those_of_the_default_configuration(tokenizer):
    config = LocoMotionConfig()
    assert len(tokenizer) == config.text_config.vocab_size == config.cross_modal_config.vocab_size
    assert tokenizer.pad_token_id == config.text_config.pad_token_id
    assert tokenizer.cls_token_id == config.cls_token_id
    assert tokenizer.mask_token_id == config.mask_token_id
    assert tokenizer.model_max_length <= config.text_config.max_position_embeddings
    assert sorted(tokenizer("a dog")) == ["attention_mask", "input_ids"]


@pytest.mark.parametrize(
    "text",
    [
        "xylophonists' glissandi",
        "Zürich, naïve café",
        string.printable,
        "\u201cquoted\u201d \u2013 turns 90\u00b0, 3\u00d74 \u2026",
    ],
)
def test_any_english_text_can_be_spelled(tokenizer, text):
    assert tokenizer.unk_token not in tokenizer.tokenize(text)


def test_every_noun_of_the_pack_is_made_of_whole_words(tokenizer):
    manifest = json.loads((ROOT / "src/locomotion_hf/assets/default_pack/manifest.json").read_text("utf-8"))
    pieces = {token for entry in manifest["objects"] for token in tokenizer.tokenize(entry["name"])}
    assert {piece for piece in pieces if piece.startswith("##")} == set()


@pytest.mark.slow
def test_the_script_makes_the_shipped_vocabulary():
    spec = importlib.util.spec_from_file_location("build_vocab", ROOT / "dataset_scripts/build_vocab.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    manifest = json.loads(script.MANIFEST.read_text("utf-8"))
    tokens = script.build([entry["name"] for entry in manifest["objects"]])
    assert tokens == script.VOCABULARY.read_text("utf-8").splitlines()
    assert len(set(tokens)) == script.SIZE


@pytest.mark.parametrize(
    ("verb", "forms"),
    [
        ("move", {"move", "moves", "moved", "moving"}),
        ("skip", {"skip", "skips", "skipped", "skipping"}),
        ("hurry", {"hurry", "hurries", "hurried", "hurrying"}),
        ("whoosh", {"whoosh", "whooshes", "whooshed", "whooshing"}),
        ("flee", {"flee", "flees", "fleed", "fleeing"}),
    ],
)
def test_inflections(verb, forms):
    spec = importlib.util.spec_from_file_location("build_vocab", ROOT / "dataset_scripts/build_vocab.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.inflections(verb) == forms
