"""The probes on made clips: show every clip in many ways, ask every question, and sum up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm.auto import tqdm

from locomotion_hf.corpora import evenly_spaced
from locomotion_hf.dataset import Recipe
from locomotion_hf.errors import EvaluationError
from locomotion_hf.evaluation import retrieve
from locomotion_hf.evaluation.metrics import RESAMPLES
from locomotion_hf.intervals import Interval
from locomotion_hf.randomness import stable_hash

from .choices import Finding, interval_of, loss_of, verdict
from .clips import NUM_EXAMPLES, SPLIT, VERSION, ProbeClip, fingerprint, probe_clips
from .questions import OPPOSITES, RETRIEVED, STILL, sheet_of
from .scoring import Scoring, answers_of

if TYPE_CHECKING:
    from locomotion_hf.evaluation.embedders import Embedder


@dataclass
class _Answers:
    """What a model has said so far.

    Attributes:
        outcomes: key -> number of the clip -> outcomes of its comparisons.
        scenes: label of each clip.
        groups, hidden_groups: of each clip, for the retrieval among all.
        vectors: of each clip the unit vectors of its `RETRIEVED` views, its caption and its hidden caption.
        marks: fingerprint of each clip.
        counts: how many clips have each twin, and each kind of foil.
    """

    outcomes: dict[str, dict[int, np.ndarray]] = field(default_factory=dict)
    scenes: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    hidden_groups: list[Hashable] = field(default_factory=list)
    vectors: list[np.ndarray] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def probe(
    embedder: Embedder,
    recipe: Recipe,
    num_examples: int = NUM_EXAMPLES,
    *,
    clips: Iterable[ProbeClip] | None = None,
    num_frames: int | None = None,
    scoring: Scoring = "vtc",
    seed: int,
    resamples: int = RESAMPLES,
    progress: bool = False,
) -> dict[str, Any]:
    """All probes of one model on made clips of held-out objects and backgrounds.

    Args:
        embedder: the model.
        recipe: of the clips, from `probe_recipe`.
        num_examples: clips, a multiple of 8.
        clips: `probe_clips` of the same recipe and number, where they are kept for several models; None makes them.
        num_frames: how many of the recipe's frames the model is handed, evenly spaced; None: all of them.
        scoring: "vtc", or "vtm" for the model's second look at each pair.
        seed: of the bootstrap.
        resamples: of the bootstrap.
        progress: show a bar.

    Returns:
        A dictionary for JSON:

        - `findings`: key -> a `Finding` as a dictionary. Keys are "retrieval/VIEW" (its caption among those of its
          scene), "gallery/VIEW" (among those of all clips, vtc alone), "which/VIEW" (given the caption: the clip,
          or that view of it), "reversed/..." and "mirrored/..." ("caption", "clip", "follows", "fooled"),
          "twin/KIND/caption", "twin/KIND/clip" and "foil/FACT";
        - `clips`: version, fingerprint, split, vocabulary, seed, count, scenes, frames, ids, and how many have which
          twin or foil;
        - `settings`: scoring, seed, resamples.

    Raises:
        EvaluationError: for another number of clips or frames, or a score that is no number; with "vtm" also where
            the model has no second look.
    """
    shown = recipe.num_frames if num_frames is None else min(num_frames, recipe.num_frames)
    if shown < 1:
        raise EvaluationError(f"num_frames={num_frames}.", "1 or more.", "raise it.")
    pick, answers = evenly_spaced(recipe.num_frames, shown), _Answers()
    made = probe_clips(recipe, num_examples) if clips is None else clips
    for clip in tqdm(made, "probing", num_examples, unit="clip", disable=not progress, leave=False):
        _ask(embedder, clip, pick, scoring, answers)
    return {
        "findings": {one.key: one.to_dict() for one in _findings(answers, seed, resamples)},
        "clips": {
            "version": VERSION,
            "fingerprint": f"{stable_hash(*answers.marks):032x}",
            "split": SPLIT,
            "vocabulary": recipe.vocabulary,
            "seed": recipe.seed,
            "count": len(answers.ids),
            "scenes": len(set(answers.scenes)),
            "frames": shown,
            "counts": dict(sorted(answers.counts.items())),
            "ids": answers.ids,
        },
        "settings": {"scoring": scoring, "seed": seed, "resamples": resamples},
    }


def _ask(embedder: Embedder, clip: ProbeClip, pick: np.ndarray, scoring: Scoring, answers: _Answers) -> None:
    sheet, views = sheet_of(clip, pick)
    outcomes, vectors = answers_of(embedder, sheet, scoring)
    number = len(answers.scenes)
    for key, won in outcomes.items():
        answers.outcomes.setdefault(key, {})[number] = won
    answers.scenes.append(clip.scene)
    answers.groups.append(clip.example.group)
    answers.hidden_groups.append(clip.hidden_group)
    answers.marks.append(fingerprint(clip))
    answers.ids.append(clip.example.id)
    answers.counts.update([f"twin/{kind}" for kind in clip.twins] + [f"foil/{fact}" for fact in clip.foils])
    if vectors is not None:
        behind = len(sheet.films)
        sentences = [behind + sheet.sentences[text] for text in (clip.example.caption, clip.hidden)]
        answers.vectors.append(vectors[[*(views[view] for view in RETRIEVED), *sentences]])


def _findings(answers: _Answers, seed: int, resamples: int) -> list[Finding]:
    """All of them, in the order of the table."""
    asked = answers.outcomes
    found = _retrieval(answers, seed, resamples) + _gallery(answers, seed, resamples)
    for key in (key for key in asked if not key.endswith(STILL) and not key.startswith("retrieval/")):
        clips = list(asked[key])
        still = asked.get(key + STILL)
        found.append(_choice(key, clips, asked[key], still, answers.scenes, seed, resamples))
        view, _, what = key.partition("/")
        if view in OPPOSITES and what == "caption":
            # Both sides right: it goes with the clip. The first right, the second wrong: the caption sticks.
            sides = np.stack([asked[key][clip] for clip in clips])
            shares = {
                "follows": (sides == 1).all(1),
                "fooled": (sides[:, 0] == 1) & (sides[:, 1] == 0),
            }
            for name, share in shares.items():
                of = [answers.scenes[clip] for clip in clips]
                figure = interval_of(share.astype(np.float64), of, seed=seed, resamples=resamples)
                ties = float((sides == 0.5).mean())
                found.append(_finding(f"{view}/{name}", figure, 0.25, len(clips), ties, None, None))
    return found


def _choice(
    key: str,
    clips: list[int],
    asked: dict[int, np.ndarray],
    still: dict[int, np.ndarray] | None,
    scenes: list[str],
    seed: int,
    resamples: int,
) -> Finding:
    """A forced choice, and the same with one frame."""
    values = np.array([asked[clip].mean() for clip in clips])
    of = [scenes[clip] for clip in clips]
    figure = interval_of(values, of, seed=seed, resamples=resamples)
    ties = float((np.concatenate([asked[clip] for clip in clips]) == 0.5).mean())
    one_frame = lost = None
    if still is not None:
        control = np.array([still[clip].mean() for clip in clips])
        one_frame, lost = float(control.mean()), loss_of(values, control, of, seed=seed, resamples=resamples)
    return _finding(key, figure, 0.5, len(clips), ties, one_frame, lost)


def _retrieval(answers: _Answers, seed: int, resamples: int) -> list[Finding]:
    """Its caption among those of its scene."""
    hits, chances, ties = {}, {}, {}
    for key, asked in answers.outcomes.items():
        if key.startswith("retrieval/"):
            hits[key] = {clip: float((won == 1).all()) for clip, won in asked.items()}
            chances[key] = {clip: 1 / (1 + len(won)) for clip, won in asked.items()}
            ties[key] = float((np.concatenate([*asked.values()]) == 0.5).mean())
    return _against_whole(hits, chances, ties, answers.scenes, seed, resamples)


def _gallery(answers: _Answers, seed: int, resamples: int) -> list[Finding]:
    """Its caption among those of all clips, which only embeddings are cheap enough for."""
    if not answers.vectors:
        return []
    vectors = np.stack(answers.vectors)
    texts, hidden_texts = vectors[:, len(RETRIEVED)], vectors[:, len(RETRIEVED) + 1]
    labels = {group: f"{number}" for number, group in enumerate(dict.fromkeys(answers.hidden_groups))}
    hidden_groups = [labels[group] for group in answers.hidden_groups]
    asked = [(view, vectors[:, place], texts, answers.groups) for place, view in enumerate(RETRIEVED)]
    asked.append(("noun_hidden", vectors[:, 0], hidden_texts, hidden_groups))
    hits, chances = {}, {}
    for view, videos, sentences, groups in asked:
        ranking = retrieve(videos, sentences, groups).video_to_text
        hits[f"gallery/{view}"] = dict(enumerate(ranking.hits(1).tolist()))
        chances[f"gallery/{view}"] = dict(enumerate((ranking.relevant / ranking.candidates).tolist()))
    return _against_whole(hits, chances, {}, answers.scenes, seed, resamples)


def _against_whole(
    hits: dict[str, dict[int, float]],
    chances: dict[str, dict[int, float]],
    ties: dict[str, float],
    scenes: list[str],
    seed: int,
    resamples: int,
) -> list[Finding]:
    """R@1 of each view beside that of the whole clip, which stands first."""
    found: list[Finding] = []
    whole = next(iter(hits), "")
    for key, right in hits.items():
        clips = list(right)
        values, of = np.array([right[clip] for clip in clips]), [scenes[clip] for clip in clips]
        figure, chance = (
            interval_of(values, of, seed=seed, resamples=resamples),
            float(np.mean([*chances[key].values()])),
        )
        lost = None
        if key != whole:
            both = [clip for clip in clips if clip in hits[whole]]
            before, after = (np.array([one[clip] for clip in both]) for one in (hits[whole], right))
            lost = loss_of(before, after, [scenes[clip] for clip in both], seed=seed, resamples=resamples)
        made = _finding(key, figure, chance, len(clips), ties.get(key, 0.0), None, lost)
        if found:
            told = verdict(key, figure, chance, lost, whole_above=found[0].low > found[0].chance)
            made = replace(made, verdict=told)
        found.append(made)
    return found


def _finding(
    key: str,
    figure: Interval,
    chance: float,
    clips: int,
    ties: float,
    one_frame: float | None,
    lost: Interval | None,
) -> Finding:
    told = verdict(key, figure, chance, lost)
    return Finding(
        key,
        figure.mean,
        figure.low,
        figure.high,
        chance,
        clips,
        ties,
        one_frame,
        lost.to_dict() if lost else None,
        told,
    )
