"""Training: the only room that imports accelerate and peft."""

from .arguments import OptimizationArguments, PretrainingArguments
from .engine import run_steps
from .loop import pretrain
from .tracking import make_accelerator

__all__ = ["OptimizationArguments", "PretrainingArguments", "make_accelerator", "pretrain", "run_steps"]
