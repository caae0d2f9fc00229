"""What the README shows can be pasted."""

import re
from pathlib import Path

from locomotion_hf.facts import Facts

README = (Path(__file__).parents[2] / "README.md").read_text()


def test_the_example_of_motion_runs() -> None:
    block = next(code for code in re.findall(r"```python\n(.*?)```", README, re.S) if "visible_facts" in code)
    names: dict = {}
    exec(compile(block, "README.md", "exec"), names)
    assert names["twin"].twin.changes == ("order",)
    assert names["twin"].object_ids == names["clip"].object_ids
    remaining, hidden = names["visible_facts"](names["clip"].facts, names["recipe"].frame_times[::24], 8.0)
    assert isinstance(remaining, Facts)
    assert hidden


def test_the_example_of_many_words_runs() -> None:
    block = next(code for code in re.findall(r"```python\n(.*?)```", README, re.S) if "verb_paraphrases" in code)
    names: dict = {}
    exec(compile(block, "README.md", "exec"), names)
    verify = names["verify"]
    stated = re.findall(r'verify\("(.+)", "(.+)"\)  # (accepted|rejected: (.+))', block)
    assert len(stated) == 2
    for caption, paraphrase, verdict, reason in stated:
        assert (verdict == "accepted", reason) == (verify(caption, paraphrase).accepted, reason)
        assert verify(caption, paraphrase).reason == reason
