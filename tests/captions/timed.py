"""A bound on time that holds on a busy machine too."""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Fails where the block takes more CPU seconds of this thread, garbage collection apart.

    Neither other processes nor other threads count. A whole collection of a test process that has met torch
    and transformers takes a quarter of a second by itself, and would fall into whichever call came last.
    """
    gc.disable()
    start = time.thread_time()
    try:
        yield
        took = time.thread_time() - start
    finally:
        gc.enable()
    assert took < seconds
