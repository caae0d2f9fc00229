"""Re-ranking: `score` gives what judging each pair by itself gives, at a fraction of the work."""

import time

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from locomotion_hf.modeling import LocoMotionConfig, LocoMotionForPreTraining

VIDEOS, TEXTS = 4, 5


@pytest.fixture
def states(model):
    """States of clips and of texts of several lengths, for a model whose weights let its scores differ."""
    model.eval()
    draws = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in model.cross_modal_encoder.parameters():
            weight.normal_(std=0.3, generator=draws)
    mask = (torch.arange(9) < torch.tensor([9, 4, 7, 2, 5])[:, None]).long()
    return torch.randn(VIDEOS, 6, 24, generator=draws), torch.randn(TEXTS, 9, 32, generator=draws), mask


def plain_loop(model, video, text, mask):
    """Each pair by itself, without padding, as one would write it first."""
    rows = []
    for clip in video:
        row = []
        for words, seen in zip(text, mask, strict=True):
            logits = model.match_logits(clip[None], words[None, : int(seen.sum())])[0]
            row.append(logits[1] - logits[0])
        rows.append(torch.stack(row))
    return torch.stack(rows)


@pytest.mark.parametrize("implementation", ["sdpa", "eager"])
@pytest.mark.parametrize("pairs_at_once", [1, 3, 7, 256])
@torch.no_grad()
def test_scores_equal_the_plain_loop(model, states, implementation, pairs_at_once):
    model.set_attn_implementation(implementation)
    expected = plain_loop(model, *states)
    found = model.score(*states, pairs_at_once=pairs_at_once)
    assert expected.std(0).min() > 1e-2
    assert expected.std(1).min() > 1e-2
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_candidates_choose_the_texts(model, states):
    candidates = torch.tensor([[4, 0], [1, 1], [2, 3], [0, 4]])
    everything = model.score(*states)
    torch.testing.assert_close(model.score(*states, candidates), everything.gather(1, candidates))
    video, text, _ = states
    torch.testing.assert_close(model.score(video, text[:, :4]), model.score(video, text[:, :4], torch.ones(5, 4)))


def test_rows_that_do_not_fit_are_refused(model, states):
    video, text, mask = states
    with pytest.raises(ValueError, match="candidates has 2 rows and video_states 4"):
        model.score(video, text, mask, torch.tensor([[0], [1]]))
    with pytest.raises(ValueError, match="video_states has 4 rows and text_states 5"):
        model.match_logits(video, text, mask)


@torch.no_grad()
def test_a_videos_keys_are_projected_once_not_once_a_text(model, states):
    seen = []
    layer = model.cross_modal_encoder.encoder.layer[0].crossattention.self
    layer.key.register_forward_hook(lambda module, args, output: seen.append(len(args[0])))
    model.score(*states)
    assert sum(seen) == VIDEOS


def test_a_training_step_projects_a_videos_keys_once_for_all_its_texts(model, inputs):
    """Matching and masked words together: four texts a clip."""
    seen = []
    layer = model.cross_modal_encoder.encoder.layer[0].crossattention.self
    layer.value.register_forward_hook(lambda module, args, output: seen.append(len(args[0])))
    model(**inputs)
    assert seen == [5]


def paper_sized(device):
    """The cross-modal encoder of the faithful configuration; its other parts do not matter here."""
    config = LocoMotionConfig.faithful()
    config.text_config.num_hidden_layers = 1
    config.video_config.image_config.num_hidden_layers = 1
    with torch.device(device):
        return LocoMotionForPreTraining(config).eval()


def paired(model, video, text):
    """Pairs in one batch, each with its own projection of the video's keys and values."""
    pairs = len(video) * len(text)
    return model.match_logits(video.repeat_interleave(len(text), 0), text.repeat(len(video), 1, 1)[:pairs])


@pytest.mark.parametrize(("frames", "goal"), [(4, 3), (12, 5)])
@torch.no_grad()
def test_the_paper_sized_model_scores_for_a_fraction_of_the_work(frames, goal):
    """In floating-point operations, 32 texts of 32 words to a clip; goals of the plan for time."""
    model = paper_sized("meta")
    video = torch.empty(1, frames * 197, 768, device="meta")
    text = torch.empty(32, 32, 768, device="meta")
    work = []
    for run in (lambda: paired(model, video, text), lambda: model.score(video, text)):
        with FlopCounterMode(display=False) as counter:
            run()
        work.append(counter.get_total_flops())
    assert work[0] / work[1] > goal


@pytest.mark.slow
@pytest.mark.parametrize("frames", [4, 12])
@torch.no_grad()
def test_measured_time_against_the_plain_loop(frames):
    """Prints the ratio (`-s` shows it); a time is not asserted, equal scores are."""
    torch.manual_seed(0)
    model = paper_sized("cpu")
    video, text = torch.randn(1, frames * 197, 768), torch.randn(32, 32, 768)
    mask = torch.ones(32, 32, dtype=torch.long)
    ways = {"plain": lambda: plain_loop(model, video, text, mask), "score": lambda: model.score(video, text, mask)}
    times = {name: [] for name in ways}
    for _ in range(3):
        for name, way in ways.items():
            start = time.process_time()
            found = way()
            times[name].append(time.process_time() - start)
            if name == "plain":
                expected = found
    torch.testing.assert_close(found, expected, atol=1e-3, rtol=0)
    print(f"\n{frames} frames: {min(times['plain']) / min(times['score']):.2f} times the plain loop's speed")
