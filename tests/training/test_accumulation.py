"""Several forward passes a step are one batch to VTC."""

import pytest
import torch
from accelerate import Accelerator
from tiny_run import WORDS, batch, tiny_model

from locomotion_hf.modeling.losses_locomotion import contrastive_loss, contrastive_targets, similarities
from locomotion_hf.training.contrastive import step_gradients, temperature_of

torch.set_num_threads(1)
PARTS, ROWS = 4, 4


def seed_of(part: int) -> int:
    return 100 + part


def gradients(model: torch.nn.Module, batches: list) -> tuple[dict, dict]:
    model.zero_grad()
    model.train()
    figures = step_gradients(Accelerator(cpu=True), model, batches, torch.Generator().manual_seed(1), seed_of)
    return figures, {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


def largest_gap(one: dict, other: dict) -> float:
    assert one.keys() == other.keys()
    scale = max(gradient.abs().max().item() for gradient in other.values())
    return max((one[name] - other[name]).abs().max().item() for name in one) / scale


def with_foils(inputs: dict, count: int) -> dict:
    draw = torch.Generator().manual_seed(9)
    ids = torch.randint(5, 60, (ROWS, count, WORDS), generator=draw)
    mask = torch.ones_like(ids)
    mask[0, -1] = 0
    return {**inputs, "negative_input_ids": ids, "negative_attention_mask": mask}


def test_four_small_passes_are_one_large_batch_to_vtc() -> None:
    model = tiny_model(dropout=0.0, vtm_weight=0, mlm_weight=0)
    parts = [batch(number, ROWS) for number in range(PARTS)]
    parts[2]["group_ids"][1] = parts[0]["group_ids"][3]  # a positive in another part
    whole = {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
    in_parts, of_parts = gradients(model, parts)
    at_once, of_whole = gradients(model, [whole])
    torch.testing.assert_close(in_parts["loss_vtc"], at_once["loss_vtc"], rtol=1e-6, atol=0)
    torch.testing.assert_close(in_parts["loss"], at_once["loss"], rtol=1e-6, atol=0)
    assert largest_gap(of_parts, of_whole) < 1e-5
    assert "model.temperature.log_tau" in of_parts
    # Plain accumulation is something else: its contrast has a quarter of the negatives.
    alone = sum(gradients(model, [part])[0]["loss_vtc"] for part in parts) / PARTS
    assert at_once["loss_vtc"] - alone > 0.5


@pytest.mark.parametrize("foils", [(0, 0, 0, 0), (3, 2, 3, 3)])
def test_all_losses_with_dropout_are_those_of_a_graph_over_all_parts(foils: tuple) -> None:
    model = tiny_model(dropout=0.2)
    parts = [batch(number, ROWS) for number in range(PARTS)]
    parts = [with_foils(part, count) if count else part for part, count in zip(parts, foils, strict=True)]
    figures, found = gradients(model, parts)

    model.zero_grad()
    generator, outputs = torch.Generator().manual_seed(1), []
    for number, part in enumerate(parts):
        torch.manual_seed(seed_of(number))
        outputs.append(model(**part, generator=generator))
    videos, texts = (torch.cat([o[name] for o in outputs]) for name in ("video_embeds", "text_embeds"))
    logits = temperature_of(model)(similarities(videos, texts))
    groups = torch.cat([part["group_ids"] for part in parts])
    of_foils = None
    if foils[0]:
        lowest = torch.finfo(torch.float32).min
        of_foils = torch.full((PARTS * ROWS, max(foils)), lowest)
        for number, output in enumerate(outputs):
            of_foils[number * ROWS : (number + 1) * ROWS, : foils[number]] = output.logits_per_foil
        of_foils = of_foils + torch.tensor(model.config.foil_vtc_weight).log()
    vtc = contrastive_loss(logits, logits.T, contrastive_targets(groups, groups), of_foils)
    loss = vtc + sum(output.loss_vtm + output.loss_mlm for output in outputs) / PARTS
    loss.backward()
    expected = {name: p.grad for name, p in model.named_parameters() if p.grad is not None}
    assert largest_gap(found, expected) < 1e-5
    torch.testing.assert_close(figures["loss"], loss.detach())
    torch.testing.assert_close(figures["vtm_accuracy"], sum(output.vtm_accuracy for output in outputs) / PARTS)


def test_without_vtc_parts_are_averaged() -> None:
    model = tiny_model(dropout=0.0, vtc_weight=0, vtm_weight=0)
    parts = [batch(number, ROWS) for number in range(2)]
    figures, _ = gradients(model, parts)
    assert set(figures) == {"loss", "loss_mlm", "mlm_accuracy"}
    torch.testing.assert_close(figures["loss"], figures["loss_mlm"])
