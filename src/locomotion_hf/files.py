"""Writing a file whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Write beside the place, then move there: a killed run leaves no half file under the final name.

    Args:
        path: the file; an existing one is replaced.
        data: all of it.

    Raises:
        OSError: the place cannot be written; nothing is left behind, and an older file is untouched.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except OSError:
        with suppress(OSError):
            partial.unlink()
        raise
