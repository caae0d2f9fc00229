"""Image transformers that look along time; every family runs, tiny and with random weights."""

import copy

import pytest
import torch
from huggingface_hub.errors import StrictDataclassClassValidationError
from transformers import AutoConfig, AutoModel

from locomotion_hf.modeling import LocoMotionConfig, LocoMotionImageVideoConfig, LocoMotionImageVideoModel
from locomotion_hf.modeling.encoder_families_locomotion import IMAGE_FAMILIES
from locomotion_hf.modeling.image_video_encoder_locomotion import summarise
from locomotion_hf.modeling.presets_locomotion import LINEAGE_VIDEO

SIZES = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 48,
    "image_size": 32,
    "patch_size": 16,
}
#: As the checkpoint has it that the paper's lineage starts from; and a small convolutional network.
SPECIAL = {
    "beit": {"use_relative_position_bias": True, "layer_scale_init_value": 0.1},
    "locomotion_efficientnet_lite": {
        "stem_width": 8,
        "early_widths": (8, 8, 8),
        "stage_widths": (16, 32, 16, 16),
        "early_depths": (1, 1, 1),
        "stage_depths": (1, 2, 1, 1),
    },
}
TRANSFORMERS = [family for family in IMAGE_FAMILIES if family != "locomotion_efficientnet_lite"]


def make_config(family, **settings):
    sizes = SIZES if family in TRANSFORMERS else {"hidden_size": 32, "image_size": 32}
    image = {"model_type": family, **sizes, **SPECIAL.get(family, {})}
    return LocoMotionImageVideoConfig(image_config=image, num_frames=3, **settings)


@pytest.fixture(params=IMAGE_FAMILIES)
def encoder(request):
    torch.manual_seed(0)
    return LocoMotionImageVideoModel(make_config(request.param)).eval()


def clips(frames=3, side=32):
    return torch.randn(2, frames, 3, side, side, generator=torch.Generator().manual_seed(0))


def look_along_time(encoder):
    """As after some training."""
    for layer in encoder.temporal_layers:
        torch.nn.init.ones_(layer.scale)
        torch.nn.init.normal_(layer.attention.qkv.weight, std=0.2)
        torch.nn.init.normal_(layer.attention.output.weight, std=0.2)
    return encoder


def test_at_first_each_frame_is_as_the_image_model_sees_it(encoder):
    """Equal to the last bit, by another instance of the image model, whose weights keep their names."""
    family = IMAGE_FAMILIES[encoder.config.image_config.model_type]
    image_model = AutoModel.from_config(encoder.config.image_config, **family.options).eval()
    image_model.load_state_dict(encoder.image_model.state_dict())
    output, pixels = encoder(clips()), clips().flatten(0, 1)
    pictures = image_model(pixels)
    assert torch.equal(output.last_hidden_state, pictures.last_hidden_state.reshape(2, -1, 32))
    assert torch.equal(output.pooler_output, summarise(family.summary, pictures).reshape(2, 3, 32).mean(1))
    # Looking along time once more is not the same, so the equality above says something.
    assert not torch.allclose(look_along_time(encoder)(clips()).pooler_output, output.pooler_output, atol=1e-4)


def test_frames_learn_of_each_other_within_a_clip(encoder):
    look_along_time(encoder)
    plain, changed = clips(), clips()
    changed[0, 2] += 1
    before, after = (encoder(pixels).last_hidden_state.unflatten(1, (3, -1)) for pixels in (plain, changed))
    assert not torch.allclose(before[0, 0], after[0, 0], atol=1e-4)
    torch.testing.assert_close(before[1], after[1])
    backwards = encoder(plain.flip(1)).pooler_output
    assert not torch.allclose(backwards, encoder(plain).pooler_output, atol=1e-4)


@pytest.mark.parametrize(("frames", "side"), [(1, 32), (5, 32), (2, 48)])
def test_other_numbers_of_frames_and_resolutions_work(encoder, frames, side):
    output = look_along_time(encoder)(clips(frames, side))
    assert torch.isfinite(output.pooler_output).all()
    tokens = encoder(clips(1, side)).last_hidden_state.shape[1]
    assert output.last_hidden_state.shape == (2, frames * tokens, 32)


def test_a_copy_stands_alone_and_a_saved_one_comes_back(encoder, tmp_path):
    look_along_time(encoder)
    expected, twin = encoder(clips()).pooler_output, copy.deepcopy(encoder)
    encoder.save_pretrained(tmp_path)
    torch.nn.init.zeros_(encoder.temporal_layers[0].scale)
    assert torch.equal(twin(clips()).pooler_output, expected)
    again, info = LocoMotionImageVideoModel.from_pretrained(tmp_path, output_loading_info=True)
    assert not any(info.values())
    assert torch.equal(again(clips()).pooler_output, expected)


def test_every_weight_learns_and_checkpointing_changes_no_gradient(encoder):
    def gradients():
        encoder.zero_grad()
        torch.manual_seed(0)
        output = encoder(clips())
        (output.pooler_output.square().sum() + output.last_hidden_state.square().sum()).backward()
        return {name: weight.grad for name, weight in encoder.named_parameters() if weight.requires_grad}

    look_along_time(encoder).train()
    plain = gradients()
    assert [name for name, gradient in plain.items() if gradient is None] == []
    encoder.activation_checkpointing_enable()
    torch.testing.assert_close(gradients(), plain, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("encoder", TRANSFORMERS, indirect=True)
def test_states_of_the_blocks_can_be_seen(encoder):
    output = encoder(clips(), output_hidden_states=True)
    assert len(output.hidden_states) == 3
    tokens = output.last_hidden_state.shape[1] // 3
    assert {states.shape for states in output.hidden_states} == {(2 * 3, tokens, 32)}


#: As VindLU has it.
LINEAGE = {**LINEAGE_VIDEO, "mean_over_frames": True}


@pytest.mark.parametrize("settings", [{}, LINEAGE], ids=["default", "lineage"])
@pytest.mark.parametrize(
    "family", ["beit", "clip_vision_model", pytest.param("locomotion_efficientnet_lite", marks=pytest.mark.slow)]
)
@pytest.mark.slow
def test_compiling_has_no_graph_break(family, settings):
    torch.compiler.reset()
    encoder = look_along_time(LocoMotionImageVideoModel(make_config(family, **settings))).eval()
    compiled = torch.compile(encoder, fullgraph=True, backend="eager")
    with torch.inference_mode():
        torch.testing.assert_close(compiled(clips()).pooler_output, encoder(clips()).pooler_output)


def test_half_precision_takes_float32_pixels():
    config = LocoMotionImageVideoConfig(image_config={"model_type": "vit", **SIZES})
    encoder = LocoMotionImageVideoModel(config).to(torch.bfloat16)
    assert encoder(clips()).pooler_output.dtype == torch.bfloat16


def test_unknown_families_are_refused():
    with pytest.raises(ValueError, match=r"video_config is of the family 'swin'\. Expected: one of beit, vit"):
        LocoMotionConfig(video_config={"model_type": "swin"})
    with pytest.raises(StrictDataclassClassValidationError, match="image_config is of the family 'bert'"):
        LocoMotionImageVideoConfig(image_config={"model_type": "bert"})


def test_an_image_models_configuration_is_enough():
    config = LocoMotionConfig(video_config={"model_type": "vit", **SIZES})
    assert isinstance(config.video_config, LocoMotionImageVideoConfig)
    assert (config.video_config.hidden_size, config.video_config.image_size) == (32, 32)
    assert LocoMotionConfig(**config.to_dict()).to_dict() == config.to_dict()


FAMILIES = pytest.mark.parametrize("family", ["beit", "siglip_vision_model", "locomotion_efficientnet_lite"])


@FAMILIES
def test_positions_of_frames_can_stand_on_the_tokens(family):
    torch.manual_seed(0)
    encoder = LocoMotionImageVideoModel(make_config(family, frame_positions="tokens")).eval()
    positions = encoder.frame_positions.weight
    assert not any("positions" in name for name, _ in encoder.temporal_layers.named_parameters())
    assert not positions.any()
    still = clips()[:, :1].expand(-1, 3, -1, -1, -1)  # three times one picture
    before = encoder(still).last_hidden_state.unflatten(1, (3, -1))
    torch.testing.assert_close(before[:, 0], before[:, 2])
    torch.nn.init.normal_(positions)
    after = encoder(still).last_hidden_state.unflatten(1, (3, -1))
    assert (after[:, 0] - after[:, 2]).abs().max() > 1e-2 * after.abs().max()
    # Fewer frames take the first positions, as the lineage does.
    fewer = encoder(still[:, :2]).last_hidden_state.unflatten(1, (2, -1))
    torch.testing.assert_close(fewer, after[:, :2])
    assert encoder(still[:, :1].expand(-1, 5, -1, -1, -1)).pooler_output.isfinite().all()
    encoder(clips()).last_hidden_state.square().sum().backward()
    assert positions.grad.abs().max() > 0


def test_a_single_frame_can_go_past_the_attention_along_time():
    torch.manual_seed(0)
    encoder = look_along_time(LocoMotionImageVideoModel(make_config("vit", skip_single_frames=True))).eval()
    looking = LocoMotionImageVideoModel(make_config("vit")).eval()
    looking.load_state_dict(encoder.state_dict())
    alone, several = clips(1), clips(3)
    assert torch.equal(encoder(several).pooler_output, looking(several).pooler_output)
    assert not torch.allclose(encoder(alone).pooler_output, looking(alone).pooler_output, atol=1e-3)
    image = AutoModel.from_config(encoder.config.image_config, add_pooling_layer=False).eval()
    image.load_state_dict(encoder.image_model.state_dict())
    assert torch.equal(encoder(alone).last_hidden_state, image(alone[:, 0]).last_hidden_state)


@FAMILIES
def test_a_norm_of_the_tokens_leaves_the_summary_alone(family):
    torch.manual_seed(0)
    plain = LocoMotionImageVideoModel(make_config(family)).eval()
    encoder = LocoMotionImageVideoModel(make_config(family, token_norm=True, mean_over_frames=False)).eval()
    encoder.load_state_dict(plain.state_dict(), strict=False)
    with torch.no_grad():
        output, expected = encoder(clips()), plain(clips())
    tokens = torch.nn.functional.layer_norm(expected.last_hidden_state, (32,))
    torch.testing.assert_close(output.last_hidden_state, tokens)
    assert output.pooler_output.shape == (2, 3, 32)
    assert torch.equal(output.pooler_output.mean(1), expected.pooler_output)


def test_the_convolutional_network_is_the_published_one():
    """EfficientNet-Lite0 has 4.65 million parameters, 1.28 of which tell a thousand classes apart."""
    model = AutoModel.from_config(AutoConfig.for_model("locomotion_efficientnet_lite"))
    assert sum(weight.numel() for weight in model.parameters()) == 4_652_008 - 1_281_000
    assert model(torch.zeros(1, 3, 96, 64)).last_hidden_state.shape == (1, 3 * 2, 1280)
    assert model(torch.zeros(1, 3, 65, 33)).last_hidden_state.shape == (1, 3 * 2, 1280)  # rounded up


def test_what_a_clip_gives_never_depends_on_its_batch():
    torch.manual_seed(0)
    encoder = look_along_time(LocoMotionImageVideoModel(make_config("locomotion_efficientnet_lite"))).train()
    together, alone = encoder(clips()).pooler_output, encoder(clips()[:1]).pooler_output
    torch.testing.assert_close(together[:1], alone)
