"""One example, then many, then a release."""

from .assets import open_assets
from .check import disagreement
from .generate import generate, generate_many
from .recipe import Recipe

__all__ = ["Recipe", "disagreement", "generate", "generate_many", "open_assets"]
