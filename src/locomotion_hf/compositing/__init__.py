"""Cut-outs and paths to pixels, boxes and mattes; and, independently, mattes back to words."""

from .measure import MeasuredPhase, measure_motion
from .render import render
from .sprites import Sprite

__all__ = ["MeasuredPhase", "Sprite", "measure_motion", "render"]
