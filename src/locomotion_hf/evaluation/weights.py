"""Which weights a figure was measured with: a hash of the files, equal wherever they lie."""

from __future__ import annotations

import hashlib
from pathlib import Path

from huggingface_hub import try_to_load_from_cache

from locomotion_hf.errors import EvaluationError

#: Files that hold weights, in the order in which transformers prefers them.
_KINDS = ("*.safetensors", "pytorch_model*.bin")

_BLOCK = 1 << 22


def weights_revision(model_id: str | Path) -> str:
    """SHA-256, 64 hexadecimal digits: of the one file with weights, as `sha256sum` prints it; of several, over
    the names and hashes of all.

    Args:
        model_id: a folder, or the name of a model on the Hub that was opened before.

    Raises:
        EvaluationError: there are no weights in that place.
    """
    folder = _folder(str(model_id))
    found = [sorted(folder.glob(kind)) for kind in _KINDS] if folder else []
    files = next((some for some in found if some), [])
    if not files:
        raise EvaluationError(
            f"There are no weights in {model_id}.",
            "a folder with *.safetensors, or a model of the Hub that was opened before.",
            "check the path, or open the model first.",
        )
    hashes = [_sha256(file) for file in files]
    if len(hashes) == 1:
        return hashes[0]
    told = "".join(f"{one}  {file.name}\n" for one, file in zip(hashes, files, strict=True))
    return hashlib.sha256(told.encode()).hexdigest()


def _folder(model_id: str) -> Path | None:
    if Path(model_id).is_dir():
        return Path(model_id)
    cached = try_to_load_from_cache(model_id, "config.json") if model_id.count("/") <= 1 else None
    return Path(cached).parent if isinstance(cached, str) else None


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
