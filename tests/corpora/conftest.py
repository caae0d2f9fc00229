"""Miniatures of every layout: real mp4 files of a few small frames."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from locomotion_hf.video_writing import encode_mp4


@pytest.fixture(scope="session")
def mp4s() -> list[bytes]:
    """Clips of 16 grey frames of 48 x 32 pixels, brighter by 8 each frame, from ten times their number on."""
    values = [10 * number + 8 * np.arange(16) for number in range(8)]
    shape = (16, 32, 48, 3)
    return [encode_mp4(np.broadcast_to(v[:, None, None, None], shape).astype(np.uint8), 8) for v in values]


@pytest.fixture
def write(tmp_path: Path, mp4s: list[bytes]) -> Callable[..., None]:
    """Write videos below the test's folder, and json or text beside them."""

    def write(files: dict[str, object] | None = None, videos: list[str] | tuple[str, ...] = ()) -> None:
        for number, name in enumerate(videos):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(mp4s[number % len(mp4s)])
        for name, content in (files or {}).items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(content if isinstance(content, str) else json.dumps(content))

    return write
