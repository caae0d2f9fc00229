"""What a figure needs to be measured again, and the JSON file that keeps it.

Every number on a card or in the README comes from such a file, so it must say how it was made, and must
not say who or which machine by name made it.
"""

from __future__ import annotations

import json
import math
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from locomotion_hf.errors import EvaluationError, OutputError
from locomotion_hf.files import write_whole
from locomotion_hf.randomness import stable_hash

#: The packages whose version can move a figure.
PACKAGES = (
    "locomotion-hf",
    "torch",
    "transformers",
    "datasets",
    "accelerate",
    "peft",
    "numpy",
    "numba",
    "pillow",
    "av",
)

#: An absolute path at the start of an argument, or after = , : or a space. A second slash is an address.
_ABSOLUTE = re.compile(r"(?<![^=,:\s])(?:~/|/(?!/))[^=,:\s]*")


def stamp(
    *,
    seeds: Mapping[str, int],
    num_frames: int,
    sampling: str,
    resolution: int | Sequence[int],
    precision: str,
    queries: Iterable[str],
    candidates: Iterable[str],
    argv: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Everything besides the figure itself.

    Args:
        seeds: name of the draw -> seed, for example `{"data": 0, "model": 0, "bootstrap": 0}`.
        num_frames: frames of a clip that the model sees.
        sampling: how they were chosen, for example "evenly spaced over the clip".
        resolution: side of a square frame in pixels, or height and width.
        precision: "float32", "bfloat16" and so on.
        queries: ids of the held-out rows that were asked for.
        candidates: ids of those that were searched.
        argv: the program and its arguments; `sys.argv` when None.

    Returns:
        A dictionary for JSON: command, commit, dirty, packages, machine, seeds, frames, sampling,
        resolution, precision, queries, candidates, split_hash, date.
    """
    query_ids, candidate_ids = sorted(queries), sorted(candidates)
    return {
        **origin(Path(__file__), argv),
        "seeds": dict(seeds),
        "frames": num_frames,
        "sampling": sampling,
        "resolution": resolution if isinstance(resolution, int) else list(resolution),
        "precision": precision,
        "queries": len(query_ids),
        "candidates": len(candidate_ids),
        "split_hash": f"{stable_hash('queries', *query_ids, 'candidates', *candidate_ids):032x}",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def origin(file: Path, argv: Sequence[str] | None = None) -> dict[str, Any]:
    """What made a file of results: command, commit, dirty, packages and machine.

    Args:
        file: a source file of the program, as in `git_state`.
        argv: the program and its arguments; `sys.argv` when None.
    """
    commit, dirty = git_state(file)
    return {
        "command": command_line(sys.argv if argv is None else argv),
        "commit": commit,
        "dirty": dirty,
        "packages": package_versions(),
        "machine": machine(),
    }


def command_line(argv: Sequence[str]) -> list[str]:
    """The program and its arguments, without anybody's home directory.

    Args:
        argv: as in `sys.argv`.

    Returns:
        The same, absolute paths made relative to the current directory, or cut to their last part.
    """
    home = str(Path.home())
    short = [_ABSOLUTE.sub(lambda found: _short(found.group()), argument) for argument in argv]
    return [argument.replace(home, "~") if len(home) > 1 else argument for argument in short]


def _short(path: str) -> str:
    whole = Path(path).expanduser()
    here = Path.cwd()
    return str(whole.relative_to(here)) if whole.is_relative_to(here) else whole.name


def git_state(file: Path) -> tuple[str | None, bool | None]:
    """The commit that holds a source file.

    Args:
        file: usually this one: an installed copy is in nobody's repository, even inside a clone.

    Returns:
        The commit, and whether any tracked file differs from it; None and None when git does not track
        the file, or is not there.
    """

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(file.parent), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout.strip()

    try:
        git("ls-files", "--error-unmatch", file.name)
        return git("rev-parse", "HEAD"), bool(git("status", "--porcelain", "--untracked-files=no"))
    except (OSError, subprocess.SubprocessError):
        return None, None


def package_versions() -> dict[str, str]:
    """Versions of Python and of those of `PACKAGES` that are installed."""
    versions = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def machine() -> dict[str, Any]:
    """What computed: cpu, cores, platform, and torch's threads and accelerator where torch is in use."""
    found: dict[str, Any] = {
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "platform": f"{platform.system()} {platform.machine()}",
    }
    # Torch is asked only where the program has imported it: a generation script should not pay for it.
    torch = sys.modules.get("torch")
    if torch is not None:
        found["torch_threads"] = torch.get_num_threads()
        found["accelerator"] = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return found


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def write_results(path: str | Path, payload: Mapping[str, Any]) -> Path:
    """Write a results file, whole or not at all.

    Args:
        path: the JSON file; folders above it are made, an older file is replaced.
        payload: strings, numbers, numpy numbers and arrays, lists and dictionaries with string keys.

    Returns:
        The path.

    Raises:
        EvaluationError: for a NaN or an infinity, with its place.
        OutputError: when the place cannot be written.
    """
    path = Path(path)
    text = _json(_plain(payload, "")) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode())
    except OSError as error:
        raise OutputError(
            f"{path} cannot be written: {error.strerror or error}.",
            "a file name in a folder that you may write to.",
            "name another file.",
        ) from error
    return path


def _plain(value: Any, place: str) -> Any:
    """Numpy to Python, all the way down."""
    if isinstance(value, Mapping):
        return {key: _plain(item, f"{place}.{key}" if place else str(key)) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist(), place)
    if isinstance(value, list | tuple):
        return [_plain(item, f"{place}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, float) and not math.isfinite(value):
        raise EvaluationError(
            f"{place} is {value}.",
            "a finite number: JSON has no other, and a figure is not one.",
            "leave the entry out, or find out why it could not be measured.",
        )
    return value


def _json(value: Any, indent: str = "") -> str:
    """Sorted keys, one a line; a list on one line, so that per-query ranks stay readable in a diff."""
    if isinstance(value, dict) and value:
        inner = indent + "  "
        lines = [f"{inner}{json.dumps(key)}: {_json(value[key], inner)}" for key in sorted(value)]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)
