"""One example, then many, then a release."""

from .generate import generate, generate_many, open_assets
from .recipe import Recipe

__all__ = ["Recipe", "generate", "generate_many", "open_assets"]
