"""What the figures of the model say: operations by hand, the same step either way, and memory that is known."""

import importlib.util
import json
from pathlib import Path

import pytest
import torch

from locomotion_hf.modeling import LocoMotionConfig, LocoMotionForPreTraining

FILE = Path(__file__).parents[1] / "scripts" / "model_figures.py"
spec = importlib.util.spec_from_file_location("model_figures", FILE)
figures = importlib.util.module_from_spec(spec)
spec.loader.exec_module(figures)

D, WORDS, PLACES = 768, figures.WORDS, 14 * 14 + 1


def by_hand(frames, readings=4):
    """Operations of the faithful configuration, two for each multiply-add; keys and values `readings` times."""
    tokens = frames * PLACES
    linear = 24 * D * D  # a token's way through a block: four maps of D x D, and two of D x 4 D
    block = tokens * linear + frames * 4 * PLACES**2 * D
    along_time = (tokens * 8 * D * D + PLACES * 4 * frames**2 * D) if frames > 1 else 0
    video = frames * 196 * 2 * (3 * 16 * 16) * D + 12 * (block + along_time) + frames * 2 * D * 256
    text = 9 * (WORDS * linear + 4 * WORDS**2 * D) + 2 * D * 256
    across = WORDS * 4 * D * D + 4 * WORDS * tokens * D  # queries, outputs and the attention itself
    fusion = 3 * (4 * (WORDS * linear + 4 * WORDS**2 * D + across) + readings * tokens * 4 * D * D)
    heads = 3 * 2 * D * 2 + WORDS // 2 * 2 * D * (D + 30522)
    return {"video": video, "texts": 2 * text, "fusion": fusion, "heads": heads}


@pytest.fixture(scope="module")
def faithful():
    with torch.device("meta"):
        return LocoMotionForPreTraining(LocoMotionConfig.faithful()).eval()


@pytest.mark.parametrize("frames", [1, 4, 12])
def test_operations_are_those_by_hand(faithful, frames):
    counted = figures.work(faithful, frames)
    expected = by_hand(frames, readings=1)
    for part, number in expected.items():
        assert counted[part] * 1e9 == pytest.approx(number, rel=1e-6), part
    assert counted["step"] * 1e9 == pytest.approx(3 * sum(expected.values()), rel=1e-6)
    assert counted["step_unshared"] * 1e9 == pytest.approx(3 * sum(by_hand(frames).values()), rel=1e-6)


def small():
    model = figures.build("tiny").train()
    return model, figures.batch(model, 3, 4, "cpu")


def test_keys_and_values_shared_or_not_give_the_same_step():
    model, inputs = small()
    seen = []
    model.cross_modal_encoder.encoder.layer[0].crossattention.self.key.register_forward_hook(
        lambda module, args, output: seen.append(len(args[0]))
    )

    def loss():
        return model(**inputs, generator=torch.Generator().manual_seed(0)).loss

    plain = loss()
    with figures.unshared(model):
        repeated = loss()
    again = loss()
    torch.testing.assert_close(repeated, plain)
    assert torch.equal(again, plain)
    assert seen == [3, 12, 3]  # clips; four texts of each


def test_checkpointing_is_switched_on_and_off():
    model, _ = small()
    with figures.checkpointing(model):
        assert model.model.video_model.layers[0].gradient_checkpointing
    assert not model.model.video_model.layers[0].gradient_checkpointing


def test_peak_memory_is_what_was_held_at_once():
    def run():
        first = torch.empty(1_000_000)
        second = first + 1
        del first
        return second.sum() + torch.empty(500_000).sum()

    assert figures.peak_megabytes(run, "cpu") == pytest.approx(8, rel=0.01)


@pytest.mark.slow
def test_it_runs_and_says_how(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", [str(FILE), "--quick", "--json", str(tmp_path / "figures.json")])
    figures.main()
    found = json.loads((tmp_path / "figures.json").read_text())
    assert found["quick"]
    assert found["command"][0].endswith("model_figures.py")
    assert found["reranking"]["1"]["difference"] < 1e-3
    printed = capsys.readouterr().out
    assert "M parameters" in printed
    assert "unshared" in printed
