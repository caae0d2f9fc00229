"""False paraphrases, written by hand to be let through: none may be."""

import json
from pathlib import Path

from locomotion_hf.captions.verify import verify

ATTACKS = Path(__file__).with_name("attacks.jsonl")


def test_no_attack_is_accepted() -> None:
    attacks = [json.loads(line) for line in ATTACKS.read_text(encoding="utf-8").splitlines()]
    assert len(attacks) >= 300

    let_through = [
        f"{one['kind']}: {one['caption']!r} => {one['paraphrase']!r}"
        for one in attacks
        if verify(one["caption"], one["paraphrase"]).accepted
    ]

    assert not let_through, f"{len(let_through)} of {len(attacks)} false pairs accepted:\n" + "\n".join(let_through)
