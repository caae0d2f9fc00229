"""What captions are made of; the tagger needs the extra `stats`."""

from .counts import CaptionStatistics, caption_statistics

__all__ = ["CaptionStatistics", "caption_statistics"]
