"""Worker processes that write finished clips straight into shared memory: uint8 batches without a copy.

A `DataLoader` stacks the clips of a batch, makes new shared memory for each batch and hands it over; at
16 x 224 x 224 that costs more than making the clips (6.2 ms of CPU a clip in all, against 2.7 here). Here a
few batches' worth of shared memory is made once and used in turn, workers draw into it, and only texts and
numbers travel. Batches come in the order asked for, whichever worker is faster.
"""

from __future__ import annotations

import queue
import traceback
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any, Protocol

import numpy as np
import torch
from torch import multiprocessing

from locomotion_hf.errors import LocoMotionError, TrainingError

#: Own choice: each worker fills one batch while one is ready; the training step holds one more.
SLOTS_A_WORKER = 2
#: Seconds between two looks at whether the workers are alive, and until one that should end is ended.
_LOOK, _PATIENCE = 1.0, 5.0


class ClipWriter(Protocol):
    """Something that makes clips by number, in any process.

    Attributes:
        clip_shape: `(T, H, W, 3)` of every clip.
    """

    clip_shape: tuple[int, int, int, int]

    def write(self, index: int, out: np.ndarray) -> dict[str, Any]:
        """Draw clip `index` into `out`, uint8 of `clip_shape`; what belongs to it, small enough to pickle."""
        ...


def _work(clips: ClipWriter, ring: torch.Tensor, tasks: Any, results: Any) -> None:
    """A worker: (step, slot, indices) in; (step, slot, what belongs to each clip, error) out."""
    torch.set_num_threads(1)
    while (task := tasks.get()) is not None:
        step, slot, indices = task
        try:
            places = ring[slot].numpy()
            rows = [clips.write(index, places[place]) for place, index in enumerate(indices)]
            results.put((step, slot, rows, None))
        except LocoMotionError as error:
            results.put((step, slot, [], error))
        except Exception:  # the main process has to hear of it, whatever it is
            results.put((step, slot, [], traceback.format_exc()))


class ClipRing:
    """Batches of clips made by worker processes, in order.

    Use it in a `with` block, or call `close`. A batch's frames are overwritten once the next one is asked
    for: copy them (to the device, say) or be done with them.

    Args:
        clips: makes the clips; sent to the workers once.
        batches: the indices of each batch, none with more than `batch_size`.
        batch_size: places in a batch.
        num_workers: processes, at least 1.

    Raises:
        TrainingError: while iterating, when a worker fails or dies.
        LocoMotionError: while iterating, what `clips.write` raised.
    """

    def __init__(
        self, clips: ClipWriter, batches: Iterable[Sequence[int]], batch_size: int, num_workers: int
    ) -> None:
        if num_workers < 1 or batch_size < 1:
            raise TrainingError(
                f"num_workers={num_workers}, batch_size={batch_size}.", "at least 1 of each.", "change them."
            )
        self._batches, self._batch_size = batches, batch_size
        slots = SLOTS_A_WORKER * num_workers + 1
        self._ring = torch.empty((slots, batch_size, *clips.clip_shape), dtype=torch.uint8).share_memory_()
        context = multiprocessing.get_context()
        self._tasks = [context.SimpleQueue() for _ in range(num_workers)]
        self._results = context.Queue()
        self._workers = [
            context.Process(target=_work, args=(clips, self._ring, tasks, self._results), daemon=True)
            for tasks in self._tasks
        ]
        for worker in self._workers:
            worker.start()

    def __enter__(self) -> ClipRing:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """One pass over the batches.

        Yields:
            `frames` `(B, T, H, W, 3)` uint8, a view of the ring; and for each key of `ClipWriter.write` the
            list of its values.
        """
        if not self._workers:
            raise TrainingError("the ring is closed.", "an open one, for a single pass.", "make a new ClipRing.")
        try:
            yield from self._run()
        finally:
            self.close()

    def _run(self) -> Iterator[dict[str, Any]]:
        asked, free = enumerate(self._batches), list(range(len(self._ring)))
        ready: dict[int, tuple[int, list[dict[str, Any]]]] = {}
        step = waiting = 0

        def ask() -> None:
            nonlocal waiting
            while free and (task := next(asked, None)) is not None:
                number, indices = task
                self._tasks[number % len(self._tasks)].put((number, free.pop(), list(indices)))
                waiting += 1

        ask()
        while waiting or ready:
            while step not in ready:
                number, slot, rows, error = self._next_result()
                if error is not None:
                    raise self._failed(error)
                ready[number] = (slot, rows)
                waiting -= 1
            slot, rows = ready.pop(step)
            keys = rows[0] if rows else {}
            yield {"frames": self._ring[slot, : len(rows)], **{key: [row[key] for row in rows] for key in keys}}
            free.append(slot)
            step += 1
            ask()

    def _next_result(self) -> tuple[int, int, list[dict[str, Any]], LocoMotionError | str | None]:
        while True:
            try:
                result: tuple[int, int, list[dict[str, Any]], LocoMotionError | str | None]
                result = self._results.get(timeout=_LOOK)
                return result
            except queue.Empty:
                for number, worker in enumerate(self._workers):
                    if not worker.is_alive():
                        raise TrainingError(
                            f"worker {number} of the loader ended with exit code {worker.exitcode}.",
                            "a worker that makes clips until it is told to stop.",
                            "look for a lack of memory (exit code -9), or use --dataloader_num_workers 0 to see why.",
                        ) from None

    @staticmethod
    def _failed(error: LocoMotionError | str) -> LocoMotionError:
        if isinstance(error, LocoMotionError):
            return error
        return TrainingError(f"a worker of the loader failed:\n{error}", "clips.", "see the lines above.")

    def close(self) -> None:
        """End the workers; may be called more than once."""
        workers, self._workers = self._workers, []
        for worker, tasks in zip(workers, self._tasks, strict=False):
            if worker.is_alive():
                tasks.put(None)
        for worker in workers:
            worker.join(0.05)
            if worker.is_alive():  # in the middle of a batch that nobody wants any more
                worker.terminate()
                worker.join(_PATIENCE)
        self._results.cancel_join_thread()
        self._results.close()
