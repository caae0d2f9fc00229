"""Video encoders of transformers, called as ours is; every family runs, tiny and with random weights."""

import pytest
import torch
from transformers import AutoModel

from locomotion_hf.modeling import LocoMotionNativeVideoConfig, LocoMotionNativeVideoModel
from locomotion_hf.modeling.encoder_families_locomotion import NATIVE_FAMILIES

SIZES = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 48,
    "patch_size": 16,
}
OF_FAMILY = {
    "videomae": {"image_size": 32, "num_frames": 4},
    "vjepa2": {"crop_size": 32, "frames_per_clip": 4},
    "timesformer": {"image_size": 32, "num_frames": 4},
    "vivit": {"image_size": 32, "num_frames": 4, "tubelet_size": [2, 16, 16]},
}


def build(family):
    torch.manual_seed(0)
    settings = {"model_type": family, **SIZES, **OF_FAMILY[family]}
    return LocoMotionNativeVideoModel(LocoMotionNativeVideoConfig(encoder_config=settings)).eval()


def clips(frames=4, side=32):
    return torch.randn(2, frames, 3, side, side, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("family", NATIVE_FAMILIES)
def test_states_are_the_encoders_own(family):
    encoder, rules = build(family), NATIVE_FAMILIES[family]
    config = encoder.config
    assert (config.hidden_size, config.num_frames, config.image_size, config.num_channels) == (32, 4, 32, 3)
    alone = AutoModel.from_config(config.encoder_config, **rules.options).eval()
    info = alone.load_state_dict(encoder.encoder.state_dict(), strict=False)
    assert {name.split(".")[0] for name in info.missing_keys} == set(rules.dropped)
    assert info.unexpected_keys == []
    output, expected = encoder(clips()), alone(clips(), **rules.call).last_hidden_state
    assert torch.equal(output.last_hidden_state, expected)
    summary = expected[:, 0] if rules.summary == "first" else expected.mean(1)
    assert torch.equal(output.pooler_output, summary)


@pytest.mark.parametrize("family", NATIVE_FAMILIES)
def test_every_weight_learns_and_a_saved_one_comes_back(family, tmp_path):
    encoder = build(family)
    encoder(clips()).last_hidden_state.square().sum().backward()
    assert [name for name, weight in encoder.named_parameters() if weight.requires_grad and weight.grad is None] == []
    encoder.save_pretrained(tmp_path)
    again, info = LocoMotionNativeVideoModel.from_pretrained(tmp_path, output_loading_info=True)
    assert not any(info.values())
    assert torch.equal(again(clips()).pooler_output, encoder(clips()).pooler_output)


@pytest.mark.parametrize(
    ("family", "frames", "expected"),
    [
        ("videomae", 6, "6 frames a clip. Expected: 4, for which videomae has positions"),
        ("timesformer", 2, "2 frames a clip. Expected: 4"),
        ("vivit", 8, "8 frames a clip. Expected: 4"),
        ("vjepa2", 5, "5 frames a clip. Expected: a multiple of 2, as vjepa2 joins so many to one step"),
    ],
)
def test_a_wrong_number_of_frames_is_refused(family, frames, expected):
    with pytest.raises(ValueError, match=f"pixel_values_videos has {expected}"):
        build(family)(clips(frames))


def test_a_wrong_size_is_refused_and_v_jepa_takes_others():
    with pytest.raises(ValueError, match=r"pixel_values_videos has frames of 48 x 48 pixels\. Expected: 32 x 32"):
        build("videomae")(clips(side=48))
    encoder = build("vjepa2")
    assert encoder(clips(6, 48)).last_hidden_state.shape == (2, 3 * 9, 32)
