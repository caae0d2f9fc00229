"""Old weights: state dicts of the original shapes, and small computations written from the original's description."""

import runpy
import sys
from pathlib import Path

import pytest
import torch
from old_weights import (
    BASE,
    FRAMES,
    HIDE,
    IDS,
    SEEN,
    TINY,
    linear,
    norm,
    original,
    original_fusion,
    original_text,
    original_video,
)
from torch.nn import functional as F

from locomotion_hf.errors import TrainingError
from locomotion_hf.modeling import LocoMotionConfig, LocoMotionForPreTraining
from locomotion_hf.training.lineage import config_of, convert, load, read_checkpoint, report
from locomotion_hf.training.lineage_names import Layout

torch.set_num_threads(1)
SCRIPT = Path(__file__).parents[2] / "scripts" / "convert_checkpoint.py"


def converted(state):
    torch.manual_seed(0)
    model = LocoMotionForPreTraining(config_of(state)).eval()
    return model, load(convert(state), model)


def close(ours, theirs, atol=2e-5):
    torch.testing.assert_close(ours, theirs, atol=atol, rtol=atol)


@pytest.mark.parametrize("finetuned", [False, True])
@pytest.mark.parametrize("kind", ["singularity", "singularity_temporal", "vindlu"])
def test_every_weight_is_renamed_or_named(kind, finetuned):
    state = original(kind, finetuned=finetuned)
    model, result = converted(state)
    kept, unused, lost = set(result.origin.values()), set(result.unused), set(result.lost)
    assert kept | unused | lost == set(state)
    assert not kept & unused
    assert not (kept | unused) & lost
    assert set(result.weights) == set(model.state_dict())
    assert set(result.origin) | set(result.added) == set(result.weights)
    assert not set(result.origin) & set(result.added)
    assert all(torch.equal(value, result.weights[name]) for name, value in model.state_dict().items())
    assert any("temporal_vision_encoder" in name for name in lost) == (kind == "singularity_temporal")
    assert ("temporal_embeddings" in unused) == (kind == "singularity")
    assert sum("temp_model.linear" in name for name in unused) == (4 if kind == "vindlu" else 0)


@pytest.mark.parametrize("kind", ["singularity", "vindlu"])
def test_the_published_sizes_fit(kind):
    state = original(kind, BASE)
    config = config_of(state)
    assert config.to_dict() == LocoMotionConfig.faithful().to_dict()
    assert (config.text_config.num_attention_heads, config.video_config.image_config.image_size) == (12, 224)
    with torch.device("meta"):
        model = LocoMotionForPreTraining(config)
    wanted = {name: value.shape for name, value in model.state_dict().items()}
    weights = convert(state).weights
    assert {n: v.numel() for n, v in weights.items() if n in wanted} == {
        n: shape.numel() for n, shape in wanted.items() if n in weights
    }
    assert len(weights.keys() & wanted.keys()) > 350


KINDS = pytest.mark.parametrize("kind", ["singularity", "vindlu"])


def clips(frames):
    return torch.randn(3, frames, 3, 12, 12, generator=torch.Generator().manual_seed(1))


@KINDS
def test_nothing_is_lost(kind):
    _, result = converted(original(kind))
    assert result.lost == {}
    # What ours has besides is switched off.
    assert all(why.startswith(("zero", "as it was made: the scale of zero")) for why in result.added.values())


@KINDS
@pytest.mark.parametrize("frames", [1, 3, FRAMES, 6])
@torch.no_grad()
def test_the_video_encoder_computes_the_same(kind, frames):
    state = original(kind)
    model, _ = converted(state)
    tokens, summaries = original_video(state, clips(frames))
    ours = model.model.video_model(clips(frames))
    close(ours.last_hidden_state, tokens.flatten(1, 2), atol=1e-4)
    close(ours.pooler_output, summaries, atol=1e-4)
    if kind == "vindlu" and frames > 1:  # the comparison above would see it
        for part in ("temp_model", "temporal_position"):
            without, _ = original_video({k: v for k, v in state.items() if part not in k}, clips(frames))
            assert (without - tokens).abs().max() > 0.1, part


@KINDS
@pytest.mark.parametrize("frames", [1, FRAMES])
@torch.no_grad()
def test_similarities_are_the_same(kind, frames):
    state = original(kind)
    model, _ = converted(state)
    _, summaries = original_video(state, clips(frames))
    video = F.normalize(linear(state, "vision_proj", summaries), dim=-1)
    text = F.normalize(linear(state, "text_proj", original_text(state, IDS, HIDE)[:, 0]), dim=-1)
    expected = torch.einsum("btd,nd->bnt", video, text).mean(2)
    ours = model(IDS, clips(frames), SEEN, return_loss=False)
    close(ours.logits_per_video * state["temp"], expected, atol=1e-5)
    if frames > 1:  # a cosine of the mean is another number, by far more than the tolerance
        assert (F.normalize(video.mean(1), dim=-1) @ text.T - expected).abs().max() > 3e-4


@KINDS
@torch.no_grad()
def test_the_whole_model_computes_the_same(kind):
    """Pixels and words in, what matching and masked words say out."""
    state = original(kind)
    model, _ = converted(state)
    tokens, _ = original_video(state, clips(FRAMES))
    fused = original_fusion(state, original_text(state, IDS, HIDE), HIDE, tokens.flatten(1, 2))
    output = model(IDS, clips(FRAMES), SEEN, return_loss=False)
    states = output.video_model_output.last_hidden_state, output.text_model_output.last_hidden_state
    close(model.match_logits(*states, SEEN), linear(state, "itm_head", fused[:, 0]), atol=1e-4)
    seen = SEEN.bool()
    close(model.fuse(*states, SEEN)[seen], fused[seen], atol=1e-4)


@torch.no_grad()
def test_text_fusion_and_heads_compute_the_same():
    state = original("vindlu")
    model, _ = converted(state)
    text = original_text(state, IDS, HIDE)
    ours = model.get_text_features(IDS, SEEN).last_hidden_state
    seen = SEEN.bool()
    close(ours[seen], text[seen])
    video = torch.randn(3, 20, TINY["D"], generator=torch.Generator().manual_seed(2))
    fused = original_fusion(state, text, HIDE, video)
    close(model.fuse(video, ours, SEEN)[seen], fused[seen])
    # The second of the two logits says that text and video match, there as here.
    close(model.match_logits(video, ours, SEEN), linear(state, "itm_head", fused[:, 0]))
    head = "text_encoder.cls.predictions"
    words = norm(state, f"{head}.transform.LayerNorm", F.gelu(linear(state, f"{head}.transform.dense", fused)))
    close(model.mlm_head(fused), linear(state, f"{head}.decoder", words))


def test_a_model_of_other_settings_says_what_it_lacks():
    state = original("vindlu")
    config = config_of(state)
    config.projection_bias = False
    config.video_config.token_norm = False
    config.video_config.frame_positions = "attention"
    result = convert(state)
    with pytest.raises(TrainingError, match=r"temporal_layers\.0\.positions of the model is not in the checkpoint"):
        load(result, LocoMotionForPreTraining(config))
    config.video_config.frame_positions = "tokens"
    lost = load(result, LocoMotionForPreTraining(config)).lost
    assert set(lost) == {
        *(f"vision_layernorm.{kind}" for kind in ("weight", "bias")),
        *("vision_proj.bias", "text_proj.bias"),
    }
    assert set(lost.values()) == {
        "a layer norm of the video's tokens; token_norm is False in the model",
        "an offset in the common space; projection_bias is False in the model",
    }


@pytest.mark.parametrize("temp", [0.0123, 0.0001, 3.0])
def test_the_temperature_is_the_clamped_one(temp):
    state = original("vindlu") | {"temp": torch.tensor(temp)}
    model, _ = converted(state)
    close(model.model.temperature.log_tau.exp(), torch.tensor(min(max(temp, 0.001), 0.5)))


def test_without_a_head_for_words_the_embeddings_are_kept():
    state = original("vindlu", finetuned=True)
    model, _ = converted(state)
    assert torch.equal(model.get_input_embeddings().weight, state["text_encoder.embeddings.word_embeddings.weight"])
    assert model.mlm_head.decoder.weight is model.get_input_embeddings().weight


def test_names_can_begin_otherwise():
    layout = Layout(video="v.", text="t.", cross_modal="c.", dual="d.", heads="h.")
    starts = {name.split(".")[0] for name in convert(original("vindlu"), layout).weights}
    assert starts == {"v", "t", "c", "d", "h"}


class Settings:
    """What the originals keep beside the weights: an object of a class of their own. Its code leaves a trace."""

    trace = ""

    def __init__(self):
        self.frames = 4

    def __setstate__(self, state):
        type(self).trace += "state"


def leave_trace(text):
    Settings.trace += text


class Calling:
    """What a file can say to have any function called."""

    def __reduce__(self):
        return leave_trace, ("call",)


def test_a_file_is_read_without_running_what_it_says(tmp_path):
    state = original("vindlu")
    path = tmp_path / "ckpt_09.pth"
    torch.save({"model": state, "config": Settings(), "epoch": 9, "more": Calling()}, path)
    found = read_checkpoint(path)
    assert found.keys() == state.keys()
    assert all(torch.equal(found[name], state[name]) for name in state)
    assert not Settings.trace
    torch.load(path, weights_only=False)
    assert sorted(Settings.trace) == sorted("statecall")  # it would have run
    torch.save({f"module.{name}": value for name, value in state.items()}, path)
    assert read_checkpoint(path).keys() == state.keys()


def test_what_is_no_checkpoint_is_refused(tmp_path):
    path = tmp_path / "ckpt.pth"
    path.write_bytes(b"no checkpoint")
    with pytest.raises(TrainingError, match=r"cannot be read.*Expected: a checkpoint.*To fix it: unpack"):
        read_checkpoint(path)
    torch.save({"epoch": 3}, path)
    with pytest.raises(TrainingError, match=r'holds a dict without weights.*under "model"'):
        read_checkpoint(path)
    with pytest.raises(TrainingError, match=r"1 weights without vision_encoder\..*with ViT, DeiT or Swin are not"):
        convert({"a": torch.ones(1)})


def test_unknown_weights_and_broken_ties_are_refused():
    with pytest.raises(TrainingError, match=r"vision_encoder.prompts, \(2,\), is unknown.*leave it out"):
        convert(original("vindlu") | {"vision_encoder.prompts": torch.ones(2)})
    tied = "text_encoder.cls.predictions.decoder.weight"
    with pytest.raises(TrainingError, match=r"differs from the word embeddings.*as the original ties them"):
        convert(original("vindlu") | {tied: torch.ones(60, 128)})


def test_a_model_of_other_sizes_is_refused():
    state = original("vindlu")
    model = LocoMotionForPreTraining(config_of({**state, "vision_proj.weight": torch.ones(8, 128)}))
    with pytest.raises(TrainingError, match=r"_projection.weight is \(256, 128\) in the checkpoint and \(8, 128\)"):
        load(convert(state), model)


def test_the_script_converts_and_reports(tmp_path, monkeypatch, capsys):
    torch.save({"model": original("vindlu"), "config": Settings()}, tmp_path / "ckpt.pth")
    monkeypatch.setattr(sys, "argv", [str(SCRIPT), str(tmp_path / "ckpt.pth"), str(tmp_path / "model")])
    runpy.run_path(str(SCRIPT), run_name="__main__")
    expected, result = converted(original("vindlu"))
    printed = capsys.readouterr().out
    assert report(result) in printed
    assert "lost" not in printed
    assert "different: in training alone" in printed
    model = LocoMotionForPreTraining.from_pretrained(tmp_path / "model")
    assert all(torch.equal(value, expected.state_dict()[name]) for name, value in model.state_dict().items())
    with pytest.raises(SystemExit, match="already holds a model"):
        runpy.run_path(str(SCRIPT), run_name="__main__")
