"""Notes, talk, headlines, lists, two sentences for one: what is true is let through, and what is not is rejected."""

from pathlib import Path

import pytest

from locomotion_hf.captions.verify import verify

TOLD = Path(__file__).with_name("told_freely.txt")


def table() -> list[tuple[str, str, bool]]:
    made, caption = [], ""
    for line in TOLD.read_text(encoding="utf-8").splitlines():
        if line[:1] in ("+", "-"):
            made.append((caption, line[1:], line[0] == "+"))
        elif line and not line.startswith("#"):
            caption = line
    return made


@pytest.mark.parametrize("true", [True, False])
def test_true_wordings_are_accepted_and_false_ones_rejected(true: bool) -> None:
    pairs = [(caption, said) for caption, said, told in table() if told == true]
    assert len(pairs) >= 50

    wrong = [
        f"{verify(caption, said).reason or 'accepted'}: {caption!r} => {said!r}"
        for caption, said in pairs
        if verify(caption, said).accepted != true
    ]

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("caption", "said", "reason"),
    [
        ("A kite moves up", "A kite drifts up", "added:speed"),
        ("A basketball moves left", "The basketball rolls left", "added:rotation"),
        ("A kite moves left", "The kite moves right, not left", "contradiction:direction"),
        ("A kite moves left", "A kite moves left, not slowly", "added:speed"),
        ("A kite moves up", "kite: up, fast", "added:speed"),
        ("A kite moves up while rotating clockwise", "A kite rises. It spins anticlockwise as it goes",
         "contradiction:rotation"),
        ("A laptop moves down, then left", "The laptop moves down, but before that it goes left", "order"),
        ("A fridge moves left. A lamp moves right", "fridge: right; lamp: left", "binding"),
    ],
)  # fmt: skip
def test_why_they_are_rejected(caption: str, said: str, reason: str) -> None:
    assert verify(caption, said).reason == reason
