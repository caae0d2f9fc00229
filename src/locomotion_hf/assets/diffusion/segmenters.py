"""Models that look at a made picture: segmenters that find the object, and CLIP that judges the cut-out.

A segmenter takes pictures and nouns, and gives for each picture a map `(H, W)` of how surely a pixel belongs
to the object. Four kinds, none of which needs torchvision:

- `clipseg`: CLIPSeg, asked for the noun. A coarse map, but it knows which object is meant.
- `semantic`: a semantic segmentation model with a class named "background", of which everything else is the
  object; or one with a single class, as salient object models have it.
- `sam`: SAM, asked for what is at the centre of the picture.
- `plain`: no model. How far a colour is from that of the picture's border. It needs a background that is plain
  indeed, and loses the parts of an object that have its colour.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, get_args

import numpy as np
from PIL import Image

from locomotion_hf.errors import AssetError

SegmenterKind = Literal["clipseg", "semantic", "sam", "plain"]
SEGMENTERS: tuple[SegmenterKind, ...] = get_args(SegmenterKind)
#: For the kinds where one model is the usual one. Source: the checkpoints their papers published.
DEFAULT_MODELS = {"clipseg": "CIDAS/clipseg-rd64-refined", "sam": "facebook/sam-vit-base"}
#: Distance from the background's colour, of 255 a channel, at which a pixel is as likely one as the other.
#: Own choice.
PLAIN_DISTANCE = 48.0
#: RGB pictures and their nouns in, for each a float32 map `(H, W)`, 0 to 1, out.
Segmenter = Callable[[Sequence[Image.Image], Sequence[str]], list[np.ndarray]]


def load_segmenter(kind: SegmenterKind, model: str = "", device: str = "cpu") -> Segmenter:
    """A segmenter of one of the four kinds.

    Args:
        kind: one of `SEGMENTERS`.
        model: a name on the Hub or a folder; "" for the usual one of its kind.
        device: where torch puts it.

    Raises:
        AssetError: the model cannot be loaded, or is not of that kind.
    """
    if kind == "plain":
        return plain_background
    model = model or DEFAULT_MODELS.get(kind, "")
    if not model:
        raise AssetError(
            f"segmenter={kind} without a model.",
            "the name or folder of a semantic segmentation model.",
            "pass --segmenter_model.",
        )
    kinds: dict[str, Callable[[str, str], Segmenter]] = {"clipseg": ClipSeg, "semantic": Semantic, "sam": Sam}
    return kinds[kind](model, device)


def load(what: str, name: str, make: Callable[[], Any]) -> Any:
    """Call `make`; what the libraries raise for a model that is missing or of another kind is an `AssetError`."""
    try:
        return make()
    except (OSError, ValueError, ImportError, KeyError, TypeError) as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise AssetError(
            f"{name} cannot be loaded as {what} ({lines[0]}).",
            "its name on the Hub, or a folder written by save_pretrained.",
            "check the name, the network and that the model is of this kind.",
        ) from error


class ClipSeg:
    """CLIPSeg, prompted with the noun."""

    def __init__(self, name: str, device: str) -> None:
        from transformers import AutoProcessor, CLIPSegForImageSegmentation

        self._processor = load("a CLIPSeg model", name, lambda: AutoProcessor.from_pretrained(name))
        self._model = load("a CLIPSeg model", name, lambda: CLIPSegForImageSegmentation.from_pretrained(name))
        self._model = self._model.to(device).eval()

    def __call__(self, pictures: Sequence[Image.Image], nouns: Sequence[str]) -> list[np.ndarray]:
        """Maps in the size of each picture."""
        import torch

        inputs = self._processor(
            text=list(nouns), images=list(pictures), padding=True, truncation=True, return_tensors="pt"
        )
        with torch.inference_mode():
            logits = self._model(**inputs.to(self._model.device)).logits
        return [_enlarge(one.sigmoid(), picture) for one, picture in zip(logits, pictures, strict=True)]


class Semantic:
    """A semantic segmentation model: everything but its class "background", or its only class."""

    def __init__(self, name: str, device: str) -> None:
        from transformers import AutoImageProcessor, AutoModelForSemanticSegmentation

        kind = "a semantic segmentation model"
        self._processor = load(kind, name, lambda: AutoImageProcessor.from_pretrained(name))
        self._model = load(kind, name, lambda: AutoModelForSemanticSegmentation.from_pretrained(name))
        self._model = self._model.to(device).eval()
        labels = self._model.config.id2label
        self._background = [id for id, label in labels.items() if label.lower() == "background"]
        if len(labels) > 1 and len(self._background) != 1:
            raise AssetError(
                f"{name} has {len(labels)} classes ({', '.join(list(labels.values())[:3])}, ...), and none of them "
                "is the background.",
                'a class named "background", or a single class.',
                "take another model, or --segmenter clipseg, which is asked for the noun.",
            )

    def __call__(self, pictures: Sequence[Image.Image], nouns: Sequence[str]) -> list[np.ndarray]:
        """Maps in the size of each picture; the nouns are not looked at."""
        import torch

        inputs = self._processor(images=list(pictures), return_tensors="pt")
        with torch.inference_mode():
            logits = self._model(**inputs.to(self._model.device)).logits.float()
        single = logits.shape[1] == 1
        found = logits[:, 0].sigmoid() if single else 1 - logits.softmax(1)[:, self._background[0]]
        return [_enlarge(one, picture) for one, picture in zip(found, pictures, strict=True)]


class Sam:
    """SAM, prompted with the centre of the picture; of its three masks the one it is surest of."""

    def __init__(self, name: str, device: str) -> None:
        from transformers import SamModel, SamProcessor

        self._processor = load("a SAM model", name, lambda: SamProcessor.from_pretrained(name))
        self._model = load("a SAM model", name, lambda: SamModel.from_pretrained(name)).to(device).eval()

    def __call__(self, pictures: Sequence[Image.Image], nouns: Sequence[str]) -> list[np.ndarray]:
        """Maps in the size of each picture; the nouns are not looked at."""
        import torch

        points = [[[[picture.width / 2, picture.height / 2]]] for picture in pictures]
        inputs = self._processor(images=list(pictures), input_points=points, return_tensors="pt")
        sizes = inputs.pop("original_sizes"), inputs.pop("reshaped_input_sizes")
        with torch.inference_mode():
            out = self._model(**inputs.to(self._model.device))
            masks = self._processor.image_processor.post_process_masks(out.pred_masks.cpu(), *sizes, binarize=False)
        best = out.iou_scores[:, 0].argmax(-1).tolist()
        return [mask[0, i].float().sigmoid().numpy() for mask, i in zip(masks, best, strict=True)]


def plain_background(pictures: Sequence[Image.Image], nouns: Sequence[str]) -> list[np.ndarray]:
    """Colour distance from the median of the picture's border; the nouns are not looked at."""
    maps = []
    for picture in pictures:
        pixels = np.asarray(picture.convert("RGB"), np.float32)
        border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
        distance = np.abs(pixels - np.median(border, 0)).max(-1)
        maps.append(np.clip(distance / (2 * PLAIN_DISTANCE), 0, 1))
    return maps


class ClipScore:
    """How well pictures fit texts: the cosine of CLIP's (or SigLIP's) two embeddings, -1 to 1."""

    def __init__(self, name: str, device: str) -> None:
        from transformers import AutoModel, AutoProcessor

        self._name = name
        self._processor = load("a CLIP model", name, lambda: AutoProcessor.from_pretrained(name))
        self._model = load("a CLIP model", name, lambda: AutoModel.from_pretrained(name)).to(device).eval()

    def __call__(self, pictures: Sequence[Image.Image], texts: Sequence[str]) -> list[float]:
        """One score a picture and its own text."""
        import torch

        # SigLIP was trained on texts padded to the full length, and CLIP does not mind.
        inputs = self._processor(
            text=list(texts), images=list(pictures), padding="max_length", truncation=True, return_tensors="pt"
        )
        with torch.inference_mode():
            try:
                out = self._model(**inputs.to(self._model.device))
                images, words = out.image_embeds.float(), out.text_embeds.float()
            except (AttributeError, TypeError) as error:
                raise AssetError(
                    f"{self._name} gives no embeddings of picture and text ({error}).",
                    "a CLIP or SigLIP model.",
                    "pass another --clip_model, or --clip_model none.",
                ) from error
        return torch.nn.functional.cosine_similarity(images, words).tolist()


def _enlarge(found: Any, picture: Image.Image) -> np.ndarray:
    """A map `(h, w)` as a float32 array in the picture's size, bilinear."""
    import torch

    size = (picture.height, picture.width)
    large = torch.nn.functional.interpolate(found[None, None].float(), size, mode="bilinear", align_corners=False)
    return np.asarray(large[0, 0].clamp(0, 1).cpu(), np.float32)
