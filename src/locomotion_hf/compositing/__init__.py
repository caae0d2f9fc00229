"""Cut-outs and paths to pixels, boxes and mattes; and, independently, mattes back to words."""

from .render import render
from .sprites import Sprite

__all__ = ["Sprite", "render"]
