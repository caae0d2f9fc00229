"""Named sizes of LocoMotion, and the configuration faithful to the paper's lineage; see `LocoMotionConfig`."""

from typing import Any

#: BERT-base; its tokens CLS and mask are 101 and 103. Source: BERT's published configuration.
_BERT: dict[str, Any] = {
    "model_type": "bert",
    "vocab_size": 30522,
    "hidden_size": 768,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
    "max_position_embeddings": 512,
    "type_vocab_size": 2,
    "hidden_dropout_prob": 0.1,
    "attention_probs_dropout_prob": 0.1,
    "initializer_range": 0.02,
}
_BERT_TOKENS = {"cls_token_id": 101, "mask_token_id": 103}
_NO_DROPOUT = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
#: MiniLM-L6, without dropout: the default run never sees a clip twice. Source of the sizes: its configuration.
_MINILM = {**_BERT, **_NO_DROPOUT, "hidden_size": 384, "intermediate_size": 1536}
#: BEiT-B/16 as fine-tuned on ImageNet-22k. Source: its published configuration.
_BEIT = {
    "model_type": "beit",
    "image_size": 224,
    "patch_size": 16,
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
    "use_relative_position_bias": True,
    "use_mean_pooling": True,
    "layer_scale_init_value": 0.1,
    "drop_path_rate": 0.1,
}
#: ViT-S/16. Source of the sizes: DeiT.
_SMALL_VIT = {
    "model_type": "vit",
    "image_size": 224,
    "patch_size": 16,
    "hidden_size": 384,
    "num_hidden_layers": 12,
    "num_attention_heads": 6,
    "intermediate_size": 1536,
}


#: How VindLU makes a video encoder of its image model, beside the attention along time. Source: its code.
LINEAGE_VIDEO = {
    "frame_positions": "tokens",
    "skip_single_frames": True,
    "token_norm": True,
    "mean_over_frames": False,
    "layer_norm_eps": 1e-12,
}


def _video(image: dict[str, Any], num_frames: int, **settings: Any) -> dict[str, Any]:
    return {"model_type": "locomotion_image_video", "image_config": image, "num_frames": num_frames, **settings}


def _layers(bert: dict[str, Any], text: int, cross_modal: int) -> dict[str, Any]:
    return {
        "text_config": {**bert, "num_hidden_layers": text},
        "cross_modal_config": {**bert, "num_hidden_layers": cross_modal},
    }


_LINEAGE = {"projection_dim": 256, "initializer_range": 0.02, **_BERT_TOKENS}

#: Name -> what differs from the defaults of `LocoMotionConfig`. What differs from the lineage is our own choice:
#: more frames, as a motion is told by them, and no dropout.
PRESETS: dict[str, dict[str, Any]] = {
    "tiny": {},
    "small": {
        **_LINEAGE,
        **_layers(_MINILM, 4, 2),
        "video_config": _video(_SMALL_VIT, 8),
        "project_video_states": False,
    },
    "base": {
        **_LINEAGE,
        **_layers({**_BERT, **_NO_DROPOUT}, 9, 3),
        "video_config": _video({**_BEIT, "drop_path_rate": 0.0}, 8),
        "project_video_states": False,
    },
    # Singularity and VindLU; temperature, loss weights and share of masked words are LocoMotionConfig's defaults.
    "faithful": {
        **_LINEAGE,
        **_layers(_BERT, 9, 3),
        "video_config": _video(_BEIT, 4, **LINEAGE_VIDEO),
        "project_video_states": False,
        "projection_bias": True,
        "temperature_init": 0.07,
        "mlm_probability": 0.5,
        "vtm_negatives": "local",
    },
}
