"""One example, then many, then a release."""

from .check import disagreement
from .generate import generate, generate_many, open_assets
from .recipe import Recipe

__all__ = ["Recipe", "disagreement", "generate", "generate_many", "open_assets"]
