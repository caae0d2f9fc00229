"""Where weights are put, and in which precision."""

import pytest
import torch
from transformers import PreTrainedModel

from locomotion_hf.modeling import LocoMotionForPreTraining


@pytest.fixture
def folder(model, tmp_path):
    model.save_pretrained(tmp_path / "locomotion")
    return tmp_path / "locomotion"


def step(model, inputs):
    with torch.no_grad():
        return model.eval()(**inputs, generator=torch.Generator().manual_seed(0))


def smallest_pieces(module, whole, name=""):
    """Names of the parts that a device map may put apart."""
    children = [(f"{name}.{own}".strip("."), child) for own, child in module.named_children()]
    if type(module).__name__ in whole or not children:
        return [name]
    return [piece for path, child in children for piece in smallest_pieces(child, whole, path)]


def test_layers_are_not_torn_apart(model):
    assert set(model._no_split_modules) >= {"LocoMotionVideoModel", "LocoMotionVideoLayer", "BertLayer"}
    named = {type(module).__name__ for module in model.modules()}
    assert set(model._no_split_modules) <= named


@pytest.mark.parametrize("place", ["auto", "cpu", {"": "cpu"}])
def test_a_device_map_changes_nothing(model, inputs, folder, place):
    again = LocoMotionForPreTraining.from_pretrained(folder, device_map=place)
    assert torch.equal(step(again, inputs).loss, step(model, inputs).loss)


@pytest.mark.parametrize("first_on_disk", [0, 1])
def test_every_second_piece_may_lie_on_disk(model, inputs, folder, tmp_path, first_on_disk):
    """Each piece is fetched when its turn comes, as with several devices."""
    pieces = smallest_pieces(model, model._no_split_modules)
    assert {"model.video_model", "model.temperature", "cross_modal_encoder.encoder.layer.0"} <= set(pieces)
    places = {name: "disk" if number % 2 == first_on_disk else "cpu" for number, name in enumerate(pieces)}
    places["mlm_head.decoder"] = places["model.text_model.embeddings"]  # tied
    again = LocoMotionForPreTraining.from_pretrained(folder, device_map=places, offload_folder=tmp_path / "disk")
    assert any(parameter.is_meta for parameter in again.parameters())
    assert torch.equal(step(again, inputs).loss, step(model, inputs).loss)


@pytest.mark.parametrize("first_on_disk", [0, 1])
def test_pieces_of_an_image_model_may_lie_on_disk(image_based, inputs, tmp_path, first_on_disk):
    """What looks along time is called from within the image model, and fetched all the same."""
    image_based.save_pretrained(tmp_path / "locomotion")
    # BEiT itself does not say that its embeddings hold a bare parameter.
    pieces = smallest_pieces(image_based, {*image_based._no_split_modules, "BeitEmbeddings"})
    assert "model.video_model.temporal_layers.0" in pieces
    places = {name: "disk" if number % 2 == first_on_disk else "cpu" for number, name in enumerate(pieces)}
    places["mlm_head.decoder"] = places["model.text_model.embeddings"]  # tied
    again = LocoMotionForPreTraining.from_pretrained(
        tmp_path / "locomotion", device_map=places, offload_folder=tmp_path / "disk"
    )
    assert torch.equal(step(again, inputs).loss, step(image_based, inputs).loss)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_keeps_the_temperature(model, inputs, folder, dtype):
    again = LocoMotionForPreTraining.from_pretrained(folder, dtype=dtype)
    whole = {name for name, parameter in again.named_parameters() if parameter.dtype != dtype}
    assert whole == {"model.temperature.log_tau"}
    assert isinstance(again, PreTrainedModel)
    assert again.dtype == dtype
    inputs = {**inputs, "pixel_values_videos": inputs["pixel_values_videos"].to(dtype)}
    half, full = step(again, inputs), step(model, inputs)
    assert half.logits_per_video.dtype == torch.float32
    torch.testing.assert_close(half.logits_per_video, full.logits_per_video, atol=0.3, rtol=0)
    torch.testing.assert_close(half.loss.float(), full.loss, atol=0.1, rtol=0)
