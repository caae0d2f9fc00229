"""Facts to sentences and back. Never looks at pixels: a caption depends on facts alone."""

from .grammar import describe, describe_appearance
from .parse import parse

__all__ = ["describe", "describe_appearance", "parse"]
