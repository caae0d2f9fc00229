"""Read free English about motion: who does what, in which order. See `reader.read`."""

from .events import Actor, Event, Reading
from .reader import read

__all__ = ["Actor", "Event", "Reading", "read"]
