"""Models of a few kilobytes with random weights, in the folders that `save_pretrained` writes."""

import json
import string
from pathlib import Path

import torch


def tokenizer(folder: Path):
    """CLIP's tokenizer, with a vocabulary of single bytes."""
    from transformers import CLIPTokenizer
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    folder.mkdir(parents=True, exist_ok=True)
    signs = list(bytes_to_unicode().values())
    words = [*signs, *(sign + "</w>" for sign in signs), "<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({word: i for i, word in enumerate(words)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    return CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=77)


def letters(**more):
    """T5's kind of tokenizer, a token a letter."""
    from transformers import T5TokenizerFast

    special = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("\u2581", -1.0)]
    return T5TokenizerFast(vocab=special + [(c, -2.0) for c in string.ascii_letters], extra_ids=0, **more)


def text_config(size: int) -> dict:
    """Of a CLIP text encoder that knows `size` tokens, the last two of them start and end."""
    small = {"hidden_size": 16, "intermediate_size": 24, "num_attention_heads": 2, "num_hidden_layers": 2}
    ends = {"pad_token_id": size - 1, "bos_token_id": size - 2, "eos_token_id": size - 1}
    return {**small, **ends, "vocab_size": size, "max_position_embeddings": 77}


def vision_config(layers: int) -> dict:
    small = {"hidden_size": 16, "intermediate_size": 24, "num_attention_heads": 2, "num_hidden_layers": layers}
    return {**small, "image_size": 32, "patch_size": 8}


def _vae(**more) -> torch.nn.Module:
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        block_out_channels=[8, 16],
        down_block_types=["DownEncoderBlock2D"] * 2,
        up_block_types=["UpDecoderBlock2D"] * 2,
        norm_num_groups=4,
        **more,
    )


def _unet(cross_attention_dim: int, **more) -> torch.nn.Module:
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        block_out_channels=(8, 16),
        layers_per_block=1,
        sample_size=16,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=cross_attention_dim,
        norm_num_groups=4,
        attention_head_dim=4,
        **more,
    )


def stable_diffusion(folder: Path) -> str:
    from diffusers import EulerDiscreteScheduler, StableDiffusionPipeline
    from transformers import CLIPTextConfig, CLIPTextModel

    torch.manual_seed(0)
    words = tokenizer(folder / "words")
    StableDiffusionPipeline(
        text_encoder=CLIPTextModel(CLIPTextConfig(**text_config(len(words)))),
        tokenizer=words,
        unet=_unet(16),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
        vae=_vae(),
        scheduler=EulerDiscreteScheduler(timestep_spacing="trailing", steps_offset=1),
    ).save_pretrained(folder)
    return str(folder)


def stable_diffusion_xl(folder: Path) -> str:
    from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    torch.manual_seed(0)
    words = tokenizer(folder / "words")
    texts = CLIPTextConfig(**text_config(len(words)), projection_dim=16)
    added = {"addition_embed_type": "text_time", "addition_time_embed_dim": 4}
    StableDiffusionXLPipeline(
        text_encoder=CLIPTextModel(texts),
        text_encoder_2=CLIPTextModelWithProjection(texts),
        tokenizer=words,
        tokenizer_2=words,
        unet=_unet(32, projection_class_embeddings_input_dim=6 * 4 + 16, **added),
        vae=_vae(),
        scheduler=EulerDiscreteScheduler(timestep_spacing="trailing", steps_offset=1),
    ).save_pretrained(folder)
    return str(folder)


def flux(folder: Path) -> str:
    from diffusers import FlowMatchEulerDiscreteScheduler, FluxPipeline, FluxTransformer2DModel
    from transformers import CLIPTextConfig, CLIPTextModel, T5Config, T5EncoderModel

    torch.manual_seed(0)
    words, pieces = tokenizer(folder / "words"), letters()
    t5 = T5Config(vocab_size=len(pieces), d_model=32, d_kv=8, d_ff=32, num_layers=1, num_heads=4)
    FluxPipeline(
        text_encoder=CLIPTextModel(CLIPTextConfig(**text_config(len(words)))),
        tokenizer=words,
        text_encoder_2=T5EncoderModel(t5),
        tokenizer_2=pieces,
        transformer=FluxTransformer2DModel(
            in_channels=4,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=32,
            pooled_projection_dim=16,
            axes_dims_rope=(4, 4, 8),
        ),
        vae=_vae(latent_channels=1, shift_factor=0.1, scaling_factor=0.3),
        scheduler=FlowMatchEulerDiscreteScheduler(),
    ).save_pretrained(folder)
    return str(folder)


def clip(folder: Path) -> str:
    from transformers import CLIPConfig, CLIPModel, CLIPProcessor
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    torch.manual_seed(0)
    words = tokenizer(folder)
    config = CLIPConfig(text_config=text_config(len(words)), vision_config=vision_config(2), projection_dim=16)
    CLIPModel(config).save_pretrained(folder)
    size = {"size": {"shortest_edge": 32}, "crop_size": {"height": 32, "width": 32}}
    CLIPProcessor(CLIPImageProcessorPil(**size), words).save_pretrained(folder)
    return str(folder)


def siglip(folder: Path) -> str:
    from transformers import SiglipConfig, SiglipModel, SiglipProcessor
    from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

    torch.manual_seed(0)
    words = letters(model_max_length=64)
    texts = {
        **vision_config(2),
        "vocab_size": len(words),
        "projection_size": 16,
        "bos_token_id": 0,
        "eos_token_id": 1,
    }
    SiglipModel(SiglipConfig(text_config=texts, vision_config=vision_config(2))).save_pretrained(folder)
    SiglipProcessor(SiglipImageProcessorPil(size={"height": 32, "width": 32}), words).save_pretrained(folder)
    return str(folder)


def clipseg(folder: Path) -> str:
    from transformers import CLIPSegConfig, CLIPSegForImageSegmentation, CLIPSegProcessor
    from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

    torch.manual_seed(0)
    words = tokenizer(folder)
    config = CLIPSegConfig(
        text_config=text_config(len(words)),
        vision_config=vision_config(4),
        projection_dim=16,
        extract_layers=[1, 2, 3],
        reduce_dim=8,
        decoder_num_attention_heads=2,
        decoder_intermediate_size=16,
        conditional_layer=0,
    )
    CLIPSegForImageSegmentation(config).save_pretrained(folder)
    CLIPSegProcessor(ViTImageProcessorPil(size={"height": 32, "width": 32}), words).save_pretrained(folder)
    return str(folder)


def _louder(part: torch.nn.Module, factor: float) -> None:
    """Fresh weights of heads are so small that every map would be one half everywhere."""
    with torch.no_grad():
        for weight in part.parameters():
            if weight.ndim > 1:
                weight.mul_(factor)


def segformer(folder: Path, labels: list[str]) -> tuple[torch.nn.Module, str]:
    """A semantic segmentation model, also as a module that can be trained and saved again."""
    from transformers import SegformerConfig, SegformerForSemanticSegmentation
    from transformers.models.segformer.image_processing_pil_segformer import SegformerImageProcessorPil

    torch.manual_seed(0)
    config = SegformerConfig(
        num_encoder_blocks=2,
        depths=[1, 1],
        sr_ratios=[2, 1],
        hidden_sizes=[8, 16],
        patch_sizes=[7, 3],
        strides=[2, 2],
        num_attention_heads=[1, 2],
        mlp_ratios=[2, 2],
        decoder_hidden_size=16,
        id2label=dict(enumerate(labels)),
        label2id={label: i for i, label in enumerate(labels)},
    )
    model = SegformerForSemanticSegmentation(config)
    _louder(model.decode_head, 10)
    model.save_pretrained(folder)
    SegformerImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(folder)
    return model, str(folder)


def sam(folder: Path) -> str:
    from transformers import (
        SamConfig,
        SamMaskDecoderConfig,
        SamModel,
        SamProcessor,
        SamPromptEncoderConfig,
        SamVisionConfig,
    )
    from transformers.models.sam.image_processing_pil_sam import SamImageProcessorPil

    torch.manual_seed(0)
    small = {"hidden_size": 16, "image_size": 64, "patch_size": 8}
    vision = {"num_hidden_layers": 2, "output_channels": 16, "mlp_dim": 32, "window_size": 4}
    heads = {"num_attention_heads": 2, "global_attn_indexes": [1], "num_pos_feats": 8}
    decoder = {"mlp_dim": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "iou_head_hidden_dim": 16}
    config = SamConfig(
        vision_config=SamVisionConfig(**small, **vision, **heads),
        prompt_encoder_config=SamPromptEncoderConfig(**small),
        mask_decoder_config=SamMaskDecoderConfig(hidden_size=16, **decoder),
    )
    model = SamModel(config)
    _louder(model.mask_decoder, 30)
    model.save_pretrained(folder)
    sizes = {"size": {"longest_edge": 64}, "pad_size": {"height": 64, "width": 64}}
    masks = {"mask_size": {"longest_edge": 16}, "mask_pad_size": {"height": 16, "width": 16}}
    SamProcessor(SamImageProcessorPil(**sizes, **masks)).save_pretrained(folder)
    return str(folder)
