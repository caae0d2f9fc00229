"""Errors that a user can act on: what was seen, what was expected, what fixes it."""

from __future__ import annotations


class LocoMotionError(Exception):
    """Base of every error that this package raises on purpose.

    Args:
        seen: what was found, with the offending value.
        expected: what would have been right.
        fix: the next thing to do.
    """

    def __init__(self, seen: str, expected: str = "", fix: str = "") -> None:
        self.seen, self.expected, self.fix = seen, expected, fix
        # A loader's worker hands on the text alone, a traceback with all three parts in it.
        super().__init__(f"{seen} Expected: {expected} To fix it: {fix}" if expected else seen)

    def __reduce__(self) -> tuple[type, tuple[str, str, str]]:
        """Survive the trip out of a worker process, which pickles exceptions."""
        return type(self), (self.seen, self.expected, self.fix)


class AssetError(LocoMotionError):
    """A cut-out, a background or a folder of them cannot be used."""


class MotionError(LocoMotionError):
    """A motion that cannot be drawn as asked for."""


class CaptionError(LocoMotionError):
    """A text that cannot be read as, or written from, motion facts."""


class RecipeError(LocoMotionError):
    """A dataset recipe with settings that contradict each other or are out of range."""


class OutputError(LocoMotionError):
    """A place that cannot be written, or that would be overwritten silently."""


class CorpusError(LocoMotionError):
    """Captioned videos that cannot be found, read or trusted."""


class TrainingError(LocoMotionError):
    """A training run that cannot start, go on or resume."""


class EvaluationError(LocoMotionError):
    """Figures that cannot be computed, or that would not mean what they seem to."""


class SkippedAsset(UserWarning):
    """An asset that cannot be used; another one is drawn in its place.

    Attributes:
        id: of the asset.
        reason: why.
    """

    def __init__(self, id: str, reason: str) -> None:
        super().__init__(f"Skipped {id}: {reason}")
        self.id, self.reason = id, reason
