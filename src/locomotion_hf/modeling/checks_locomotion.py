"""What a model can see of a batch without looking at its values: shapes, dtypes, lengths.

To look at values would make a GPU wait; `LocoMotionVideoProcessor` and `LocoMotionProcessor` look at those.
"""

import torch

from .encoder_families_locomotion import TEXT_FAMILIES


def check_clips(pixel_values_videos: torch.Tensor, num_channels: int) -> None:
    """Refuse what is not `(B, T, C, H, W)` float.

    Raises:
        ValueError: it is not; the message names the argument.
    """
    shape = tuple(pixel_values_videos.shape)
    fix = "To fix it: make it with LocoMotionVideoProcessor."
    if len(shape) != 5:
        raise ValueError(
            f"pixel_values_videos has the shape {shape}. Expected: (batch, frames, channels, height, width). {fix}"
        )
    if not pixel_values_videos.is_floating_point():
        raise ValueError(
            f"pixel_values_videos has the dtype {pixel_values_videos.dtype}. Expected: floats, normalised. {fix}"
        )
    if shape[2] != num_channels:
        raise ValueError(
            f"pixel_values_videos has the shape {shape}, so {shape[2]} channels. Expected: {num_channels}, as the "
            f"third axis: (batch, frames, channels, height, width). {fix}"
        )
    if 0 in shape:
        raise ValueError(
            f"pixel_values_videos has the shape {shape}. Expected: at least one clip, frame and pixel. To fix it: "
            "leave empty batches out."
        )


def check_texts(
    input_ids: torch.Tensor, attention_mask: torch.Tensor | None, text_config: object, prefix: str = ""
) -> None:
    """Refuse what is not `(B, L)` integers with L in what the text encoder has positions for.

    Args:
        input_ids: what is looked at.
        attention_mask: of it.
        text_config: of the text encoder.
        prefix: of the arguments' names in messages.

    Raises:
        ValueError: it is not; the message names the argument.
    """
    shape = tuple(input_ids.shape)
    if len(shape) != 2 or 0 in shape:
        raise ValueError(
            f"{prefix}input_ids has the shape {shape}. Expected: (batch, length), both at least 1. To fix it: make "
            "it with LocoMotionProcessor."
        )
    if input_ids.is_floating_point():
        raise ValueError(
            f"{prefix}input_ids has the dtype {input_ids.dtype}. Expected: integers. To fix it: make it with "
            "LocoMotionProcessor."
        )
    limit = text_config.max_position_embeddings  # type: ignore[attr-defined]
    family = TEXT_FAMILIES.get(text_config.model_type)  # type: ignore[attr-defined]
    limit -= family.reserved_positions if family else 0
    if shape[1] > limit:
        raise ValueError(
            f"{prefix}input_ids has texts of {shape[1]} tokens. Expected: at most {limit}, for which the text "
            "encoder has positions. To fix it: shorten the texts, or let the tokenizer cut them (truncation=True, "
            f"max_length={limit})."
        )
    if attention_mask is not None and tuple(attention_mask.shape) != shape:
        raise ValueError(
            f"{prefix}attention_mask has the shape {tuple(attention_mask.shape)} and {prefix}input_ids {shape}. "
            "Expected: equal. To fix it: take both from one call of the processor."
        )


def check_foils(
    expected: int, input_ids: torch.Tensor, attention_mask: torch.Tensor | None, text_config: object
) -> None:
    """Refuse foils that are not `(B, F, L)`, or that `check_texts` refuses.

    Args:
        expected: number of clips, B.
        input_ids: `negative_input_ids`.
        attention_mask: `negative_attention_mask`.
        text_config: of the text encoder.

    Raises:
        ValueError: they are not; the message names the argument.
    """
    shape = tuple(input_ids.shape)
    if len(shape) != 3 or 0 in shape or shape[0] != expected:
        raise ValueError(
            f"negative_input_ids has the shape {shape} and there are {expected} clips. Expected: (clips, foils of a "
            "clip, length), all at least 1. To fix it: give each clip equally many, and leave the "
            "negative_attention_mask of those it lacks at zero."
        )
    if attention_mask is not None and tuple(attention_mask.shape) != shape:
        raise ValueError(
            f"negative_attention_mask has the shape {tuple(attention_mask.shape)} and negative_input_ids {shape}. "
            "Expected: equal. To fix it: take both from one call of the processor."
        )
    check_texts(input_ids.flatten(0, 1), None, text_config, prefix="negative_")


def check_batch(expected: int, **rows: torch.Tensor | None) -> None:
    """Refuse arguments that do not have as many rows as there are texts.

    Args:
        expected: number of texts.
        **rows: arguments by their names; None where not given.

    Raises:
        ValueError: one has another number; the message names it.
    """
    for name, tensor in rows.items():
        if tensor is not None and len(tensor) != expected:
            raise ValueError(
                f"{name} has {len(tensor)} rows and input_ids {expected}. Expected: one row for each text. To fix "
                "it: pass as many clips as texts, and their ids in the same order."
            )
