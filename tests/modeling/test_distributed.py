"""Two processes with B clips each must learn exactly what one process with 2B clips learns."""

import os
import socket

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch.nn.parallel import DistributedDataParallel

from locomotion_hf.modeling import LocoMotionConfig, LocoMotionForPreTraining
from locomotion_hf.modeling.losses_locomotion import mask_tokens
from locomotion_hf.modeling.processes_locomotion import gather, take_rows

HALF = 3
PAIRS = [5, 6, 7, 6, 8, 5]  # both pairs lie in different halves
MANY = [5, 6, 5, 6, 6, 5]  # two and one, one and two
SCENES = [1, 2, 3, 1, 2, 3]  # the only twin of each clip is in the other half
CONTRAST = {"vtm_weight": 0, "mlm_weight": 0}
#: Case -> changes of the configuration, group_ids and scene_ids; "foils" and "masked" name further inputs.
CASES = {
    "each its own group": (CONTRAST, None, None, ()),
    "pairs": (CONTRAST, PAIRS, None, ()),
    "many to many": (CONTRAST, MANY, None, ()),
    "contrast with foils": (CONTRAST, MANY, None, ("foils",)),
    "matching": ({"vtc_weight": 0, "mlm_weight": 0}, PAIRS, None, ()),
    "matching with twins": ({"vtm_twin_texts": True, "mlm_weight": 0}, None, SCENES, ()),
    "matching among few": ({"vtc_weight": 0, "mlm_weight": 0}, MANY, None, ()),
    "the whole step": ({}, PAIRS, SCENES, ("foils", "masked")),
    "local": ({"vtm_negatives": "local", "vtc_weight": 0, "mlm_weight": 0}, None, SCENES, ()),
}


def batch_of(inputs, case):
    """All 2B rows; the halves have texts, and rows have foils, of different lengths and numbers."""
    _, groups, scenes, further = CASES[case]
    batch = {name: torch.cat([value, value[:1]]) for name, value in inputs.items()}
    pixels = batch["pixel_values_videos"]
    batch["pixel_values_videos"] = torch.randn(pixels.shape, generator=torch.Generator().manual_seed(0))
    batch["input_ids"][-1, 1] = 77  # not the first text again
    batch["attention_mask"][HALF:, -2:] = 0
    if groups:
        batch["group_ids"] = torch.tensor(groups)
    if scenes:
        batch["scene_ids"] = torch.tensor(scenes)
    if "foils" in further:
        ids = torch.randint(5, 4000, (2 * HALF, 2, 17), generator=torch.Generator().manual_seed(1))
        mask = torch.ones_like(ids)
        mask[1, 0, 9:], mask[1, 1], mask[4:, 1], mask[5, 0] = 0, 0, 0, 0
        batch |= {"negative_input_ids": ids, "negative_attention_mask": mask}
    if "masked" in further:
        ids = {"pad_token_id": 0, "cls_token_id": 2, "mask_token_id": 4, "vocab_size": 4096}
        seeded = torch.Generator().manual_seed(2)
        masked = mask_tokens(batch["input_ids"], batch["attention_mask"], **ids, generator=seeded)
        batch["mlm_input_ids"], batch["mlm_labels"] = masked
    return batch


def run(config, batch, case, rank=None):
    """Loss and gradients of one step."""
    torch.manual_seed(0)
    model = LocoMotionForPreTraining(LocoMotionConfig.from_dict({**config, **CASES[case][0]}))
    wrapped = model if rank is None else DistributedDataParallel(model, find_unused_parameters=True)
    # What the first process draws counts; the others' generators may be anywhere.
    loss = wrapped(**batch, generator=torch.Generator().manual_seed(rank or 0)).loss
    loss.backward()
    return loss.detach(), {n: p.grad for n, p in model.named_parameters() if p.grad is not None}


def worker(rank, port, config, inputs, folder):
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    torch.set_num_threads(1)
    dist.init_process_group("gloo", rank=rank, world_size=2)
    found = {}
    for case in CASES:
        mine = {name: value[HALF * rank :][:HALF] for name, value in batch_of(inputs, case).items()}
        longest = mine["attention_mask"].sum(1).max()
        for name in {"input_ids", "attention_mask", "mlm_input_ids", "mlm_labels"} & mine.keys():
            mine[name] = mine[name][:, :longest]
        loss, gradients = run(config, mine, case, rank)
        dist.all_reduce(loss)
        found[case] = loss / 2, gradients
    found["exchange"] = exchange(rank)
    torch.save(found, f"{folder}/{rank}.pt")
    dist.barrier()
    dist.destroy_process_group()


def exchange(rank):
    """Rows and gradient of `take_rows`, and of the same by gathering everything."""
    local = torch.randn(4, 2, 3, generator=torch.Generator().manual_seed(rank)).requires_grad_()
    wanted = torch.tensor([7, 0, 0, 5, 1, 1, 1, 2])  # many from one, none of another's
    weight = torch.randn(4, 2, 3, generator=torch.Generator().manual_seed(9 + rank))
    results = []
    for rows in (take_rows(local, wanted), gather(local)[wanted.view(2, 4)[rank]]):
        (gradient,) = torch.autograd.grad((rows * weight).sum(), local)
        results.append((rows.detach(), gradient))
    return results


@pytest.fixture(scope="module")
def halves(tiny_config, processor, tmp_path_factory):
    """What each of two processes found, and the inputs."""
    texts = ["A red teapot moves slowly upwards, then quickly to the right", "A dog moves left"]
    texts += ["A cat moves slowly down while rotating clockwise", "A fox moves right", "A boat moves up"]
    inputs = dict(processor(text=texts, videos=torch.zeros(5, 4, 16, 16, 3, dtype=torch.uint8)))
    config, folder = tiny_config().to_dict(), tmp_path_factory.mktemp("halves")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mp.spawn(worker, (port, config, inputs, str(folder)), nprocs=2)
    return config, inputs, [torch.load(folder / f"{rank}.pt") for rank in range(2)]


@pytest.mark.distributed
@pytest.mark.parametrize("case", CASES)
def test_two_halves_equal_the_whole(halves, case):
    config, inputs, found = halves
    loss, gradients = run(config, batch_of(inputs, case), case)
    whole = torch.cat([gradient.flatten() for gradient in gradients.values()]).norm()
    for half in found:
        mean_loss, averaged = half[case]
        # What enters an output but no loss gets zeros from DistributedDataParallel, and nothing without it.
        for name in averaged.keys() - gradients.keys():
            assert not averaged.pop(name).any()
        assert averaged.keys() == gradients.keys()
        errors = {name: (averaged[name] - gradients[name]).norm() for name in gradients}
        error = torch.stack(list(errors.values())).norm() / whole
        if case == "local":  # other pairs: as it shows, the others could fail
            assert error > 1e-4
            continue
        torch.testing.assert_close(mean_loss, loss)
        # Rounding alone gives about 5e-7; a gather without gradient, or without the sum, above 1e-1.
        assert error < 1e-5
        # Nor is anything lost in the part of a small parameter, as of the temperature.
        lost = {name for name in gradients if errors[name] > 1e-4 * gradients[name].norm() + 1e-6 * whole}
        assert lost == set()
        temperature = "model.temperature.log_tau"
        if temperature in gradients:
            torch.testing.assert_close(averaged[temperature], gradients[temperature], rtol=1e-4, atol=0)


@pytest.mark.distributed
def test_exchanged_rows_are_those_that_gathering_brings(halves):
    for half in halves[2]:
        torch.testing.assert_close(*half["exchange"])
