"""Every attention goes through transformers' interface, so that whatever is registered there can be chosen."""

from collections import Counter

import pytest
import torch
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel
from transformers.masking_utils import flash_attention_mask

CALLS = Counter()


def like_flash(module, query, key, value, attention_mask, scaling=None, dropout=0.0, **kwargs):
    """What flash attention does, by its terms: no mask or `(B, N)` of the keys, causal if the module says so."""
    CALLS[type(module).__name__] += 1
    assert not module.is_causal
    assert scaling == pytest.approx(query.shape[-1] ** -0.5)
    scores = query @ key.transpose(-1, -2) * scaling
    if attention_mask is not None:
        assert attention_mask.shape == (len(key), key.shape[2])
        scores = scores.masked_fill(~attention_mask.bool()[:, None, None], -torch.inf)
    return (scores.softmax(-1) @ value).transpose(1, 2), None


AttentionInterface.register("by_other_means", like_flash)
AttentionMaskInterface.register("by_other_means", flash_attention_mask)


def parts(model):
    return [part for part in model.modules() if isinstance(part, PreTrainedModel)]


@pytest.mark.parametrize("padded", [True, False])
def test_attention_as_flash_has_it_gives_the_same(model, inputs, padded):
    model.eval()
    if not padded:
        inputs = {**inputs, "attention_mask": torch.ones_like(inputs["attention_mask"])}

    def outputs():
        output = model(**inputs, generator=torch.Generator().manual_seed(0))
        return output.logits_per_video, output.loss_vtc, output.loss_vtm, output.loss_mlm

    expected = outputs()
    CALLS.clear()
    model.set_attn_implementation("by_other_means")
    torch.testing.assert_close(outputs(), expected)
    # One layer each: video once, text plain and masked, cross-modal once for matching and masked words.
    assert CALLS == {"LocoMotionVideoAttention": 1, "BertSelfAttention": 3, "LocoMotionCrossAttention": 1}


def test_no_part_refuses_sdpa_or_flash_attention(model):
    assert len(parts(model)) == 5
    assert all(part._supports_sdpa and part._supports_flash_attn for part in parts(model))


def test_each_part_can_be_given_its_own(model, tiny_config):
    chosen = {"video_config": "eager", "text_config": "sdpa", "cross_modal_config": "eager"}
    config = tiny_config()
    config._attn_implementation = chosen
    for built in (type(model)(config), model):
        built.set_attn_implementation(chosen)
        assert {key: getattr(built.config, key)._attn_implementation for key in chosen} == chosen
        assert built.cross_modal_encoder.config._attn_implementation == "eager"
        assert built.model.text_model.config._attn_implementation == "sdpa"
