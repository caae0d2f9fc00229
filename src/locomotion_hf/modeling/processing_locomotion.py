"""One object for both modalities: texts through the tokenizer, clips through the video processor."""

from typing import Any

from transformers import BatchEncoding, BatchFeature
from transformers.processing_utils import ProcessingKwargs, ProcessorMixin, Unpack
from transformers.video_processing_utils import VideoProcessorMixin


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
            text: one text or B texts; longer ones than 64 tokens are cut, unless `truncation=False` is passed:
                then they are refused.
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
        if longest > max_length:
            raise ValueError(
                f"text holds a text of {longest} tokens with truncation=False. Expected: at most {max_length}. To "
                "fix it: shorten it, leave truncation on, or pass max_length if the text encoder has more positions."
            )
        return tokens


__all__ = ["LocoMotionProcessor"]
