"""The hash of what was measured."""

import hashlib

import pytest

from locomotion_hf.errors import EvaluationError
from locomotion_hf.evaluation import weights_revision


def test_one_file_has_the_hash_that_sha256sum_prints(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    (tmp_path / "pytorch_model.bin").write_bytes(b"other")
    (tmp_path / "optimizer.bin").write_bytes(b"not weights")
    assert weights_revision(tmp_path) == hashlib.sha256(b"weights").hexdigest()


def test_of_several_files_every_byte_and_name_counts_and_the_place_does_not(tmp_path):
    def written(folder, *contents):
        (tmp_path / folder).mkdir()
        for number, content in enumerate(contents):
            (tmp_path / folder / f"model-{number}.safetensors").write_bytes(content)
        return weights_revision(tmp_path / folder)

    first = written("a", b"one", b"two")
    assert first == written("b", b"one", b"two")
    assert len({first, written("c", b"one", b"two2"), written("d", b"two", b"one"), written("e", b"one")}) == 4


def test_a_place_without_weights_is_refused(tmp_path):
    with pytest.raises(
        EvaluationError, match=r"There are no weights in .*\. Expected: a folder with \*\.safetensors"
    ):
        weights_revision(tmp_path)
    with pytest.raises(EvaluationError, match="There are no weights in some/model"):
        weights_revision("some/model")
