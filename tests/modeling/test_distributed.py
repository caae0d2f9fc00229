"""Two processes with B clips each must learn exactly what one process with 2B clips learns."""

import os
import socket

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch.nn.parallel import DistributedDataParallel

from locomotion_hf.modeling import LocoMotionConfig, LocoMotionForPreTraining

GROUPS = [5, 6, 7, 6, 8, 5]  # both pairs lie in different halves


def run(config, inputs, groups, rank=None):
    """Loss and gradients of one step of contrast."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = LocoMotionForPreTraining(LocoMotionConfig.from_dict(config))
    wrapped = model if rank is None else DistributedDataParallel(model, find_unused_parameters=True)
    loss = wrapped(**inputs, group_ids=groups).loss
    loss.backward()
    return loss.detach(), {n: p.grad for n, p in model.named_parameters() if p.grad is not None}


def worker(rank, port, config, inputs, groups, folder):
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    dist.init_process_group("gloo", rank=rank, world_size=2)
    half = slice(3 * rank, 3 * rank + 3)
    mine = {name: value[half] for name, value in inputs.items()}
    loss, gradients = run(config, mine, None if groups is None else groups[half], rank)
    dist.all_reduce(loss)
    torch.save((loss / 2, gradients), f"{folder}/{rank}.pt")
    dist.barrier()
    dist.destroy_process_group()


@pytest.mark.distributed
@pytest.mark.parametrize("grouped", [True, False])
def test_two_halves_equal_the_whole(tiny_config, inputs, tmp_path, grouped):
    config = tiny_config(vtm_weight=0, mlm_weight=0).to_dict()
    inputs = {name: torch.cat([value, value[:1]]) for name, value in inputs.items()}
    inputs["pixel_values_videos"] = torch.randn(
        inputs["pixel_values_videos"].shape, generator=torch.Generator().manual_seed(0)
    )
    groups = torch.tensor(GROUPS) if grouped else None
    loss, gradients = run(config, inputs, groups)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mp.spawn(worker, (port, config, inputs, groups, str(tmp_path)), nprocs=2)
    for rank in range(2):
        mean_loss, averaged = torch.load(tmp_path / f"{rank}.pt")
        torch.testing.assert_close(mean_loss, loss)
        assert averaged.keys() == gradients.keys()
        error = torch.cat([(averaged[name] - gradients[name]).flatten() for name in gradients]).norm()
        whole = torch.cat([gradient.flatten() for gradient in gradients.values()]).norm()
        # Rounding alone gives about 5e-7; a gather without gradient, or without the sum, above 1e-1.
        assert error / whole < 1e-5
