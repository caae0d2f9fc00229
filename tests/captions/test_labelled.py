"""The labelled pairs that the verifier was written with: nothing false gets through, and most that is true does."""

import json
from pathlib import Path

import pytest

from locomotion_hf.captions.verify import verify

PAIRS = Path(__file__).with_name("labelled") / "development.jsonl"


@pytest.mark.slow
def test_no_wrong_pair_is_accepted_and_most_right_ones_are() -> None:
    pairs = [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").splitlines()]
    accepted = [pair for pair in pairs if verify(pair["caption"], pair["paraphrase"]).accepted]
    right = sum(pair["label"] == "accepted" for pair in pairs)
    assert right > 3000
    assert not [pair for pair in accepted if pair["label"] == "rejected"]
    assert len(accepted) > 0.85 * right
