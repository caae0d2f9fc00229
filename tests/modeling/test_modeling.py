import pytest
import torch
from huggingface_hub.errors import StrictDataclassClassValidationError
from torch.nn import functional as F

from locomotion_hf.modeling import LocoMotionForPreTraining
from locomotion_hf.modeling.losses_locomotion import mask_tokens


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_a_step_has_the_documented_outputs(model, inputs):
    output = model(**inputs, generator=seeded())
    assert output.loss.item() == pytest.approx((output.loss_vtc + output.loss_vtm + output.loss_mlm).item())
    assert output.logits_per_video.shape == (5, 5)
    assert torch.equal(output.logits_per_text, output.logits_per_video.T)
    torch.testing.assert_close(output.video_embeds.norm(dim=1), torch.ones(5))
    torch.testing.assert_close(output.text_embeds.norm(dim=1), torch.ones(5))
    expected = output.video_embeds @ output.text_embeds.T / 0.07
    torch.testing.assert_close(output.logits_per_video, expected)
    for accuracy in (output.vtm_accuracy, output.mlm_accuracy):
        assert 0 <= accuracy.item() <= 1
        assert not accuracy.requires_grad


def test_features_are_the_embeddings_before_normalising(model, inputs):
    output = model(**inputs, return_loss=False)
    assert output.loss is None
    video = model.get_video_features(inputs["pixel_values_videos"])
    text = model.get_text_features(inputs["input_ids"], inputs["attention_mask"])
    torch.testing.assert_close(F.normalize(video.pooler_output, dim=-1), output.video_embeds)
    torch.testing.assert_close(F.normalize(text.pooler_output, dim=-1), output.text_embeds)
    assert not torch.allclose(video.pooler_output.norm(dim=1), torch.ones(5), atol=1e-3)


def test_tuples_hold_the_same_values(model, inputs):
    output = model(**inputs, generator=seeded())
    as_tuple = model(**inputs, generator=seeded(), return_dict=False)
    assert isinstance(as_tuple, tuple)
    torch.testing.assert_close(as_tuple[0], output.loss)


def test_every_parameter_gets_a_gradient(model, inputs):
    model(**inputs, generator=seeded()).loss.backward()
    assert [name for name, parameter in model.named_parameters() if parameter.grad is None] == []
    # A bias of keys moves all scores of a query alike: its gradient is zero by nature.
    silent = {name for name, parameter in model.named_parameters() if not parameter.grad.abs().max() > 1e-9}
    assert {name for name in silent if not name.endswith("key.bias")} == set()


def test_a_weight_of_zero_skips_the_computation(inputs, tiny_config):
    model = LocoMotionForPreTraining(tiny_config(vtm_weight=0, mlm_weight=0))
    output = model(**inputs)
    assert output.loss_vtm is None
    assert output.loss_mlm is None
    assert torch.equal(output.loss, output.loss_vtc)
    output = LocoMotionForPreTraining(tiny_config(vtc_weight=0, mlm_weight=2, vtm_weight=0))(**inputs)
    assert output.loss_vtc is None
    torch.testing.assert_close(output.loss, 2 * output.loss_mlm)


def test_a_step_repeats_with_its_generator(model, inputs):
    one, same, other = (model(**inputs, generator=seeded(seed)) for seed in (1, 1, 2))
    assert torch.equal(one.loss, same.loss)
    assert not torch.equal(one.loss_mlm, other.loss_mlm)


@pytest.mark.parametrize("groups", [None, [4, 4, 4, 4, 4]])
@pytest.mark.parametrize("size", [1, 5])
def test_batches_without_any_negative_train(model, inputs, size, groups):
    batch = {name: value[:size] for name, value in inputs.items()}
    group_ids = None if groups is None else torch.tensor(groups[:size])
    output = model(**batch, group_ids=group_ids, generator=seeded())
    assert torch.isfinite(output.loss)
    output.loss.backward()
    assert all(torch.isfinite(parameter.grad).all() for parameter in model.parameters())
    if size == 1 or groups:
        states = model.get_video_features(batch["pixel_values_videos"]).last_hidden_state
        text = model.get_text_features(batch["input_ids"], batch["attention_mask"]).last_hidden_state
        positives = model.match_logits(states, text, batch["attention_mask"])
        expected = F.cross_entropy(positives, torch.ones(size, dtype=torch.long))
        torch.testing.assert_close(output.loss_vtm, expected)


def test_matching_equals_a_loop_over_its_pairs(model, inputs, monkeypatch):
    """Two groups of two and one alone; the negatives drawn are recorded, every pair is judged by itself."""
    drawn = []
    import locomotion_hf.modeling.matching_locomotion as room

    def recorded(*args):
        drawn.append(original(*args))
        return drawn[-1]

    original = room.sample_negatives
    monkeypatch.setattr(room, "sample_negatives", recorded)
    group_ids = torch.tensor([1, 1, 2, 2, 3])
    output = model(**inputs, group_ids=group_ids, generator=seeded())
    (wrong_video, _), (wrong_text, _) = drawn
    pairs = [(i, i, 1) for i in range(5)]
    pairs += [(wrong_video[i].item(), i, 0) for i in range(5)]
    pairs += [(i, wrong_text[i].item(), 0) for i in range(5)]
    losses = []
    for v, t, label in pairs:
        assert label or group_ids[v] != group_ids[t]
        length = int(inputs["attention_mask"][t].sum())
        states = model.get_video_features(inputs["pixel_values_videos"][v : v + 1]).last_hidden_state
        text = model.get_text_features(inputs["input_ids"][t : t + 1, :length]).last_hidden_state
        losses.append(F.cross_entropy(model.match_logits(states, text), torch.tensor([label])))
    torch.testing.assert_close(output.loss_vtm, torch.stack(losses).mean(), atol=1e-5, rtol=1e-4)


def test_masked_words_can_be_given(model, inputs):
    masked, labels = mask_tokens(
        inputs["input_ids"],
        inputs["attention_mask"],
        pad_token_id=0,
        cls_token_id=2,
        mask_token_id=4,
        vocab_size=4096,
        generator=seeded(),
    )
    given = [model(**inputs, mlm_input_ids=masked, mlm_labels=labels).loss_mlm for _ in range(2)]
    assert torch.equal(*given)
    nothing = model(**inputs, mlm_input_ids=masked, mlm_labels=torch.full_like(labels, -100))
    assert nothing.loss_mlm.item() == 0
    with pytest.raises(ValueError, match="only one of mlm_input_ids and mlm_labels is given"):
        model(**inputs, mlm_labels=labels)


def test_padding_changes_nothing(model, inputs):
    model.eval()
    ids, mask = inputs["input_ids"][1:2], inputs["attention_mask"][1:2]
    length = int(mask.sum())
    assert length < ids.shape[1]
    states = model.get_video_features(inputs["pixel_values_videos"][:1]).last_hidden_state
    padded, plain = model.get_text_features(ids, mask), model.get_text_features(ids[:, :length])
    torch.testing.assert_close(padded.pooler_output, plain.pooler_output)
    torch.testing.assert_close(
        model.match_logits(states, padded.last_hidden_state, mask),
        model.match_logits(states, plain.last_hidden_state),
    )


@pytest.mark.parametrize("implementation", ["sdpa", "eager"])
@pytest.mark.parametrize("masked", [False, True])
def test_words_see_later_words_and_the_video(model, inputs, implementation, masked):
    model.eval().set_attn_implementation(implementation)
    text = torch.randn(1, 6, 32, generator=seeded())
    video = torch.randn(1, 4, 24, generator=seeded(1))
    mask = torch.ones(1, 6, dtype=torch.long) if masked else None
    later = text.clone()
    later[:, -1] += 1
    plain = model.fuse(video, text, mask)[:, 0]
    assert not torch.allclose(model.fuse(video, later, mask)[:, 0], plain)
    assert not torch.allclose(model.fuse(video + 1, text, mask)[:, 0], plain)


def test_the_word_head_is_tied_and_stays_so_when_resized(model):
    assert model.mlm_head.decoder.weight is model.get_input_embeddings().weight
    model.resize_token_embeddings(4100)
    assert model.mlm_head.decoder.weight is model.get_input_embeddings().weight
    assert model.mlm_head.decoder.bias.shape == (4100,)


def test_checkpointing_gives_the_same_gradients(model, inputs):
    def gradients():
        model.zero_grad()
        model(**inputs, generator=seeded()).loss.backward()
        return [parameter.grad.clone() for parameter in model.parameters()]

    plain = gradients()
    model.activation_checkpointing_enable()
    torch.testing.assert_close(gradients(), plain)


def test_autocast_leaves_the_similarities_exact(model, inputs):
    with torch.autocast("cpu", torch.bfloat16):
        output = model(**inputs, generator=seeded())
    assert output.video_model_output.pooler_output.dtype == torch.bfloat16
    expected = output.video_embeds.float() @ output.text_embeds.float().T / 0.07
    torch.testing.assert_close(output.logits_per_video, expected)
    output.loss.backward()
    assert all(torch.isfinite(parameter.grad).all() for parameter in model.parameters())


def test_a_few_steps_lower_every_loss(model, inputs):
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    outputs = []
    for step in range(30):
        outputs.append(model(**inputs, generator=seeded(step)))
        optimizer.zero_grad()
        outputs[-1].loss.backward()
        optimizer.step()
    for name in ("loss_vtc", "loss_vtm", "loss_mlm"):
        assert outputs[-1][name].item() < outputs[0][name].item(), name


def test_settings_that_do_not_fit_are_refused(tiny_config):
    small = {"hidden_size": 16, "num_attention_heads": 2, "vocab_size": 4096}
    with pytest.raises(
        StrictDataclassClassValidationError,
        match="hidden_size is 16 in text_config and 32 in cross_modal_config",
    ):
        tiny_config(text_config=small)
    with pytest.raises(StrictDataclassClassValidationError, match=r"temperature_init is 0\.9"):
        tiny_config(temperature_init=0.9)
