"""Jobs on several processes of one machine, which outlive neither an error nor their parent."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar, cast

from locomotion_hf.errors import LocoMotionError, OutputError

Job = TypeVar("Job")
Work = Callable[[Job, Callable[[], None]], None]

#: One thread a process: more would only take turns with the other processes.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def work_off(jobs: Sequence[Job], work: Work, num_processes: int, tick: Callable[[], None]) -> None:
    """Do all jobs, each once.

    Args:
        jobs: handed out in turns: process k does jobs k, k + n, k + 2n, ...
        work: `work(job, tick)`; a module's own function or a `partial` of one, as it is pickled. It calls `tick`
            once for each step.
        num_processes: 1 works in this process; more are children of a clean one that imports everything once.
        tick: called in this process, for each step of any of them.

    Raises:
        LocoMotionError: what the first process that failed raised; the others are stopped and clear up.
        OutputError: a process was killed or broke down; the others did all of their jobs first.
    """
    if num_processes == 1 or len(jobs) < 2:
        for job in jobs:
            work(job, tick)
        return
    start = _starter()
    running: dict[Connection, BaseProcess] = {}
    codes: list[int | None] = []
    try:
        with _one_thread_each():
            for first in range(min(num_processes, len(jobs))):
                ours, theirs = start.Pipe(duplex=False)
                process = start.Process(target=_serve, args=(theirs, work, jobs[first::num_processes]), daemon=True)
                process.start()
                theirs.close()  # so that its end shows as the end of the pipe
                running[ours] = process
        while running:
            for pipe in cast(list[Connection], wait(list(running))):
                try:
                    told = pipe.recv()
                except EOFError:
                    process = running.pop(pipe)
                    process.join()
                    codes.append(process.exitcode)
                    continue
                if isinstance(told, LocoMotionError):
                    raise told
                tick()
    finally:
        for process in running.values():
            process.terminate()
        for process in running.values():
            process.join()
    broken = [code for code in codes if code]
    if broken:
        raise OutputError(
            f"{len(broken)} of {len(codes)} processes broke down (exit code {broken[0]}; -9: perhaps no memory).",
            "processes that live until their shards are written.",
            "give the same command again, perhaps with a smaller --num_processes: shards that are complete are kept.",
        )


def _serve(pipe: Connection, work: Work, jobs: Sequence[Job]) -> None:
    """What a process does: its jobs, telling its parent of every step."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # leave through `finally`, so that nothing half stays
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer

    def tick() -> None:
        try:
            pipe.send(None)
        except BrokenPipeError:
            sys.exit(1)  # the parent is gone: nobody is left to tell, and nobody to stop us

    try:
        for job in jobs:
            work(job, tick)
    except LocoMotionError as error:
        pipe.send(error)


def _starter() -> Any:
    """How processes are started: never as a copy of this one, whose threads and locks would be copied half."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    start = multiprocessing.get_context("forkserver")
    start.set_forkserver_preload([__package__ + ".shards"])  # some seconds and 400 MB that are paid once
    return start


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Processes that are started inside take one thread each."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
