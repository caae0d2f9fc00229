"""What the processes of a run tell each other during a step: rows of tensors, with their gradients.

Every process must come here equally often and with equally many rows.
"""

from typing import Any

import torch
import torch.distributed as dist
from torch.nn import functional as F


def place() -> tuple[int, int]:
    """The rank of this process and the number of all: `(0, 1)` where there is only one."""
    if not (dist.is_available() and dist.is_initialized()):
        return 0, 1
    return dist.get_rank(), dist.get_world_size()


class AllGather(torch.autograd.Function):
    """Concatenate a tensor over all processes, with its gradient.

    A plain all-gather has no gradient, so that what a process contributes to the others' losses would be
    lost. Backward: sum what all processes ask of all rows, keep the own rows.
    """

    @staticmethod
    def forward(ctx: Any, local: torch.Tensor) -> torch.Tensor:
        """`(B, ...)` on each of W processes to `(W * B, ...)`. B must be equal everywhere."""
        gathered = [torch.empty_like(local) for _ in range(dist.get_world_size())]
        dist.all_gather(gathered, local.contiguous())
        return torch.cat(gathered)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> torch.Tensor:
        """`(W * B, ...)` to `(B, ...)`."""
        gradient = gradients[0].contiguous()
        dist.all_reduce(gradient)
        return gradient.chunk(dist.get_world_size())[dist.get_rank()]


def gather(local: torch.Tensor) -> torch.Tensor:
    """The rows of all processes, `(W * B, ...)`, in order of rank; `local` itself when there is only one."""
    if place()[1] == 1:
        return local
    return AllGather.apply(local)


class Exchange(torch.autograd.Function):
    """Send rows to other processes and receive theirs; the gradients travel back the same way."""

    @staticmethod
    def forward(ctx: Any, rows: torch.Tensor, sent: list[int], received: list[int]) -> torch.Tensor:
        """`rows` `(sum(sent), ...)`, the first `sent[0]` of them for rank 0, to `(sum(received), ...)`."""
        ctx.counts = sent, received
        arrived = rows.new_empty((sum(received), *rows.shape[1:]))
        dist.all_to_all_single(arrived, rows.contiguous(), received, sent)
        return arrived

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        """`(sum(received), ...)` to `(sum(sent), ...)`."""
        sent, received = ctx.counts
        gradient = gradients[0].contiguous()
        returned = gradient.new_empty((sum(sent), *gradient.shape[1:]))
        dist.all_to_all_single(returned, gradient, sent, received)
        return returned, None, None


@torch.compiler.disable  # how many rows go where depends on the data
def take_rows(local: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """The rows that this process wants, wherever they lie, with their gradients.

    Each process receives B rows: a W-th of what gathering everybody's would bring. How many come from where is
    told to the host, for which a GPU waits once.

    Args:
        local: `(B, ...)`, this process's share of `(W * B, ...)`.
        wanted: `(W * B,)` int64, equal on all processes: the rows, of all, that all processes want, B each in
            order of rank.

    Returns:
        `(B, ...)`.
    """
    rank, world_size = place()
    if world_size == 1:
        return local[wanted]
    owner, row = wanted.div(len(local), rounding_mode="floor"), wanted % len(local)
    asked, own = owner == rank, owner.view(world_size, -1)[rank]
    ranks = torch.arange(world_size, device=wanted.device)
    received = (own == ranks[:, None]).sum(1)
    sent, received = torch.stack([asked.view(world_size, -1).sum(1), received]).tolist()
    arrived = Exchange.apply(local[row[asked]], sent, received)
    # They come in order of their owners; back to the order in which they were wanted.
    return arrived[own.argsort(stable=True).argsort()]


def widest(length: int, device: torch.device) -> int:
    """The largest of all processes' lengths; with more than one, a GPU waits for it."""
    if place()[1] == 1:
        return length
    return int(gather(torch.tensor([length], device=device)).max())


def pad_length(texts: torch.Tensor, length: int) -> torch.Tensor:
    """Zeros behind the second axis, up to `length`: `(B, L)` or `(B, L, D)`; as it was where it is as long."""
    missing = length - texts.shape[1]
    if not missing:
        return texts
    return F.pad(texts, (0, 0) * (texts.ndim - 2) + (0, missing))


def default_group_ids(batch_size: int, device: torch.device) -> torch.Tensor:
    """Each clip its own group, `(B,)` int64, distinct over all processes."""
    return torch.arange(batch_size, device=device) + place()[0] * batch_size


__all__ = ["default_group_ids", "gather", "pad_length", "place", "take_rows", "widest"]
