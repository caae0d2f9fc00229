import os
import site
import subprocess
import venv
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForPreTraining,
    AutoProcessor,
    AutoTokenizer,
    BeitConfig,
    BeitModel,
    BertConfig,
    BertModel,
)
from transformers.models.auto.video_processing_auto import AutoVideoProcessor

from locomotion_hf.modeling import (
    LocoMotionConfig,
    LocoMotionEfficientNetLiteConfig,
    LocoMotionEfficientNetLiteModel,
    LocoMotionForPreTraining,
    LocoMotionModel,
    LocoMotionProcessor,
    LocoMotionVideoConfig,
    LocoMotionVideoProcessor,
)
from locomotion_hf.modeling.presets_locomotion import LINEAGE_VIDEO


@pytest.fixture
def folder(model, processor, tmp_path):
    model.save_pretrained(tmp_path / "locomotion")
    processor.save_pretrained(tmp_path / "locomotion")
    return tmp_path / "locomotion"


def test_a_model_comes_back_equal(model, inputs, folder):
    again, info = AutoModelForPreTraining.from_pretrained(folder, output_loading_info=True)
    assert isinstance(again, LocoMotionForPreTraining)
    assert {name: list(found) for name, found in info.items() if found} == {}
    state, saved = model.state_dict(), again.state_dict()
    assert state.keys() == saved.keys()
    assert all(torch.equal(state[name], saved[name]) for name in state)
    assert again.mlm_head.decoder.weight is again.get_input_embeddings().weight
    AutoConfig.from_pretrained(folder).save_pretrained(folder / "again")
    assert (folder / "again/config.json").read_text() == (folder / "config.json").read_text()


def test_auto_model_loads_the_dual_encoder_with_the_same_features(model, inputs, folder):
    dual, info = AutoModel.from_pretrained(folder, output_loading_info=True)
    assert isinstance(dual, LocoMotionModel)
    assert {name: list(found) for name, found in info.items() if found} == {}
    model.eval()
    for method, arguments in (
        ("get_video_features", (inputs["pixel_values_videos"],)),
        ("get_text_features", (inputs["input_ids"], inputs["attention_mask"])),
    ):
        expected = getattr(model, method)(*arguments).pooler_output
        assert torch.equal(getattr(dual, method)(*arguments).pooler_output, expected)


def test_only_the_named_parts_are_left_out_in_silence(folder, model):
    left_out = set(model.state_dict()) - {f"model.{name}" for name in model.model.state_dict()}
    parts = {name.split(".")[0] for name in left_out}
    assert parts == {"cross_modal_encoder", "video_to_cross_modal", "vtm_head", "mlm_head"}


def test_a_dual_encoder_can_be_trained_on(model, folder, tmp_path):
    AutoModel.from_pretrained(folder).save_pretrained(tmp_path / "dual")
    again, info = LocoMotionForPreTraining.from_pretrained(tmp_path / "dual", output_loading_info=True)
    parts = {name.split(".")[0] for name in info["missing_keys"]}
    assert parts == {"cross_modal_encoder", "video_to_cross_modal", "vtm_head", "mlm_head"}
    assert torch.equal(again.model.text_projection.weight, model.model.text_projection.weight)


def test_a_processor_comes_back_equal(processor, folder, frames):
    again = AutoProcessor.from_pretrained(folder)
    assert isinstance(again, LocoMotionProcessor)
    assert isinstance(AutoVideoProcessor.from_pretrained(folder), LocoMotionVideoProcessor)
    texts = ["A red teapot moves slowly upwards", "zyzzyva"]
    before, after = processor(text=texts, videos=frames), again(text=texts, videos=frames)
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert AutoTokenizer.from_pretrained(folder)(texts[0])["input_ids"] == before["input_ids"][0].tolist()


def test_defaults_are_the_small_model_of_the_default_run():
    config = LocoMotionConfig()
    assert isinstance(config.video_config, LocoMotionVideoConfig)
    assert config.text_config.is_decoder is False
    assert config.cross_modal_config.add_cross_attention is True
    size = sum(parameter.numel() for parameter in LocoMotionForPreTraining(config).parameters())
    assert 1.5e6 < size < 3.5e6
    processor = LocoMotionVideoProcessor()
    assert processor.num_frames == config.video_config.num_frames
    assert processor.size.height == processor.size.width == config.video_config.image_size


@pytest.fixture
def python_elsewhere(tmp_path):
    """The interpreter of another environment, which has every package that is here except ours."""
    venv.create(tmp_path / "elsewhere", symlinks=True)
    (packages,) = tmp_path.glob("elsewhere/lib/python*/site-packages")
    for here in filter(Path.is_dir, map(Path, site.getsitepackages())):  # Debian names one that is not there
        for package in here.iterdir():
            if "locomotion" not in package.name.lower():
                (packages / package.name).symlink_to(package)
    return tmp_path / "elsewhere/bin/python"


@pytest.fixture
def from_encoders(processor, tmp_path):
    """Models that start from an image model and a BERT, and their folders: a transformer made as the lineage has
    it, and our convolutional network."""
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}
    image = BeitModel(BeitConfig(**sizes, image_size=16, patch_size=8, use_relative_position_bias=True))
    text = BertModel(BertConfig(**sizes, vocab_size=4096, max_position_embeddings=64))
    network = LocoMotionEfficientNetLiteModel(
        LocoMotionEfficientNetLiteConfig(stem_width=8, early_widths=[8] * 3, stage_widths=[16] * 4, hidden_size=48)
    )
    made = []
    for name, video, settings in (("beit", image, {**LINEAGE_VIDEO, "projection_bias": True}), ("cnn", network, {})):
        model = LocoMotionForPreTraining.from_encoders(video, text, cls_token_id=2, mask_token_id=4, **settings)
        for part in (model, processor):
            part.save_pretrained(tmp_path / name)
        made.append((model, tmp_path / name))
    return made


@pytest.mark.slow
def test_the_saved_code_loads_where_the_package_is_not(
    folder, model, from_encoders, frames, python_elsewhere, tmp_path
):
    np.save(tmp_path / "frames.npy", frames)
    (tmp_path / "elsewhere.py").write_text(
        """
import importlib.util, sys
assert importlib.util.find_spec("locomotion_hf") is None
import numpy as np
import torch
from transformers import AutoModel, AutoModelForPreTraining, AutoProcessor
folder, frames, results, *others = sys.argv[1:]
processor = AutoProcessor.from_pretrained(folder, trust_remote_code=True)
texts = ["A red teapot moves slowly upwards", "A dog moves left", "A fox", "A cat", "A boat"]
inputs = dict(processor(text=texts, videos=np.load(frames)))
found = {"inputs": inputs, "names": [type(processor).__name__]}
for auto in (AutoModel, AutoModelForPreTraining):
    model, info = auto.from_pretrained(folder, trust_remote_code=True, output_loading_info=True)
    assert not any(info.values()), info
    assert type(model).__module__.startswith("transformers_modules.")
    found["names"].append(type(model).__name__)
    found[type(model).__name__] = model.eval()(**inputs, return_loss=False).logits_per_video.detach()
output = model.train()(**inputs, generator=torch.Generator().manual_seed(0))
output.loss.backward()
found["loss"] = output.loss.detach()
for other in others:
    model, info = AutoModel.from_pretrained(other, trust_remote_code=True, output_loading_info=True)
    assert not any(info.values()), info
    found["names"].append(type(model.video_model.image_model).__name__)
    found[other] = model(**inputs).logits_per_video.detach()
torch.save(found, results)
"""
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment |= {"HF_HOME": str(tmp_path / "home"), "HF_HUB_OFFLINE": "1"}
    paths = [folder, tmp_path / "frames.npy", tmp_path / "results.pt", *(other for _, other in from_encoders)]
    command = [python_elsewhere, "elsewhere.py", *paths]
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout == ""  # transformers prints what it finds wrong with a model's code and docstrings
    found = torch.load(tmp_path / "results.pt")
    *names, transformer, network = found["names"]
    assert names == ["LocoMotionProcessor", "LocoMotionModel", "LocoMotionForPreTraining"]
    assert (transformer, network) == ("BeitModel", "LocoMotionEfficientNetLiteModel")
    inputs = found["inputs"]
    loss = model.train()(**inputs, generator=torch.Generator().manual_seed(0)).loss
    torch.testing.assert_close(found["loss"], loss.detach())
    expected = model.eval()(**inputs, return_loss=False).logits_per_video.detach()
    for name in names[1:]:
        torch.testing.assert_close(found[name], expected)
    for other, place in from_encoders:
        expected = other(**inputs, return_loss=False).logits_per_video.detach()
        torch.testing.assert_close(found[str(place)], expected)
