"""Read free English about motion: who does what, in which order. See `reader.read`."""

from .reader import Actor, Event, Reading, read

__all__ = ["Actor", "Event", "Reading", "read"]
