"""Which pairs matching (VTM) judges, and how they share one pass of the cross-modal encoder.

The wrong videos and texts of a batch are drawn from those of all processes or of this one, as the configuration
says. Source of the draw: Singularity, VindLU and UMT, which draw among this process's; BLIP-2, among all.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from .configuration_locomotion import LocoMotionConfig
from .losses_locomotion import LocoMotionTemperature, sample_negatives, similarities
from .processes_locomotion import gather, pad_length, place, take_rows, widest


class Readings:
    """Texts, each with the video in whose light it is read.

    All that a step reads goes through the cross-modal encoder at once, so that a video's keys and values are
    computed once for all of its texts.

    Args:
        video_states: `(B, N, Dv)`.
    """

    def __init__(self, video_states: torch.Tensor) -> None:
        self.own = torch.arange(len(video_states), device=video_states.device)
        self.videos = [video_states]
        self.texts: list[torch.Tensor] = []
        self.masks: list[torch.Tensor] = []
        self.rows: list[torch.Tensor] = []

    def __len__(self) -> int:
        return sum(map(len, self.texts))

    def add(self, text_states: torch.Tensor, attention_mask: torch.Tensor, rows: torch.Tensor | None = None) -> None:
        """Texts `(R, L, D)` with their masks `(R, L)` and the rows `(R,)` of their videos; None: its own each."""
        self.texts.append(text_states)
        self.masks.append(attention_mask)
        self.rows.append(self.own if rows is None else rows)

    def add_videos(self, video_states: torch.Tensor) -> torch.Tensor:
        """More videos `(V, N, Dv)`; their rows `(V,)`."""
        first = sum(map(len, self.videos))
        self.videos.append(video_states)
        return torch.arange(first, first + len(video_states), device=video_states.device)

    def together(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Videos, texts, masks and rows, as `LocoMotionForPreTraining.fuse` takes them."""
        length = max(text.shape[1] for text in self.texts)
        texts = torch.cat([pad_length(text, length) for text in self.texts])
        masks = torch.cat([pad_length(mask, length) for mask in self.masks])
        videos = self.videos[0] if len(self.videos) == 1 else torch.cat(self.videos)
        return videos, texts, masks, torch.cat(self.rows)


@dataclass(frozen=True)
class Pairs:
    """What was drawn for each of R rows: B of this process, or W * B of all.

    Attributes:
        wrong_video: `(R,)` int64, the column of the video that each text is paired with.
        wrong_text: `(R,)` int64, the column of the text that each video is paired with.
        there: `(B,)` bool; False where all are of one group, so that nothing is wrong.
        everywhere: whether the columns are of all processes.
    """

    wrong_video: torch.Tensor
    wrong_text: torch.Tensor
    there: torch.Tensor
    everywhere: bool


def draw_pairs(
    video_embeds: torch.Tensor,
    text_embeds: torch.Tensor,
    temperature: LocoMotionTemperature,
    group_ids: torch.Tensor,
    scene_ids: torch.Tensor | None,
    config: LocoMotionConfig,
    generator: torch.Generator | None,
) -> Pairs:
    """A wrong video for each text and a wrong text for each video, the more similar the likelier.

    The wrong video is of the text's own scene where there is one, a twin: only its motion is wrong. The wrong text
    comes from the whole batch, so that objects still matter, unless `config.vtm_twin_texts`.

    Among all processes, each draws for all rows, of which `(W * B, W * B)` similarities are in memory, and what the
    first one drew counts. So a step is the same on two processes with B clips as on one with 2B.

    Args:
        video_embeds: `(B, projection_dim)`, of unit length.
        text_embeds: the same of the texts.
        temperature: what their cosines are divided by.
        group_ids: `(B,)`.
        scene_ids: `(B,)`, or None.
        config: says whence.
        generator: source of the draws.
    """
    everywhere = config.vtm_negatives == "global" and place()[1] > 1
    with torch.no_grad():
        if everywhere:
            video_embeds, text_embeds, group_ids = gather(video_embeds), gather(text_embeds), gather(group_ids)
            scene_ids = None if scene_ids is None else gather(scene_ids)
        logits = temperature(similarities(video_embeds, text_embeds))
    wrong_video, there = sample_negatives(logits.T, group_ids, generator, scene_ids)
    wrong_text, _ = sample_negatives(logits, group_ids, generator, scene_ids if config.vtm_twin_texts else None)
    if everywhere:
        rank, world_size = place()
        wrong_video, wrong_text = gather(torch.stack([wrong_video, wrong_text]))[:2]
        there = there.view(world_size, -1)[rank]
    return Pairs(wrong_video, wrong_text, there, everywhere)


def add_pairs(readings: Readings, pairs: Pairs, text_states: torch.Tensor, attention_mask: torch.Tensor) -> None:
    """The right pairs, the wrong videos, the wrong texts: B readings each.

    What lies on other processes is fetched, with its gradient, and nothing else.

    Args:
        readings: where they go.
        pairs: what was drawn.
        text_states: `(B, L, D)`.
        attention_mask: `(B, L)`.
    """
    readings.add(text_states, attention_mask)
    if not pairs.everywhere:
        readings.add(text_states, attention_mask, pairs.wrong_video)
        readings.add(text_states[pairs.wrong_text], attention_mask[pairs.wrong_text])
        return
    readings.add(text_states, attention_mask, readings.add_videos(take_rows(readings.videos[0], pairs.wrong_video)))
    length = widest(text_states.shape[1], text_states.device)
    wanted = pairs.wrong_text.view(place()[1], -1)[place()[0]]
    masks = gather(pad_length(attention_mask, length))[wanted]
    readings.add(take_rows(pad_length(text_states, length), pairs.wrong_text), masks)


def readable(
    negative_input_ids: torch.Tensor, negative_attention_mask: torch.Tensor | None
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Foils as so many texts.

    Args:
        negative_input_ids: `(B, F, L)`.
        negative_attention_mask: `(B, F, L)`, all zero where there is no foil; None: all are there, without
            padding.

    Returns:
        The ids and their mask `(B * F, L)`, and `(B, F)` bool: where there is one. A text of which no word may be
        seen would have no number for its attention, so the first word of what is no foil may be.
    """
    if negative_attention_mask is None:
        negative_attention_mask = torch.ones_like(negative_input_ids)
    mask = negative_attention_mask.flatten(0, 1)
    mask = torch.cat([torch.ones_like(mask[:, :1]), mask[:, 1:]], 1)
    return negative_input_ids.flatten(0, 1), mask, negative_attention_mask.bool().any(-1)


def score_candidates(
    match_logits: Callable[..., torch.Tensor],
    video_states: torch.Tensor,
    text_states: torch.Tensor,
    attention_mask: torch.Tensor | None,
    candidates: torch.Tensor | None,
    pairs_at_once: int,
) -> torch.Tensor:
    """See `LocoMotionForPreTraining.score`, whose `match_logits` comes first."""
    if candidates is not None and len(candidates) != len(video_states):
        raise ValueError(
            f"candidates has {len(candidates)} rows and video_states {len(video_states)}. Expected: one row of "
            "texts for each video. To fix it: transpose it, if its rows are texts."
        )
    if candidates is None:
        candidates = torch.arange(len(text_states), device=text_states.device).expand(len(video_states), -1)
    videos_at_once = max(1, pairs_at_once // max(1, candidates.shape[1]))
    rows = []
    for videos, chosen in zip(video_states.split(videos_at_once), candidates.split(videos_at_once), strict=True):
        row = []
        for some in chosen.split(pairs_at_once, dim=1):
            texts = some.flatten()
            mask = None if attention_mask is None else attention_mask[texts]
            logits = match_logits(videos, text_states[texts], mask)
            row.append((logits[:, 1] - logits[:, 0]).view(some.shape))
        rows.append(torch.cat(row, 1))
    return torch.cat(rows)


__all__ = ["Pairs", "Readings", "add_pairs", "draw_pairs", "readable", "score_candidates"]
