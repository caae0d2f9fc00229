"""Adapters: on every family of encoders, trained, saved, restored and merged."""

import re
import warnings

import pytest
import torch
from peft import AutoPeftModelForFeatureExtraction, LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file
from torch import nn
from transformers import AutoConfig, AutoModel, AutoModelForPreTraining

from locomotion_hf.errors import OutputError, TrainingError
from locomotion_hf.modeling import LocoMotionConfig, LocoMotionForPreTraining, LocoMotionModel
from locomotion_hf.modeling.encoder_families_locomotion import IMAGE_FAMILIES, NATIVE_FAMILIES
from locomotion_hf.training.adapters import (
    CONVOLUTIONAL,
    HEADS,
    LAYER_TARGETS,
    attach,
    layer_targets,
    lora_config,
    retrieval_adapter,
    target_pattern,
)

torch.set_num_threads(1)

SIZE = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}
IMAGE = {**SIZE, "image_size": 32, "patch_size": 16}
TEXT = {**SIZE, "vocab_size": 50}
SMALL = {
    "locomotion_video": {**SIZE, "image_size": 16, "num_frames": 4, "num_queries": 2},
    "beit": {**IMAGE, "use_relative_position_bias": True},
    "locomotion_efficientnet_lite": {
        "image_size": 32,
        "hidden_size": 32,
        "stem_width": 8,
        "early_widths": [8] * 3,
        "stage_widths": [16] * 4,
    },
    "distilbert": {"dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 48, "vocab_size": 50},
    "electra": {**TEXT, "embedding_size": 32},
    "siglip2_vision_model": {**SIZE, "patch_size": 16, "num_patches": 4},
    "timesformer": {**IMAGE, "num_frames": 4},
    "videomae": {**IMAGE, "num_frames": 4},
    "vivit": {**IMAGE, "num_frames": 4, "tubelet_size": [2, 16, 16]},
    "vjepa2": {
        **IMAGE,
        "crop_size": 32,
        "frames_per_clip": 4,
        "pred_hidden_size": 32,
        "pred_num_attention_heads": 2,
        "pred_num_hidden_layers": 1,
    },
    **dict.fromkeys(("bert", "camembert", "mpnet", "roberta", "xlm-roberta"), TEXT),
}
IMAGES, VIDEOS = torch.rand(2, 3, 32, 32), torch.rand(2, 4, 3, 32, 32)


def encoder_inputs(family):
    config = SMALL.get(family, IMAGE)
    if "vocab_size" in config:
        return {"input_ids": torch.randint(5, 50, (2, 6))}
    if family == "siglip2_vision_model":
        shape = torch.tensor([[2, 2]] * 2)
        return {
            "pixel_values": torch.rand(2, 4, 3 * 16 * 16),
            "pixel_attention_mask": torch.ones(2, 4, dtype=torch.long),
            "spatial_shapes": shape,
        }
    if family in ("vjepa2", "locomotion_video"):
        return {"pixel_values_videos": VIDEOS}
    return {"pixel_values": VIDEOS if "num_frames" in config else IMAGES}


@pytest.mark.parametrize("family", LAYER_TARGETS)
def test_every_target_exists_and_learns(family):
    torch.manual_seed(0)
    encoder = AutoModel.from_config(AutoConfig.for_model(family, **SMALL.get(family, IMAGE)))
    names = layer_targets(family, "all")
    settings = LoraConfig(r=2, target_modules=target_pattern("", names))
    adapted = get_peft_model(encoder, settings)
    extra = {"skip_predictor": True} if family == "vjepa2" else {}
    adapted(**encoder_inputs(family), **extra).last_hidden_state.square().sum().backward()
    learning = [name for name, p in adapted.named_parameters() if "lora_B" in name and p.grad.abs().max() > 0]
    # The adapters' own names, back to those of the layers: each target in each of the two layers, and nothing else.
    layers = [name.removeprefix("base_model.model.").split(".lora_B")[0] for name in learning]
    assert len(layers) == 2 * len(names)
    assert {re.sub(r".*layers?\.\d+\.", "", layer) for layer in layers} == set(names)
    # "all" leaves no linear map of a layer out, unless a predictor's.
    linear = {
        name.removeprefix("base_model.model.").removesuffix(".base_layer")
        for name, module in adapted.named_modules()
        if isinstance(module, nn.Linear) and re.search(r"layers?\.\d+\.", name) and "lora_" not in name
    }
    assert {name for name in linear if not name.startswith("predictor.")} == set(layers)


def make(cls=LocoMotionForPreTraining, video="locomotion_video"):
    bert = {**SIZE, "num_hidden_layers": 1, "vocab_size": 60, "max_position_embeddings": 16, "type_vocab_size": 1}
    dropout = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    torch.manual_seed(0)
    return cls(
        LocoMotionConfig(
            video_config=AutoConfig.for_model(video, **SMALL.get(video, IMAGE)),
            text_config={**bert, **dropout},
            cross_modal_config={**bert, **dropout},
            projection_dim=16,
        )
    )


BATCH = {
    "input_ids": torch.arange(5, 45).reshape(4, 10),
    "pixel_values_videos": torch.rand(4, 4, 3, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1,
}


def train(model, steps=3):
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=0.02)
    losses = []
    model.train()
    for _ in range(steps):
        again = {"generator": torch.Generator().manual_seed(0)} if hasattr(model, "fuse") else {}
        loss = model(**BATCH, **again, return_loss=True).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses


@torch.no_grad()
def results(model):
    """Everything an adapter may change: similarities (with the temperature in them), matching, masked words."""
    model.eval()
    video = model.get_video_features(BATCH["pixel_values_videos"]).last_hidden_state
    text = model.get_text_features(BATCH["input_ids"]).last_hidden_state
    found = [model(**BATCH, return_loss=False).logits_per_video]
    if hasattr(model, "fuse"):
        found += [model.match_logits(video, text), model.mlm_head(model.fuse(video, text))]
    return found


def same(left, right, atol=0.0):
    assert len(left) == len(right)
    for a, b in zip(left, right, strict=True):
        torch.testing.assert_close(a, b, atol=atol, rtol=atol)


@pytest.fixture(scope="module", params=["lora", "dora", "all_and_new"])
def trained(request, tmp_path_factory):
    """A trained adapter, its folder, the folder of what it was trained on, and the results."""
    folder = tmp_path_factory.mktemp(request.param)
    make().save_pretrained(folder / "base")
    settings = {"lora": {}, "dora": {"use_dora": True}, "all_and_new": {"layers": "all", "new_parts": True}}
    model = attach(LocoMotionForPreTraining.from_pretrained(folder / "base"), rank=4, **settings[request.param])
    untouched = {name: p.clone() for name, p in model.named_parameters() if not p.requires_grad}
    before = results(model)
    same(before, results(make()), atol=1e-6)  # an adapter starts as nothing (DoRA: up to rounding)
    losses = train(model)
    assert losses[-1] < losses[0]
    for name, p in model.named_parameters():
        if name in untouched:
            assert torch.equal(p, untouched[name]), name
    after = results(model)
    assert all((a - b).abs().max() > 1e-3 for a, b in zip(before, after, strict=True))
    model.save_pretrained(folder / "adapter")
    return model, folder, after


def test_only_adapters_and_heads_have_gradients():
    model = attach(make(), rank=4)
    model(**BATCH, generator=torch.Generator().manual_seed(0), return_loss=True).loss.backward()
    names = {name.removeprefix("base_model.model.") for name, p in model.named_parameters() if p.requires_grad}
    whole = {re.sub(r"^model\.|\.modules_to_save.*", "", name) for name in names if "lora_" not in name}
    assert whole == set(HEADS)
    # All that stands beside the encoders, but for the layer that is the word embedding.
    beside = {n for n, _ in make().named_parameters() if not re.search("video_model|text_model|encoder|decoder", n)}
    assert {name.replace(".modules_to_save.default", "") for name in names if "lora_" not in name} == beside
    for part in ("model.video_model", "model.text_model", "cross_modal_encoder"):
        assert any(name.startswith(part) and "lora_A" in name for name in names), part
    # lora_A waits for its lora_B, which starts at zero; everything else has a gradient at once.
    without = [n for n, p in model.named_parameters() if p.requires_grad and (p.grad is None or not p.grad.any())]
    assert all("lora_A" in name for name in without)
    assert sum(p.numel() for n, p in model.named_parameters() if "mlm_head.decoder" in n and p.requires_grad) == 0


def test_the_temperature_is_trained_saved_restored_and_merged(trained):
    model, folder, _ = trained
    start = make().model.temperature.log_tau.item()
    value = model.base_model.model.model.temperature.modules_to_save["default"].log_tau.item()
    assert abs(value - start) > 1e-3
    saved = load_file(folder / "adapter" / "adapter_model.safetensors")
    assert saved["base_model.model.model.temperature.log_tau"].item() == value
    restored = PeftModel.from_pretrained(
        LocoMotionForPreTraining.from_pretrained(folder / "base"), folder / "adapter"
    )
    assert restored.merge_and_unload().model.temperature.log_tau.item() == value
    assert AutoModel.from_pretrained(folder / "adapter").temperature.modules_to_save["default"].log_tau == value


def test_peft_loads_it_with_equal_results(trained):
    _, folder, expected = trained
    model = LocoMotionForPreTraining.from_pretrained(folder / "base")
    same(results(PeftModel.from_pretrained(model, folder / "adapter")), expected)


# Not DoRA: transformers 5.23 looks for its magnitudes by another name than PEFT saves them.
@pytest.mark.parametrize("trained", ["lora", "all_and_new"], indirect=True)
def test_transformers_loads_it_with_equal_results(trained):
    _, folder, expected = trained
    base, adapter = folder / "base", folder / "adapter"
    for cls in (AutoModelForPreTraining, LocoMotionForPreTraining):
        same(results(cls.from_pretrained(adapter)), expected)
        model = cls.from_pretrained(base)
        model.load_adapter(adapter)
        same(results(model), expected)
    for cls in (AutoModel, LocoMotionModel):
        same(results(cls.from_pretrained(adapter)), expected[:1])
        model = cls.from_pretrained(base)
        model.load_adapter(adapter)
        same(results(model), expected[:1])


def test_merged_it_is_a_plain_model_again(trained):
    _, folder, expected = trained
    model = PeftModel.from_pretrained(
        LocoMotionForPreTraining.from_pretrained(folder / "base"), folder / "adapter"
    ).merge_and_unload()
    assert type(model) is LocoMotionForPreTraining
    assert {name for name, _ in model.named_parameters()} == {name for name, _ in make().named_parameters()}
    assert model.mlm_head.decoder.weight is model.get_input_embeddings().weight
    same(results(model), expected, atol=1e-5)
    model.save_pretrained(folder / "merged")
    same(results(AutoModelForPreTraining.from_pretrained(folder / "merged")), results(model))
    same(results(AutoModel.from_pretrained(folder / "merged")), results(model)[:1])


def test_the_dual_encoder_of_a_pretraining_adapter(trained, tmp_path):
    _, folder, expected = trained
    made = retrieval_adapter(folder / "adapter", tmp_path / "dual")
    same(results(PeftModel.from_pretrained(LocoMotionModel.from_pretrained(folder / "base"), made)), expected[:1])
    same(results(AutoPeftModelForFeatureExtraction.from_pretrained(made)), expected[:1])
    with pytest.raises(TrainingError, match=r"no weight .* Expected: .*LocoMotionForPreTraining.* To fix it: use it"):
        retrieval_adapter(made, tmp_path / "again")
    with pytest.raises(OutputError, match="is the adapter itself"):
        retrieval_adapter(made, made)


def test_adapters_of_the_dual_encoder_alone(tmp_path):
    make(LocoMotionModel).save_pretrained(tmp_path / "base")
    model = attach(LocoMotionModel.from_pretrained(tmp_path / "base"), rank=4)
    train(model)
    expected = results(model)
    model.save_pretrained(tmp_path / "adapter")
    same(results(AutoPeftModelForFeatureExtraction.from_pretrained(tmp_path / "adapter")), expected)
    same(results(AutoModel.from_pretrained(tmp_path / "adapter")), expected)
    same(results(model.merge_and_unload()), expected, atol=1e-5)


@pytest.mark.parametrize("family", [name for name in IMAGE_FAMILIES | NATIVE_FAMILIES if name != CONVOLUTIONAL])
def test_every_encoder_inside_the_model(family, tmp_path):
    model = make(video=family)
    for name, p in model.named_parameters():
        if name.endswith(".scale"):
            p.data.fill_(0.5)  # as if attention along time had been trained
    model.save_pretrained(tmp_path / "base")
    adapted = attach(LocoMotionForPreTraining.from_pretrained(tmp_path / "base"), rank=2, layers="all")
    batch = {**BATCH, "pixel_values_videos": torch.rand(4, 4, 3, 32, 32)}
    adapted(**batch, return_loss=True).loss.backward()
    still = [name for name, p in adapted.named_parameters() if "lora_B" in name and not p.grad.any()]
    assert not still
    inside = [name.split("video_model.")[1] for name, _ in adapted.named_parameters() if "video_model" in name]
    assert sum("temporal_layers" in n and "lora_B" in n for n in inside) == (4 if family in IMAGE_FAMILIES else 0)
    assert sum("temporal_layers" not in n and "lora_B" in n for n in inside) == 2 * len(layer_targets(family, "all"))
    with torch.no_grad():
        for name, p in adapted.named_parameters():
            if "lora_B" in name:
                p.normal_(std=0.1)
        expected = adapted.eval()(**batch, return_loss=False).logits_per_video
        adapted.save_pretrained(tmp_path / "adapter")
        found = AutoModel.from_pretrained(tmp_path / "adapter").eval()(**batch, return_loss=False)
        assert torch.equal(found.logits_per_video, expected)
        merged = adapted.merge_and_unload()(**batch, return_loss=False).logits_per_video
        torch.testing.assert_close(merged, expected, atol=1e-4, rtol=1e-4)


def test_of_a_convolutional_network_what_looks_along_time_is_adapted():
    model = make(video=CONVOLUTIONAL)
    for layer in model.model.video_model.temporal_layers:
        nn.init.ones_(layer.scale)
    adapted = attach(model, rank=2)
    inside = [name for name, p in adapted.named_parameters() if "video_model" in name and "lora_B" in name]
    assert len(inside) == 4 * 2  # four stages, two linear maps in each attention
    assert all("temporal_layers" in name for name in inside)
    adapted(**{**BATCH, "pixel_values_videos": torch.rand(4, 4, 3, 32, 32)}, return_loss=True).loss.backward()
    assert all(p.grad.any() for name, p in adapted.named_parameters() if name in inside)


def test_what_only_the_lineage_has_is_new_as_well():
    model = make(video="beit")
    config = model.config.to_dict()
    config["video_config"] |= {"frame_positions": "tokens", "token_norm": True}
    adapted = attach(LocoMotionForPreTraining(LocoMotionConfig.from_dict(config)), rank=2, new_parts=True)
    learning = [name for name, p in adapted.named_parameters() if p.requires_grad]
    for part in ("frame_positions.modules_to_save.default.weight", "token_norm.modules_to_save.default.bias"):
        assert any(name.endswith(part) for name in learning), part


def test_attention_along_time_must_be_trained_first():
    with pytest.raises(TrainingError, match=r"every scale is zero\. Expected: .* To fix it: pass new_parts=True"):
        attach(make(video="beit"))
    model = attach(make(video="beit"), rank=2, new_parts=True)
    names = [name for name, p in model.named_parameters() if p.requires_grad]
    assert any("temporal_layers.1.modules_to_save.default.scale" in name for name in names)
    assert not any("lora_" in name and ("temporal_layers" in name or "crossattention" in name) for name in names)
    batch = {**BATCH, "pixel_values_videos": torch.rand(4, 4, 3, 32, 32)}
    model(**batch, return_loss=True).loss.backward()
    assert all(p.grad.any() for name, p in model.named_parameters() if name.endswith("default.scale"))


def test_new_parts_are_trained_whole(trained):
    model, folder, _ = trained
    saved = list(load_file(folder / "adapter" / "adapter_model.safetensors"))
    crossing = [name for name in saved if "crossattention" in name]
    assert crossing
    whole = "crossattention" in model.peft_config["default"].modules_to_save
    assert all(("lora_" in name) != whole for name in crossing)


def test_half_precision_keeps_the_temperature_whole(tmp_path):
    make().save_pretrained(tmp_path / "base")
    model = attach(LocoMotionForPreTraining.from_pretrained(tmp_path / "base", dtype=torch.bfloat16), rank=4)
    copy = model.base_model.model.model.temperature.modules_to_save["default"].log_tau
    assert copy.dtype == torch.float32
    with torch.no_grad():
        copy.add_(1e-4)  # what bfloat16 would lose
    model.save_pretrained(tmp_path / "adapter")
    found = LocoMotionForPreTraining.from_pretrained(tmp_path / "adapter", dtype=torch.bfloat16)
    assert found.model.temperature.modules_to_save["default"].log_tau == copy


def test_activation_checkpointing_gives_equal_gradients():
    found = []
    for checkpointing in (False, True):
        model = attach(make(), rank=2).train()
        torch.manual_seed(1)
        for name, p in model.named_parameters():
            if "lora_B" in name:
                p.data.normal_(std=0.1)
        if checkpointing:
            model.base_model.model.activation_checkpointing_enable()
        model(**BATCH, generator=torch.Generator().manual_seed(0), return_loss=True).loss.backward()
        found.append({name: p.grad for name, p in model.named_parameters() if p.requires_grad})
    assert found[0].keys() == found[1].keys()
    assert all(grad.any() for name, grad in found[0].items() if "lora_" in name)
    for name, grad in found[0].items():
        torch.testing.assert_close(found[1][name], grad, atol=1e-6, rtol=1e-4)


def test_parts_and_targets_can_be_chosen():
    model = make()
    settings = lora_config(model, parts=("text",), rank=3, alpha=9, dropout=0.1, use_rslora=True)
    assert (settings.r, settings.lora_alpha, settings.lora_dropout, settings.use_rslora) == (3, 9, 0.1, True)
    adapted = attach(model, settings)
    names = [name for name, _ in adapted.named_parameters() if "lora_" in name]
    assert names
    assert all(".text_model." in name for name in names)
    own = attach(make(), parts=("video",), targets={"locomotion_video": ["mlp.0"]})
    assert {name.split("layers.")[1][2:7] for name, _ in own.named_parameters() if "lora_" in name} == {"mlp.0"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"targets": {"bert": ["attention.q"]}},
            r"attention.q is in no layer of the text encoder \(bert\)\. .*named_",
        ),
        ({"parts": ()}, r"parts=\(\)\. Expected: one or more of video, text, cross_modal"),
        ({"config": LoraConfig(), "rank": 2}, "a config together with rank. Expected: one of them"),
    ],
)
def test_errors_say_what_to_do(settings, message):
    with pytest.raises(TrainingError, match=message):
        attach(make(), **settings)


def test_an_unknown_family_is_named():
    with pytest.raises(TrainingError, match=r"type 'swin'\. Expected: one of beit, .* To fix it: .*\"swin\": \["):
        layer_targets("swin")


def test_adapters_train_without_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # transformers' own, of what PEFT 0.21 asks it when it looks for checkpointing.
        warnings.filterwarnings("ignore", message=".*is_gradient_checkpointing.*")
        train(attach(make(), rank=2), steps=1)
