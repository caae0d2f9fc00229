"""The released checkpoint, which comes with the package: `locomotion/` is its folder, without the model's code."""

from .fetching import RELEASED, fetch

__all__ = ["RELEASED", "fetch"]
