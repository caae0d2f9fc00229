import pytest
import torch
from huggingface_hub.errors import StrictDataclassClassValidationError
from transformers import AutoModel

from locomotion_hf.modeling import LocoMotionVideoConfig, LocoMotionVideoModel


@pytest.fixture
def encoder(tiny_config):
    torch.manual_seed(0)
    return AutoModel.from_config(tiny_config().video_config).eval()


@pytest.fixture
def clips():
    return torch.randn(2, 4, 3, 16, 16, generator=torch.Generator().manual_seed(0))


def test_auto_model_makes_the_encoder_and_its_output_is_the_documented_one(encoder, clips):
    assert isinstance(encoder, LocoMotionVideoModel)
    output = encoder(clips, output_hidden_states=True)
    batch, tokens, width = output.last_hidden_state.shape
    assert (batch, width) == (2, encoder.config.hidden_size)
    assert output.pooler_output.shape == (2, width)
    assert output.hidden_states[-1].shape == (2, tokens, width)


def test_the_order_of_frames_counts(encoder, clips):
    forwards, backwards = encoder(clips).pooler_output, encoder(clips.flip(1)).pooler_output
    scale = forwards.std()
    assert ((forwards - backwards).abs().amax(1) > 0.1 * scale).all()


def test_the_order_counts_for_more_than_the_differences_of_frames(encoder, clips):
    """Swapping the halves of a clip that repeats a still picture in each changes nothing but time."""
    a, b = clips[:, :1], clips[:, 1:2]
    first, second = torch.cat([a, a, b, b], 1), torch.cat([b, b, a, a], 1)
    assert not torch.allclose(encoder(first).pooler_output, encoder(second).pooler_output, atol=1e-3)


@pytest.mark.parametrize("shape", [(1, 16, 16), (3, 16, 16), (7, 16, 16), (4, 32, 24)])
def test_other_numbers_of_frames_and_sizes_work(encoder, shape):
    frames, height, width = shape
    output = encoder(torch.randn(2, frames, 3, height, width))
    assert torch.isfinite(output.pooler_output).all()


def test_a_clip_gives_the_same_alone_and_in_a_batch(encoder, clips):
    torch.testing.assert_close(encoder(clips).pooler_output[1:], encoder(clips[1:]).pooler_output)


def test_eager_attention_equals_sdpa(encoder, clips):
    expected = encoder(clips).pooler_output
    encoder.set_attn_implementation("eager")
    output = encoder(clips, output_attentions=True)
    torch.testing.assert_close(output.pooler_output, expected, atol=1e-5, rtol=1e-4)
    assert output.attentions[0].sum(-1).mean().item() == pytest.approx(1.0, abs=1e-5)


def test_checkpointing_gives_the_same_gradients(encoder, clips):
    def gradients():
        encoder.zero_grad()
        encoder.train()(clips).pooler_output.square().sum().backward()
        return [parameter.grad.clone() for parameter in encoder.parameters()]

    plain = gradients()
    encoder.activation_checkpointing_enable()
    assert any(module.gradient_checkpointing for module in encoder.layers)
    torch.testing.assert_close(gradients(), plain)


def test_errors_name_the_argument(encoder):
    with pytest.raises(ValueError, match=r"pixel_values_videos has the shape \(4, 3, 16, 16\)"):
        encoder(torch.randn(4, 3, 16, 16))
    with pytest.raises(ValueError, match="pixel_values_videos has frames of 16 x 20 pixels"):
        encoder(torch.randn(1, 4, 3, 16, 20))
    with pytest.raises(StrictDataclassClassValidationError, match="hidden_size is 10 and num_attention_heads is 4"):
        LocoMotionVideoConfig(hidden_size=10)
    with pytest.raises(StrictDataclassClassValidationError, match=r"image_size is 20\. Expected: a multiple of 8"):
        LocoMotionVideoConfig(image_size=20)
