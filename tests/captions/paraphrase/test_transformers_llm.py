"""A tiny random Llama through the real `generate`, and the draw of tokens by itself."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_llm import NO_SYSTEM, tiny_llm

from locomotion_hf.captions.paraphrase import PLAIN, VERBS, Request, Sampling, TransformersParaphraser
from locomotion_hf.captions.paraphrase.transformers_llm import _Draw, _locate
from locomotion_hf.errors import CaptionError

SHORT = Sampling(max_new_tokens=12)
REQUESTS = [Request("A ball moves" + " slowly" * number, "ball", VERBS, 0) for number in range(5)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_llm(tmp_path_factory.mktemp("llm") / "tiny-instruct")


def load(folder: Path, **options) -> TransformersParaphraser:
    return TransformersParaphraser(str(folder), **{"sampling": SHORT, "dtype": "float32", **options})


def said(paraphraser: TransformersParaphraser, requests=REQUESTS) -> list[str]:
    answers = list(paraphraser.answers(requests))
    assert [answer.request for answer in answers] == list(requests)
    return [answer.text for answer in answers]


def test_an_answer_depends_on_its_request_alone(folder: Path) -> None:
    """Not on the batch, the padding, or the place in the run: what a resumed run needs."""
    together = said(load(folder, batch_size=5))
    assert said(load(folder, batch_size=2)) == together
    assert said(load(folder, batch_size=1), REQUESTS[::-1]) == together[::-1]
    assert len(set(together)) == 5


def test_another_seed_says_something_else(folder: Path) -> None:
    paraphraser = load(folder)
    first = said(paraphraser)
    assert said(paraphraser, [Request(r.caption, r.noun, r.prompt, 1) for r in REQUESTS]) != first
    assert said(paraphraser, [Request(r.caption, r.noun, r.prompt, 0, round=1) for r in REQUESTS]) != first


def test_knows_whether_a_reply_broke_off(folder: Path, tmp_path: Path) -> None:
    assert all(answer.cut for answer in load(folder).answers(REQUESTS))
    ends = load(tiny_llm(tmp_path, ends=True))
    assert not any(answer.cut for answer in ends.answers(REQUESTS))


def test_the_record_names_no_folder_and_pins_the_files(folder: Path, tmp_path: Path) -> None:
    paraphraser = load(folder)
    assert paraphraser.model == "tiny-instruct"
    assert load(folder).revision == paraphraser.revision
    assert load(tiny_llm(tmp_path, positions=512)).revision != paraphraser.revision
    assert paraphraser.settings == {
        "temperature": 0.7,
        "top_p": 0.9,
        "top_k": 50,
        "max_new_tokens": 12,
        "system_role": True,
        "dtype": "float32",
    }


def test_a_model_without_a_system_role(tmp_path: Path) -> None:
    paraphraser = load(tiny_llm(tmp_path, NO_SYSTEM))
    assert paraphraser.settings["system_role"] is False
    assert len(said(paraphraser)) == 5
    asked = paraphraser._chat(REQUESTS[0])
    assert asked.startswith(f"<|im_start|>user\n{VERBS.system}\n\nCaption: A bird")
    assert asked.endswith("Caption: A ball moves<|im_end|>\n<|im_start|>assistant\n")


def test_a_caption_that_has_no_room_fails_alone(tmp_path: Path) -> None:
    paraphraser = load(tiny_llm(tmp_path, positions=1400))
    long = Request("A ball moves " * 60, "ball", PLAIN, 0)
    first, second, third = paraphraser.answers([REQUESTS[0], long, REQUESTS[1]])
    assert not first.failure
    assert first.text
    assert second.failure.endswith("the model has room for 1400")
    assert not third.failure


def test_what_cannot_be_asked(tmp_path: Path) -> None:
    with pytest.raises(CaptionError, match=r"has no chat template. Expected: an instruction model"):
        load(tiny_llm(tmp_path, None))
    with pytest.raises(CaptionError, match=r"nobody/nothing cannot be loaded.*a .gguf file needs the package gguf"):
        TransformersParaphraser("nobody/nothing")
    (tmp_path / "broken.gguf").write_bytes(b"not at all")
    with pytest.raises(CaptionError, match=r"broken\.gguf cannot be loaded"):
        TransformersParaphraser(str(tmp_path / "broken.gguf"))
    with pytest.raises(CaptionError, match="batch_size=0"):
        TransformersParaphraser(str(tmp_path), batch_size=0)


def test_where_a_model_is(tmp_path: Path) -> None:
    file = tmp_path / "model.Q4.gguf"
    file.touch()
    assert _locate(str(file)) == _locate(str(tmp_path)) == (str(tmp_path), "model.Q4.gguf")
    assert _locate("owner/name") == ("owner/name", None)
    assert _locate("owner/name/model.gguf") == ("owner/name", "model.gguf")
    (tmp_path / "other.gguf").touch()
    with pytest.raises(CaptionError, match=r"holds 2 .gguf files \(model.Q4.gguf, other.gguf\)"):
        _locate(str(tmp_path))
    (tmp_path / "config.json").touch()
    assert _locate(str(tmp_path)) == (str(tmp_path), None)


def test_tokens_come_as_often_as_they_should() -> None:
    """Against the definition: softmax at a temperature, top-k, then the smallest set that reaches top-p."""
    scores = torch.tensor([2.0, -1.0, 1.0, 0.0, 1.9, 0.5])
    draw = _Draw(Sampling(temperature=0.5, top_p=0.95, top_k=4, max_new_tokens=1), list(range(4000)))
    drawn = draw(torch.empty(0), scores.repeat(4000, 1)).argmax(-1).bincount(minlength=6).numpy() / 4000
    weights = np.exp(scores.numpy() / 0.5)
    weights[[1, 3]] = 0  # beyond the four best
    weights /= weights.sum()
    assert weights[[0, 4]].sum() < 0.95 < weights[[0, 4, 2]].sum()
    weights[5] = 0  # the first three have reached top-p
    np.testing.assert_allclose(drawn, weights / weights.sum(), atol=0.025)


@pytest.mark.parametrize("wrong", [{"temperature": 0.0}, {"top_p": 0.0}, {"top_p": 1.1}, {"max_new_tokens": 0}])
def test_sampling_out_of_range(wrong: dict) -> None:
    with pytest.raises(CaptionError, match="temperature above 0"):
        Sampling(**wrong)
