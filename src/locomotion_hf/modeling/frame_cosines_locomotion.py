"""The mean of a clip's frames' cosines with a text, as one cosine, so that whatever compares vectors can be used."""

import torch
from torch.nn import functional as F

#: Of one minus a squared length: float32's rounding of a number near one.
_LEAST = 1e-7


def mean_of_cosines(frames: torch.Tensor) -> torch.Tensor:
    """One unit vector for a clip.

    The mean of `cos(frame, text)` over frames is the product of the mean of the frames' unit vectors with the text's
    unit vector. That mean is shorter than one, and to make it a unit vector again would favour clips whose frames
    differ. So what is missing to a length of one goes into one more component, where every text has a zero: it
    changes no product, neither in value nor in gradient.

    Args:
        frames: `(B, T, D)`, the frames' vectors in the common space, of any length.

    Returns:
        `(B, D + 1)` float32, of unit length: its cosine with a text `(D + 1,)` that ends in zero is the mean.
    """
    mean = F.normalize(frames.float(), dim=-1).mean(1)
    missing = (1 - mean.square().sum(-1, keepdim=True)).clamp(min=_LEAST).sqrt()
    return F.normalize(torch.cat([mean, missing], -1), dim=-1)


__all__ = ["mean_of_cosines"]
