"""One object for both modalities: texts through the tokenizer, clips through the video processor."""

import warnings
from typing import Any, Self

from transformers import AutoConfig, AutoTokenizer, BatchEncoding, BatchFeature
from transformers.models.auto.image_processing_auto import get_image_processor_config
from transformers.processing_utils import ProcessingKwargs, ProcessorMixin, Unpack
from transformers.video_processing_utils import VideoProcessorMixin

from .encoder_families_locomotion import DUAL_ENCODERS, as_video_config
from .video_processing_locomotion import LocoMotionVideoProcessor


class LocoMotionProcessorKwargs(ProcessingKwargs, total=False):  # type: ignore[call-arg]  # not a TypedDict to mypy
    """Defaults of a call: pad to the longest, cut what the model has no positions for."""

    _defaults = {
        "text_kwargs": {"padding": True, "truncation": True, "max_length": 64},
        "common_kwargs": {"return_tensors": "pt"},
    }


class LocoMotionProcessor(ProcessorMixin):
    """Prepares texts and clips for LocoMotion.

    Args:
        video_processor: a `LocoMotionVideoProcessor`.
        tokenizer: the tokenizer of the text encoder, for example from `build_tokenizer`.
    """

    valid_processor_kwargs = LocoMotionProcessorKwargs

    def __init__(self, video_processor: Any = None, tokenizer: Any = None, **kwargs: Any) -> None:
        super().__init__(video_processor, tokenizer, **kwargs)

    @classmethod
    def from_encoders(cls, video: str, text: str, *, num_frames: int = 4, **settings: Any) -> Self:
        """The processor for `LocoMotionModel.from_encoders` with the same names.

        Args:
            video: folder, or name on the Hub, of the image model or video encoder, which tells how its pixels are
                normalised.
            text: that of the text encoder, whose tokenizer is taken.
            num_frames: frames to keep of each clip.
            **settings: what else `LocoMotionVideoProcessor` takes, in place of what `video` says.

        Raises:
            ValueError: `video` does not say how pixels are normalised, and the settings do not either.
        """
        told = {**get_image_processor_config(video), **settings}
        missing = {"image_mean", "image_std"} - told.keys()
        if missing:
            raise ValueError(
                f"video is {video!r}, where no preprocessor_config.json gives {' and '.join(sorted(missing))}. "
                "Expected: both, as the encoder's pixels must be normalised as in its training. To fix it: pass them."
            )
        config = AutoConfig.from_pretrained(video)
        if config.model_type in DUAL_ENCODERS:
            config = getattr(config, DUAL_ENCODERS[config.model_type])
        side = as_video_config(config).image_size
        known = {name: told[name] for name in ("image_mean", "image_std", "resample") if name in told}
        pixels = {"size": {"height": side, "width": side}, **known, **settings}
        video_processor = LocoMotionVideoProcessor(num_frames=num_frames, **pixels)
        return cls(video_processor, AutoTokenizer.from_pretrained(text))

    def check_argument_for_proper_class(self, argument_name: str, argument: Any) -> type | tuple[type, ...]:
        """As in transformers, whose own check of a video processor fails where torchvision is missing."""
        if argument_name != "video_processor":
            return super().check_argument_for_proper_class(argument_name, argument)
        if not isinstance(argument, VideoProcessorMixin):
            raise TypeError(
                f"video_processor is a {type(argument).__name__}. Expected: a video processor. To fix it: "
                "pass LocoMotionVideoProcessor()."
            )
        return VideoProcessorMixin

    def __call__(
        self,
        text: str | list[str] | None = None,
        videos: Any = None,
        **kwargs: Unpack[LocoMotionProcessorKwargs],
    ) -> BatchFeature:
        """Prepare texts, clips, or both.

        Args:
            text: one text or B texts; longer ones than 64 tokens are cut, with a warning that counts them, unless
                `truncation=False` is passed: then they are refused.
            videos: one clip or B clips, see `LocoMotionVideoProcessor.preprocess`.
            **kwargs: keywords of the tokenizer or of the video processor.

        Returns:
            `input_ids` and `attention_mask` `(B, L)`, `pixel_values_videos` `(B, T, 3, H, W)`, as given.

        Raises:
            ValueError: neither was given, a text is empty or too long, or a clip is not a clip.
        """
        if text is None and videos is None:
            raise ValueError("text and videos are both None. Expected: at least one. To fix it: pass texts or clips.")
        merged = self._merge_kwargs(
            LocoMotionProcessorKwargs, tokenizer_init_kwargs=self.tokenizer.init_kwargs, **kwargs
        )
        data: dict[str, Any] = {}
        if text is not None:
            data |= self._tokens([text] if isinstance(text, str) else list(text), **merged["text_kwargs"])
        if videos is not None:
            data |= self.video_processor(videos, **merged["videos_kwargs"])
        return BatchFeature(data)

    def _tokens(self, texts: list[str], max_length: int, **kwargs: Any) -> BatchEncoding:
        """What the tokenizer makes of texts that say something."""
        for number, text in enumerate(texts):
            if not isinstance(text, str) or not text.strip():
                raise ValueError(
                    f"text holds {text!r} at place {number}. Expected: a text with at least one word. To fix it: "
                    "leave it out, together with its clip."
                )
        if not texts:
            raise ValueError(
                "text is an empty list. Expected: at least one text. To fix it: pass text=None for none."
            )
        if kwargs["truncation"]:
            kwargs["max_length"] = max_length
        tokens = self.tokenizer(texts, **kwargs)
        longest = max(map(len, tokens["input_ids"]))
        if kwargs["truncation"] and tokens.encodings:  # a slow tokenizer does not tell
            cut = sum(bool(encoding.overflowing) for encoding in tokens.encodings)
            if cut:
                warnings.warn(
                    f"{cut} of {len(texts)} texts were longer than {max_length} tokens and are cut: what their ends "
                    "say is lost. To keep them, pass max_length, if the text encoder has more positions; or write "
                    "shorter captions.",
                    stacklevel=3,
                )
        if longest > max_length:
            raise ValueError(
                f"text holds a text of {longest} tokens with truncation=False. Expected: at most {max_length}. To "
                "fix it: shorten it, leave truncation on, or pass max_length if the text encoder has more positions."
            )
        return tokens


__all__ = ["LocoMotionProcessor"]
