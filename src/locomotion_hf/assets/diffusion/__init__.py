"""Cut-outs made by a text-to-image pipeline: prompts, pictures, mattes, filters, and a tree of them."""

from .making import make_objects, summary
from .settings import ObjectSettings

__all__ = ["ObjectSettings", "make_objects", "summary"]
