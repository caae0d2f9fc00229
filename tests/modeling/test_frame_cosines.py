"""The mean of frames' cosines as one cosine: values, gradients, and in the model."""

import pytest
import torch
from torch.nn import functional as F

from locomotion_hf.modeling import LocoMotionForPreTraining, LocoMotionModel
from locomotion_hf.modeling.frame_cosines_locomotion import mean_of_cosines


def draw(*shape, seed=0, **options):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), **options)


def plain(frames, texts):
    """As one would write it first."""
    return torch.stack([torch.stack([F.cosine_similarity(clip, text).mean() for text in texts]) for clip in frames])


@pytest.mark.parametrize("frames", [1, 4])
def test_values_and_gradients_are_those_of_the_mean_of_cosines(frames):
    clips, texts = draw(3, frames, 8), draw(5, 8, seed=1)
    weights = draw(3, 5, seed=2)
    found = []
    for similarity in (plain, lambda c, t: mean_of_cosines(c) @ F.normalize(F.pad(t, (0, 1)), dim=-1).T):
        c, t = clips.clone().requires_grad_(), texts.clone().requires_grad_()
        values = similarity(c, t)
        (values * weights).sum().backward()
        found.append((values.detach(), c.grad, t.grad))
    for expected, ours in zip(*found, strict=True):
        torch.testing.assert_close(ours, expected, atol=1e-5, rtol=1e-4)


def test_it_is_of_unit_length_whatever_the_frames():
    clips = draw(2, 4, 8)
    clips[1] = clips[1, :1]  # four times the same: nothing is missing to a length of one
    found = mean_of_cosines(clips.requires_grad_())
    torch.testing.assert_close(found.norm(dim=-1), torch.ones(2))
    found.square().sum().backward()
    assert clips.grad.isfinite().all()
    assert mean_of_cosines(draw(2, 4, 8).to(torch.bfloat16)).dtype == torch.float32


def per_frame(image_based, tiny_config):
    config = image_based.config.to_dict()
    config["video_config"]["mean_over_frames"] = False
    torch.manual_seed(0)
    model = LocoMotionForPreTraining(tiny_config(**{k: config[k] for k in ("video_config", "project_video_states")}))
    model.load_state_dict(image_based.state_dict())
    return model.eval()


def test_a_model_compares_frames_one_by_one(image_based, tiny_config, inputs):
    model = per_frame(image_based, tiny_config)
    assert model.config.compares_frames
    assert not image_based.config.compares_frames
    output = model(**inputs, return_loss=False)
    states = model.model.video_model(inputs["pixel_values_videos"]).pooler_output
    frames = model.model.video_projection(states)
    texts = model.model.text_projection(output.text_model_output.last_hidden_state[:, 0])
    cosines = output.logits_per_video * model.model.temperature.log_tau.exp()
    torch.testing.assert_close(cosines, plain(frames, texts), atol=1e-5, rtol=1e-4)
    assert output.video_embeds.shape == output.text_embeds.shape == (5, 17)
    # What looks for neighbours by the vectors alone finds the same.
    torch.testing.assert_close(output.video_embeds @ output.text_embeds.T, cosines)


def test_it_trains_and_comes_back(image_based, tiny_config, inputs, tmp_path):
    model = per_frame(image_based, tiny_config).train()
    model(**inputs, generator=torch.Generator().manual_seed(0)).loss.backward()
    assert all(weight.grad.isfinite().all() for weight in model.parameters() if weight.grad is not None)
    assert model.model.video_projection.weight.grad.abs().max() > 0
    model.eval().save_pretrained(tmp_path)
    again = LocoMotionModel.from_pretrained(tmp_path)
    expected = model(**inputs, return_loss=False).logits_per_video
    assert torch.equal(again(**inputs).logits_per_video, expected)
