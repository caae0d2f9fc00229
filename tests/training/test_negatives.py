import numpy as np
import pytest
import tokenizers
import torch
from transformers import PreTrainedTokenizerFast

from locomotion_hf.captions import verify
from locomotion_hf.captions.foils import foils
from locomotion_hf.dataset import Recipe, generate
from locomotion_hf.errors import CaptionError, TrainingError
from locomotion_hf.modeling import (
    LocoMotionConfig,
    LocoMotionForPreTraining,
    LocoMotionProcessor,
    LocoMotionVideoProcessor,
    build_tokenizer,
)
from locomotion_hf.training.motion_tokens import motion_token_ids, motion_words
from locomotion_hf.training.negatives import draw_foils, foil_inputs

LONG = "A cat moves slowly upwards while rotating clockwise, then moves to the left in an anticlockwise arc"
NOTHING = "A quiet evening"
ONE_KIND = ("direction",)


@pytest.fixture(scope="module")
def processor():
    return LocoMotionProcessor(LocoMotionVideoProcessor(), build_tokenizer())


@pytest.fixture(scope="module")
def captions():
    recipe = Recipe(seed=0, resolution=16)
    return [generate(recipe, "train", index).caption for index in range(40)]


def texts_of(inputs, processor):
    """The foils of each clip as text again; None where the mask is zero."""
    return [
        [
            processor.tokenizer.decode(ids[mask.bool()], skip_special_tokens=True) if mask.any() else None
            for ids, mask in zip(*both, strict=True)
        ]
        for both in zip(inputs["negative_input_ids"], inputs["negative_attention_mask"], strict=True)
    ]


def test_every_foil_contradicts_its_caption(captions):
    for index, caption in enumerate(captions):
        drawn = draw_foils(caption, 4, 0, index)
        assert len(set(drawn)) == min(4, len(foils(caption)))
        for foil in drawn:
            assert verify(caption, foil).reason not in ("", "duplicate"), (caption, foil)


def test_kinds_take_turns():
    found = {foil.caption: foil.kind for foil in foils(LONG)}
    kinds = set(found.values())
    for seed in range(20):
        drawn = draw_foils(LONG, len(kinds), seed, "clip")
        assert {found[text] for text in drawn} == kinds
    everything = draw_foils(LONG, 1000, 0, "clip")
    assert sorted(everything) == sorted(found)


def test_a_draw_is_a_function_of_seed_and_clip():
    one = draw_foils(LONG, 3, 0, 7)
    assert one == draw_foils(LONG, 3, 0, 7)
    others = {draw_foils(LONG, 3, seed, clip) for seed, clip in ((1, 7), (0, 8), (0, "7"))}
    assert one not in others
    assert len(others) > 1


def test_a_batch_holds_what_was_drawn(captions, processor):
    batch = [captions[0], NOTHING, "A cat moves to the left", LONG]
    clips = ["a", "b", "c", "d"]
    inputs = foil_inputs(batch, processor, 3, 5, clips, ("direction", "speed", "rotation"))
    assert inputs["negative_input_ids"].shape == inputs["negative_attention_mask"].shape
    assert inputs["negative_input_ids"].shape[:2] == (4, 3)
    expected = [
        draw_foils(*one, ("direction", "speed", "rotation"))
        for one in zip(batch, [3] * 4, [5] * 4, clips, strict=True)
    ]
    assert len(expected[1]) == 0
    assert len(expected[2]) == 1
    decode = [
        processor.tokenizer.decode(processor.tokenizer(text)["input_ids"], skip_special_tokens=True)
        for text in expected[2]
    ]
    assert texts_of(inputs, processor)[2] == [*decode, None, None]
    assert [sum(text is not None for text in row) for row in texts_of(inputs, processor)] == list(map(len, expected))


def test_no_foils_are_no_inputs(processor):
    assert foil_inputs(["A cat"], processor, 0, 0, [0]) == {}


def test_what_nobody_has_foils_of_is_empty_throughout(processor):
    inputs = foil_inputs([NOTHING, NOTHING], processor, 2, 0, [0, 1])
    assert not inputs["negative_attention_mask"].any()
    assert inputs["negative_input_ids"].shape[:2] == (2, 2)


@pytest.mark.parametrize(("count", "clips"), [(-1, [0]), (2, [0, 1])])
def test_what_does_not_fit_is_refused(count, clips, processor):
    with pytest.raises(TrainingError, match=r"foils for each of 1 captions of \d clips.*Expected.*check --foils"):
        foil_inputs(["A cat moves left"], processor, count, 0, clips)


def test_an_unknown_kind_is_refused():
    with pytest.raises(CaptionError, match="colour"):
        draw_foils("A cat moves left", 1, 0, 0, ("colour",))


def test_motion_tokens_are_whole_words_of_motion(captions):
    tokenizer = build_tokenizer()
    ids = motion_token_ids(tokenizer)
    assert ids == sorted(set(ids))
    tokens = set(tokenizer.convert_ids_to_tokens(ids))
    assert tokens <= motion_words()
    assert {"left", "clockwise", "quickly", "moves", "rotating", "spirals", "growing", "plummets"} <= tokens
    assert not tokens & {"the", "a", "an", "and", "to", "cat", "##ing", "##s", "[MASK]", "[UNK]", "[CLS]"}
    share = np.mean([token in tokens for caption in captions for token in tokenizer.tokenize(caption)])
    assert 0.25 < share < 0.5


def test_byte_pairs_have_motion_tokens_within_a_text():
    inner = tokenizers.Tokenizer(tokenizers.models.BPE(unk_token="<unk>"))
    inner.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<unk>"], initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet()
    )
    inner.train_from_iterator(["moves left, a cat moves left", "left moves"] * 50, trainer)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, unk_token="<unk>")
    tokens = tokenizer.convert_ids_to_tokens(motion_token_ids(tokenizer))
    assert {"left", "Ġleft", "Ġmoves"} <= set(tokens)
    assert "Ġcat" not in tokens


def test_the_model_takes_a_batch_as_it_is(captions, processor):
    torch.manual_seed(0)
    small = {"hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 16}
    model = LocoMotionForPreTraining(
        LocoMotionConfig(
            video_config={
                "model_type": "locomotion_video",
                **small,
                "num_hidden_layers": 1,
                "patch_hidden_size": 16,
                "image_size": 16,
            },
            text_config={"model_type": "bert", **small, "num_hidden_layers": 1, "vocab_size": 4096},
            cross_modal_config={"model_type": "bert", **small, "num_hidden_layers": 1, "vocab_size": 4096},
        )
    )
    frames = np.zeros((4, 16, 16, 16, 3), np.uint8)
    batch = [*captions[:3], NOTHING]
    inputs = {**processor(text=batch, videos=frames), **foil_inputs(batch, processor, 2, 0, range(4))}
    output = model(**inputs)
    assert output.logits_per_foil.shape == (4, 2)
    assert torch.isfinite(output.loss)
