import math

import pytest
import torch

from locomotion_hf.modeling.losses_locomotion import (
    IGNORED,
    LocoMotionTemperature,
    contrastive_loss,
    contrastive_targets,
    mask_tokens,
    sample_negatives,
)
from locomotion_hf.modeling.processes_locomotion import gather

IDS = {"pad_token_id": 0, "cls_token_id": 2, "mask_token_id": 4, "vocab_size": 100}


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_contrastive_loss_equals_a_naive_loop():
    logits = torch.randn(6, 6, generator=seeded())
    groups = [3, 8, 3, 5, 8, 3]
    total = 0.0
    for i in range(6):
        for row in (logits[i], logits[:, i]):
            denominator = math.log(sum(math.exp(value) for value in row.tolist()))
            friends = [j for j in range(6) if groups[j] == groups[i]]
            total += sum(denominator - row[j].item() for j in friends) / len(friends) / 12
    targets = contrastive_targets(torch.tensor(groups), torch.tensor(groups))
    assert contrastive_loss(logits, logits.T, targets).item() == pytest.approx(total, rel=1e-5)


def test_negatives_follow_the_similarity_and_avoid_the_own_group():
    groups = torch.tensor([0, 0, 1, 2])
    logits = torch.tensor([[9.0, 9.0, 0.0, 1.0]] * 4)
    drawn = torch.stack([sample_negatives(logits, groups, seeded(seed))[0] for seed in range(400)])
    assert not (groups[drawn] == groups[None]).any()
    odds = (drawn[:, 0] == 3).float().mean().item()
    assert odds == pytest.approx(math.e / (1 + math.e), abs=0.08)


def test_negatives_of_the_own_scene_come_first():
    groups, scenes = torch.tensor([0, 1, 2, 3, 3]), torch.tensor([7, 7, 8, 9, 9])
    logits = torch.randn(5, 5, generator=seeded())
    drawn = torch.stack([sample_negatives(logits, groups, seeded(seed), scenes)[0] for seed in range(60)])
    assert (drawn[:, 0] == 1).all()
    assert (drawn[:, 1] == 0).all()
    # Alone in its scene, or alone with its own group there: from the whole batch, as without scenes.
    assert len(drawn[:, 2].unique()) > 1
    assert not ((drawn[:, 3] == 4) | (drawn[:, 4] == 3)).any()


def test_a_sharp_temperature_still_leaves_a_negative():
    logits = torch.eye(3) * 5000
    columns, valid = sample_negatives(logits, torch.arange(3), seeded())
    assert valid.all()
    assert (columns != torch.arange(3)).all()


@pytest.mark.parametrize("groups", [[7], [7, 7, 7]])
def test_no_valid_negative_is_said_and_does_not_break(groups):
    size = len(groups)
    columns, valid = sample_negatives(torch.randn(size, size), torch.tensor(groups), seeded())
    assert not valid.any()
    assert ((columns >= 0) & (columns < size)).all()


def test_masking_is_80_10_10_of_half_the_words():
    ids = torch.randint(5, 100, (200, 50), generator=seeded())
    ids[:, 0], ids[:, -1], ids[:, 30:40] = 2, 3, 0
    attention = (ids != 0).long()
    masked, labels = mask_tokens(ids, attention, **IDS, generator=seeded(1))
    chosen = labels != IGNORED
    assert (labels[chosen] == ids[chosen]).all()
    assert (masked[~chosen] == ids[~chosen]).all()
    assert not chosen[:, 0].any()
    assert not chosen[:, 30:40].any()
    assert chosen[:, -1].any()
    open_places = attention.bool() & (ids != 2)
    assert chosen[open_places].float().mean().item() == pytest.approx(0.5, abs=0.02)
    assert (masked[chosen] == 4).float().mean().item() == pytest.approx(0.8, abs=0.02)
    assert (masked[chosen] == ids[chosen]).float().mean().item() == pytest.approx(0.1, abs=0.02)


def test_masking_repeats_with_its_generator():
    ids = torch.randint(5, 100, (4, 9), generator=seeded())
    one, same, other = (
        mask_tokens(ids, torch.ones_like(ids), **IDS, generator=seeded(seed))[0] for seed in (1, 1, 2)
    )
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


@pytest.mark.parametrize(("start", "limit", "sign"), [(0.0005, 0.001, 1), (0.9, 0.5, -1)])
def test_the_temperature_is_clamped_and_can_come_back(start, limit, sign, tiny_config):
    temperature = LocoMotionTemperature(tiny_config())
    with torch.no_grad():
        temperature.log_tau.fill_(math.log(start))
    out = temperature(torch.ones(1))
    assert out.item() == pytest.approx(1 / limit)
    # The output falls as the temperature rises: asking for less pulls it up, for more pushes it down.
    (inwards,) = torch.autograd.grad(sign * out, temperature.log_tau, retain_graph=True)
    (outwards,) = torch.autograd.grad(-sign * out, temperature.log_tau)
    assert -inwards.item() * sign > 0
    assert outwards.item() == 0


def test_gather_is_the_identity_in_a_single_process():
    local = torch.randn(3, 2)
    assert gather(local) is local
