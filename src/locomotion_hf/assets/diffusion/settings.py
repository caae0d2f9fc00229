"""What may be said about cut-outs to be made: nouns, pipeline, segmenter, filters, licence."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from locomotion_hf.assets.diffusion.matting import Limits
from locomotion_hf.assets.diffusion.prompts import TEMPLATES, check_templates
from locomotion_hf.assets.diffusion.segmenters import DEFAULT_MODELS, SegmenterKind
from locomotion_hf.errors import AssetError

NO_CLIP = "none"


def _option(default: Any, help: str) -> Any:
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True)
class ObjectSettings:
    """What to make, with which models, and what to keep. Names follow `diffusers` where it has the same thing."""

    nouns: str = field(metadata={"help": 'Text file with one noun a line, or "lvis" for LVIS\'s 1,203 categories.'})
    model: str = field(metadata={"help": "Text-to-image pipeline: a name on the Hub, or a folder."})
    output_dir: str = _option("objects", "Folder of the tree; a run that was stopped goes on in it.")
    licence: str = _option(
        "unknown", "Terms of the pictures, for the manifest: read the model's licence, and say here what follows."
    )
    num_images: int = _option(8, "Images made a noun; fewer are kept.")
    seed: int = _option(0, "Of every image's noise; 0 is a seed.")
    templates: list[str] = field(
        default_factory=lambda: list(TEMPLATES),
        metadata={"help": 'Prompts with "{noun}" in them, which take turns.'},
    )
    revision: str = _option("", "Branch, tag or commit of the model on the Hub.")
    num_inference_steps: int | None = _option(None, "Left out: the pipeline's own default.")
    guidance_scale: float | None = _option(None, "Left out: the pipeline's own default.")
    size: int | None = _option(None, "Height and width in pixels. Left out: the pipeline's own default.")
    dtype: Literal["float32", "float16", "bfloat16"] = _option("float32", "Of the pipeline; half is for GPUs.")
    device: str = _option("", "Left out: the GPU if there is one.")
    batch_size: int = _option(4, "Images made at once, all of one noun.")
    segmenter: SegmenterKind = field(
        default="clipseg",
        metadata={"help": "clipseg is asked for the noun; semantic, sam and plain take what is no background."},
    )
    segmenter_model: str = _option("", "A name on the Hub, or a folder. Left out: the usual one of its kind.")
    mask_threshold: float = _option(0.5, "From where of the segmenter's map a pixel belongs to the object.")
    min_area: float = _option(0.05, "Least share of the picture that the object covers (X-Paste's).")
    max_area: float = _option(0.95, "Largest share (X-Paste's).")
    allow_border: bool = _option(False, "Keep objects that touch the picture's border, and may be cut by it.")
    clip_model: str = _option("openai/clip-vit-base-patch32", 'CLIP or SigLIP; "none" judges nothing.')
    min_clip_score: float = _option(
        0.21, "Least cosine of the cut-out on grey and its noun (X-Paste's; SigLIP's scores are lower)."
    )

    def __post_init__(self) -> None:
        least = {"num_images": 1, "batch_size": 1, "num_inference_steps": 1, "size": 8, "seed": 0}
        for name, bound in least.items():
            value = getattr(self, name)
            if value is not None and value < bound:
                raise AssetError(f"{name}={value}.", f"{bound} or more.", "raise the number.")
        if not self.licence.strip():
            raise AssetError("licence is empty.", 'a text; "unknown" is one.', "name the licence.")
        check_templates(self.templates)
        self.limits()  # checks itself

    def limits(self) -> Limits:
        """Which cut-outs are kept."""
        return Limits(self.mask_threshold, self.min_area, self.max_area, self.allow_border)

    @property
    def segmenter_name(self) -> str:
        """Kind and model, for the manifest."""
        return f"{self.segmenter} {self.segmenter_model or DEFAULT_MODELS.get(self.segmenter, '')}".strip()

    @property
    def decisive(self) -> dict[str, Any]:
        """What may not change between two runs into one tree.

        More nouns and more images a noun may be asked for later. Device and batch size change a picture by
        rounding at most: the noise is drawn on the CPU, for each image by itself.
        """
        free = ("nouns", "num_images", "output_dir", "device", "batch_size")
        return {name: value for name, value in asdict(self).items() if name not in free}
