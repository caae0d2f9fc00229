"""Pre-training: the only room that imports accelerate and peft."""

from .arguments import PretrainingArguments
from .loop import pretrain

__all__ = ["PretrainingArguments", "pretrain"]
