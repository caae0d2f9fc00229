"""Text-to-video and video-to-text retrieval from embeddings, with or without a second look by VTM.

Relevance is by group: a text and a clip with equal group strings belong together, so a clip may have
several right texts and a text several right clips. Figures within a candidate set (the clips that share
object and background, say) come from the same function with labels.

Nothing is done to the scores: no softmax over the queries, no other use of one query for another. Memory
does not grow with queries x candidates.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from locomotion_hf.errors import EvaluationError

from .ranking import FirstStage, Ranking, Side, first_stage, second_stage

#: Match scores `(n,)` of n pairs: `rescore(text_indices, video_indices)`. The first may be one integer, a text
#: with n videos.
Rescore = Callable[[Any, np.ndarray], np.ndarray]

#: Candidates that VTM looks at again. Source: `k_test` of Singularity, VindLU and UMT.
TOP_K = 128

#: Match scores are compared to this many decimals, as cosines are. Source: own choice, above the rounding of the
#: cross-modal encoder in float32.
_MATCH_DECIMALS = 5

#: Videos whose pairs are matched together. Source: own choice.
_VIDEOS_AT_ONCE = 64


@dataclass(frozen=True)
class Retrieval:
    """Both directions.

    Attributes:
        text_to_video: one query a text.
        video_to_text: one query a video.
        first_stage: the same by the embeddings alone, where a second look has changed it; else None.
    """

    text_to_video: Ranking
    video_to_text: Ranking
    first_stage: Retrieval | None = None

    def to_dict(self) -> dict[str, Any]:
        """`t2v` and `v2t`, each as `Ranking.to_dict` gives it."""
        return {"t2v": self.text_to_video.to_dict(), "v2t": self.video_to_text.to_dict()}


def retrieve(
    video_embeddings: np.ndarray,
    text_embeddings: np.ndarray,
    video_groups: Sequence[str],
    text_groups: Sequence[str] | None = None,
    candidate_sets: np.ndarray | None = None,
    text_sets: np.ndarray | None = None,
    rescore: Rescore | None = None,
    top_k: int = TOP_K,
    rescore_videos: bool = True,
    progress: bool = False,
) -> Retrieval:
    """Rank every video for every text and every text for every video.

    Args:
        video_embeddings: `(V, D)` unit vectors.
        text_embeddings: `(Q, D)` unit vectors.
        video_groups: `(V,)` group of each video.
        text_groups: `(Q,)` group of each text; None: text i belongs to video i.
        candidate_sets: `(V,)` integer labels: only pairs of one label are candidates. None: all pairs.
        text_sets: `(Q,)` labels of the texts; None: text i has the label of video i.
        rescore: VTM; the `top_k` candidates of each query by embedding are put in the order of its
            scores, the others stay behind them in the order of the embeddings.
        top_k: how many; the whole candidate set when that is smaller.
        rescore_videos: whether VTM looks at the queries that are videos, too, at twice the cost.
        progress: show bars.

    Raises:
        EvaluationError: when the lengths do not fit, a vector or a match score is NaN, and as
            `rank_of_first_relevant` does.
    """
    texts, videos = _sides(video_embeddings, text_embeddings, video_groups, text_groups, candidate_sets, text_sets)
    depth = 0 if rescore is None else max(0, top_k)
    # Ranked first without VTM, which also refuses what has no rank before the slow part begins.
    forward = first_stage(texts, videos, depth, progress)
    backward = first_stage(videos, texts, depth if rescore_videos else 0, progress)
    plain = Retrieval(forward.ranking, backward.ranking)
    if rescore is None:
        return plain
    matches, back_matches = _match(rescore, forward, backward, progress)
    return Retrieval(second_stage(forward, matches), second_stage(backward, back_matches), plain)


def _sides(
    video_embeddings: np.ndarray,
    text_embeddings: np.ndarray,
    video_groups: Sequence[str],
    text_groups: Sequence[str] | None,
    candidate_sets: np.ndarray | None,
    text_sets: np.ndarray | None,
) -> tuple[Side, Side]:
    """Texts and videos, their groups as integers."""
    videos, texts = len(video_embeddings), len(text_embeddings)
    video_group = np.asarray(video_groups)
    text_group = video_group if text_groups is None else np.asarray(text_groups)
    video_set = np.zeros(videos, np.int64) if candidate_sets is None else np.asarray(candidate_sets)
    text_set = text_sets
    if text_set is None:
        text_set = np.zeros(texts, np.int64) if candidate_sets is None else video_set
    if not (len(video_group) == len(video_set) == videos and len(text_group) == len(text_set) == texts):
        raise EvaluationError(
            f"{videos} videos have {len(video_group)} groups and {len(video_set)} candidate labels; "
            f"{texts} texts have {len(text_group)} and {len(text_set)}.",
            "one group and one label for each.",
            "pass text_groups and text_sets when the texts are not one a video.",
        )
    if not videos or not texts:
        raise EvaluationError(
            f"There are {videos} videos and {texts} texts.", "at least one of each.", "pass more of them."
        )
    for name, vectors in (("video", video_embeddings), ("text", text_embeddings)):
        bad = ~np.isfinite(vectors.sum(1))
        if bad.any():
            raise EvaluationError(
                f"The vector of {name} {int(np.argmax(bad))} holds NaN or infinity ({bad.sum()} of {len(bad)} do).",
                "numbers: a NaN has no rank.",
                "look for a diverged model, or a clip whose features overflow in half precision.",
            )
    codes = np.unique(np.concatenate([text_group, video_group]), return_inverse=True)[1]
    sets = (None, None) if candidate_sets is None and text_sets is None else (np.asarray(text_set), video_set)
    return Side(text_embeddings, codes[:texts], sets[0]), Side(video_embeddings, codes[texts:], sets[1])


def _match(
    rescore: Rescore, forward: FirstStage, backward: FirstStage, progress: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Match scores `(Q, K)` and `(V, K)` of the best candidates; each pair is looked at once, video by video."""
    texts = len(forward.top)
    pairs = forward.top * texts + np.arange(texts)[:, None]
    back_pairs = np.arange(len(backward.top))[:, None] * texts + backward.top
    asked = np.unique(np.concatenate([pairs[forward.top >= 0], back_pairs[backward.top >= 0]]))
    scores = np.empty(len(asked))
    videos = asked // texts
    starts = np.flatnonzero(np.diff(videos, prepend=-1))[::_VIDEOS_AT_ONCE]
    for start, stop in zip(
        tqdm(starts, "matching", unit=f"block of {_VIDEOS_AT_ONCE} clips", disable=not progress, leave=False),
        [*starts[1:], len(asked)],
        strict=True,
    ):
        text, video = asked[start:stop] % texts, videos[start:stop]
        found = rescore(text, video)
        if np.isnan(found).any():
            bad = int(np.argmax(np.isnan(found)))
            raise EvaluationError(
                f"The match score of text {text[bad]} with video {video[bad]} is NaN.",
                "numbers: a NaN has no rank.",
                "look for a diverged model, or a clip whose features overflow in half precision.",
            )
        scores[start:stop] = np.round(found.astype(np.float64), _MATCH_DECIMALS)

    def of(wanted: np.ndarray, top: np.ndarray) -> np.ndarray:
        matches = np.zeros(wanted.shape)
        matches[top >= 0] = scores[np.searchsorted(asked, wanted[top >= 0])]
        return matches

    return of(pairs, forward.top), of(back_pairs, backward.top)


__all__ = ["TOP_K", "Ranking", "Rescore", "Retrieval", "retrieve"]
