"""Models that start from encoders that are trained already: what is taken over, and what alone is new."""

import json

import numpy as np
import pytest
import torch
from huggingface_hub.errors import StrictDataclassClassValidationError
from transformers import (
    AutoModel,
    AutoModelForPreTraining,
    AutoProcessor,
    BeitConfig,
    BeitModel,
    BertConfig,
    BertForMaskedLM,
    BertModel,
    CLIPConfig,
    CLIPModel,
    RobertaConfig,
    RobertaForMaskedLM,
    SiglipConfig,
    SiglipModel,
    ViTConfig,
    ViTForImageClassification,
    VJEPA2Config,
    VJEPA2Model,
)

from locomotion_hf.modeling import (
    LocoMotionConfig,
    LocoMotionForPreTraining,
    LocoMotionModel,
    LocoMotionProcessor,
    build_tokenizer,
)
from locomotion_hf.modeling.presets_locomotion import LINEAGE_VIDEO

SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}
PICTURE = {**SIZES, "image_size": 32, "patch_size": 16}
BERT = {**SIZES, "num_hidden_layers": 4, "vocab_size": 4096, "max_position_embeddings": 40}
TOKENS = {"cls_token_id": 2, "mask_token_id": 4}
ROBERTA = {**BERT, "pad_token_id": 1, "max_position_embeddings": 42}

CROSS_ATTENTION = {
    f"crossattention.{part}.{kind}"
    for part in ("self.query", "self.key", "self.value", "output.dense", "output.LayerNorm")
    for kind in ("weight", "bias")
}
TEMPORAL = {
    *("positions", "scale", "norm.weight", "norm.bias"),
    *(f"attention.{part}.{kind}" for part in ("qkv", "output") for kind in ("weight", "bias")),
}
DUAL = {"video_projection.weight", "text_projection.weight", "temperature.log_tau"}
MATCHING = {"vtm_head.weight", "vtm_head.bias"}
MLM_HEAD = {f"mlm_head.{name}" for name in ("dense.weight", "dense.bias", "norm.weight", "norm.bias", "decoder.bias")}


def beit():
    torch.manual_seed(1)
    return BeitModel(BeitConfig(**PICTURE, use_relative_position_bias=True))


def bert(kind=BertModel):
    torch.manual_seed(2)
    return kind(BertConfig(**BERT))


def new_names(layers):
    return (
        {f"model.{name}" for name in DUAL}
        | MATCHING
        | {f"cross_modal_encoder.encoder.layer.{i}.{name}" for i in range(layers) for name in CROSS_ATTENTION}
        | {f"model.video_model.temporal_layers.{i}.{name}" for i in range(2) for name in TEMPORAL}
    )


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(5, 4096, (3, 7), generator=generator)
    ids[:, 0] = 2
    return {"input_ids": ids, "pixel_values_videos": torch.randn(3, 2, 3, 32, 32, generator=generator)}


@pytest.mark.parametrize(("asked", "layers"), [(None, 1), (2, 2), (3, 3)])
def test_what_is_taken_over_is_equal_and_what_is_new_is_named(asked, layers):
    image, text = beit(), bert(BertForMaskedLM)
    model, info = LocoMotionForPreTraining.from_encoders(
        image, text, asked, num_frames=2, output_loading_info=True, **TOKENS
    )
    assert set(info["missing_keys"]) == new_names(layers)
    assert info["unexpected_keys"] == []
    state = model.state_dict()
    for name, weight in image.state_dict().items():
        assert torch.equal(state[f"model.video_model.image_model.{name}"], weight), name
    reads_alone = 4 - layers
    for name, weight in text.bert.state_dict().items():
        ours = f"model.text_model.{name}"
        if name.startswith("encoder.layer."):
            number, rest = name.removeprefix("encoder.layer.").split(".", 1)
            if int(number) >= reads_alone:
                ours = f"cross_modal_encoder.encoder.layer.{int(number) - reads_alone}.{rest}"
        assert torch.equal(state[ours], weight), name
    head = text.cls.predictions
    assert torch.equal(state["mlm_head.dense.weight"], head.transform.dense.weight)
    assert torch.equal(state["mlm_head.norm.weight"], head.transform.LayerNorm.weight)
    assert torch.equal(state["mlm_head.decoder.bias"], head.bias)
    assert model.mlm_head.decoder.weight is model.get_input_embeddings().weight
    assert isinstance(model.video_to_cross_modal, torch.nn.Identity)


def test_without_a_head_for_words_that_is_new_too():
    _, info = LocoMotionForPreTraining.from_encoders(beit(), bert(), output_loading_info=True, **TOKENS)
    assert set(info["missing_keys"]) == new_names(1) | MLM_HEAD
    assert {name.split(".")[2] for name in info["unexpected_keys"]} == {"pooler"}


def test_the_dual_encoder_leaves_the_upper_layers_out():
    model, info = LocoMotionModel.from_encoders(beit(), bert(), output_loading_info=True, **TOKENS)
    assert {name for name in info["missing_keys"] if "temporal" not in name} == DUAL
    assert len(model.text_model.encoder.layer) == 3


@pytest.mark.parametrize("num_layers", [4, 6, 12, 24])
def test_a_quarter_of_the_layers_becomes_cross_modal(num_layers):
    with torch.device("meta"):
        text = BertModel(BertConfig(**{**BERT, "num_hidden_layers": num_layers}))
        config = LocoMotionModel.from_encoders(beit(), text, **TOKENS).config
    expected = {4: (3, 1), 6: (4, 2), 12: (9, 3), 24: (18, 6)}[num_layers]
    assert (config.text_config.num_hidden_layers, config.cross_modal_config.num_hidden_layers) == expected


def test_a_separate_stack_leaves_the_text_encoder_whole():
    separate = {**BERT, "num_hidden_layers": 1}
    model, info = LocoMotionForPreTraining.from_encoders(
        beit(), bert(), 0, output_loading_info=True, cross_modal_config=separate, **TOKENS
    )
    assert len(model.model.text_model.encoder.layer) == 4
    assert {name for name in info["missing_keys"] if name.startswith("cross_modal_encoder.")} == {
        name for name in model.state_dict() if name.startswith("cross_modal_encoder.")
    }


def test_the_first_step_sees_what_the_image_model_sees(batch):
    model, image = LocoMotionModel.from_encoders(beit(), bert(), num_frames=2, **TOKENS), beit().eval()
    pictures = image(batch["pixel_values_videos"].flatten(0, 1))
    states = model.get_video_features(batch["pixel_values_videos"]).last_hidden_state
    assert torch.equal(states, pictures.last_hidden_state.reshape(states.shape))


VIDEOS = {
    "beit": beit,
    "vit-for-classes": lambda: ViTForImageClassification(ViTConfig(**PICTURE)),
    "clip": lambda: CLIPModel(CLIPConfig(vision_config=PICTURE, text_config=SIZES)),
    "siglip": lambda: SiglipModel(SiglipConfig(vision_config=PICTURE, text_config=SIZES)),
    "vjepa2": lambda: VJEPA2Model(
        VJEPA2Config(
            **SIZES, patch_size=16, crop_size=32, frames_per_clip=2, pred_hidden_size=24, pred_num_hidden_layers=1
        )
    ),
    "ours": None,
}


@pytest.mark.parametrize("video", VIDEOS)
def test_folders_will_do_and_all_of_it_trains_saves_and_loads(video, batch, tmp_path):
    """As from the Hub: names alone are given; every path goes through files."""
    name = None
    if VIDEOS[video] is not None:
        torch.manual_seed(1)
        VIDEOS[video]().save_pretrained(tmp_path / "video")
        name = str(tmp_path / "video")
    bert(BertForMaskedLM).save_pretrained(tmp_path / "text")
    build_tokenizer().save_pretrained(tmp_path / "text")
    model, info = LocoMotionForPreTraining.from_encoders(name, str(tmp_path / "text"), output_loading_info=True)
    if name:
        from_files = {n for n in info["missing_keys"] if "video_model." in n and "temporal_layers." not in n}
        assert from_files == set()
    assert not MLM_HEAD & set(info["missing_keys"])
    assert (model.config.cls_token_id, model.config.mask_token_id) == (2, 4)
    if video == "ours":
        batch["pixel_values_videos"] = torch.nn.functional.interpolate(
            batch["pixel_values_videos"], (3, 48, 48), mode="nearest"
        )
    loss = model.train()(**batch, generator=torch.Generator().manual_seed(0)).loss
    loss.backward()
    learning = [(n, weight) for n, weight in model.named_parameters() if weight.requires_grad]
    assert [n for n, weight in learning if weight.grad is None] == []
    model.save_pretrained(tmp_path / "locomotion")
    again, info = AutoModelForPreTraining.from_pretrained(tmp_path / "locomotion", output_loading_info=True)
    assert not any(info.values())
    dual, info = AutoModel.from_pretrained(tmp_path / "locomotion", output_loading_info=True)
    assert not any(info.values())
    expected = model.eval()(**batch, return_loss=False).logits_per_video
    assert torch.equal(again(**batch, return_loss=False).logits_per_video, expected)
    assert torch.equal(dual(**batch).logits_per_video, expected)


def test_a_processor_normalises_as_the_image_model_wants(tmp_path):
    CLIPModel(CLIPConfig(vision_config=PICTURE, text_config=SIZES)).save_pretrained(tmp_path / "video")
    build_tokenizer().save_pretrained(tmp_path / "text")
    names = str(tmp_path / "video"), str(tmp_path / "text")
    with pytest.raises(ValueError, match=r"no preprocessor_config\.json gives image_mean and image_std"):
        LocoMotionProcessor.from_encoders(*names)
    told = {"image_mean": [0.48, 0.46, 0.41], "image_std": [0.27, 0.26, 0.28], "resample": 3, "do_center_crop": True}
    (tmp_path / "video/preprocessor_config.json").write_text(json.dumps(told))
    processor = LocoMotionProcessor.from_encoders(*names, num_frames=2)
    black = processor(text="a dog", videos=np.zeros((5, 40, 60, 3), np.uint8))
    assert black["pixel_values_videos"].shape == (1, 2, 3, 32, 32)
    expected = -torch.tensor(told["image_mean"]) / torch.tensor(told["image_std"])
    torch.testing.assert_close(black["pixel_values_videos"][0, 1, :, 3, 4], expected)
    assert black["input_ids"][0, 0] == 2
    processor.save_pretrained(tmp_path / "saved")
    again = AutoProcessor.from_pretrained(tmp_path / "saved")
    assert list(again.video_processor.image_mean) == told["image_mean"]
    other = LocoMotionProcessor.from_encoders(*names, size={"height": 64, "width": 64})
    assert (other.video_processor.size.height, other.video_processor.num_frames) == (64, 4)


def test_a_checkpoint_in_half_precision_gives_a_model_in_one_precision(batch, tmp_path):
    beit().to(torch.bfloat16).save_pretrained(tmp_path)
    model = LocoMotionForPreTraining.from_encoders(str(tmp_path), bert().to(torch.float16), **TOKENS)
    assert {weight.dtype for weight in model.parameters()} == {torch.float32}
    assert model(**batch).loss.isfinite()


def test_roberta_is_taken_with_its_head_and_its_limit(batch):
    torch.manual_seed(3)
    text = RobertaForMaskedLM(RobertaConfig(**ROBERTA))
    model, info = LocoMotionForPreTraining.from_encoders(
        beit(), text, output_loading_info=True, cls_token_id=0, mask_token_id=4
    )
    assert set(info["missing_keys"]) == new_names(1)
    assert torch.equal(model.mlm_head.norm.weight, text.lm_head.layer_norm.weight)
    longest = torch.full((1, 40), 7)
    assert model.get_text_features(longest).pooler_output.isfinite().all()
    with pytest.raises(ValueError, match=r"input_ids has texts of 41 tokens\. Expected: at most 40"):
        model.get_text_features(torch.full((1, 41), 7))


def test_errors_name_the_argument():
    with pytest.raises(ValueError, match="cross_modal_layers is 4 and the text encoder has 4 layers"):
        LocoMotionModel.from_encoders(beit(), bert(), 4, **TOKENS)
    with pytest.raises(ValueError, match="cls_token_id and mask_token_id are not both given"):
        LocoMotionModel.from_encoders(beit(), bert())
    with pytest.raises(ValueError, match="video is of the family 'bert'"):
        LocoMotionModel.from_encoders(bert(), bert(), **TOKENS)
    with pytest.raises(ValueError, match="text is of the family 'beit'"):
        LocoMotionModel.from_encoders(beit(), beit(), **TOKENS)
    with pytest.raises(StrictDataclassClassValidationError, match="project_video_states is False"):
        LocoMotionModel.from_encoders(None, bert(), project_video_states=False, **TOKENS)
    with pytest.raises(ValueError, match="token_norm is given for our own small video encoder"):
        LocoMotionModel.from_encoders(None, bert(), token_norm=True, **TOKENS)
    with pytest.raises(ValueError, match=r"frame_positions is given for vjepa2\. Expected: only where video is an"):
        LocoMotionModel.from_encoders(VIDEOS["vjepa2"](), bert(), frame_positions="tokens", **TOKENS)


def test_the_faithful_configuration_is_the_one_of_the_lineage():
    config = LocoMotionConfig.faithful()
    image, text, cross_modal = config.video_config.image_config, config.text_config, config.cross_modal_config
    assert (image.model_type, image.hidden_size, image.num_hidden_layers, image.patch_size) == ("beit", 768, 12, 16)
    assert (config.video_config.image_size, config.video_config.num_frames) == (224, 4)
    assert (text.hidden_size, text.num_hidden_layers, cross_modal.num_hidden_layers) == (768, 9, 3)
    assert (config.projection_dim, config.temperature_init, config.mlm_probability) == (256, 0.07, 0.5)
    assert (config.cls_token_id, config.mask_token_id) == (101, 103)
    assert LocoMotionConfig.faithful(projection_dim=512).projection_dim == 512
    with torch.device("meta"):
        built = LocoMotionForPreTraining.from_encoders(
            BeitModel(BeitConfig(**{**image.to_dict(), "vocab_size": 8192})),
            BertForMaskedLM(BertConfig()),
            projection_bias=True,
            cls_token_id=101,
            mask_token_id=103,
            **LINEAGE_VIDEO,
        )
        named = LocoMotionForPreTraining(config)
    assert built.config.video_config.to_diff_dict() == named.config.video_config.to_diff_dict()
    shapes, expected = ({n: w.shape for n, w in m.state_dict().items()} for m in (built, named))
    assert shapes == expected


@pytest.mark.parametrize(("name", "millions"), [("tiny", 2), ("small", 55), ("base", 240), ("faithful", 240)])
def test_presets_have_their_sizes(name, millions):
    with torch.device("meta"):
        model = LocoMotionForPreTraining(LocoMotionConfig.preset(name))
    size = sum(weight.numel() for weight in model.parameters()) / 1e6
    assert 0.8 * millions < size < 1.25 * millions, size


def test_an_unknown_preset_is_refused():
    with pytest.raises(ValueError, match=r"name is 'huge'\. Expected: one of tiny, small, base, faithful"):
        LocoMotionConfig.preset("huge")
