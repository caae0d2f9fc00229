#!/usr/bin/env python
"""Pre-train LocoMotion on clips that are made while it trains.

    accelerate launch scripts/pretrain.py

With its defaults this needs nothing but the package: two CPU cores and about six minutes. It leaves the
trained model in ./locomotion, a sample of the data in ./locomotion_synth_sample, and prints how well the
model tells motions apart on objects and backgrounds that it never saw.

    accelerate launch scripts/pretrain.py --backgrounds my_videos/ --objects my_cutouts/
    accelerate launch scripts/pretrain.py --captions spatial_caption --output_dir runs/spatial
    accelerate launch --num_cpu_threads_per_process 4 scripts/pretrain.py     # more cores, if nothing else needs them

Other data beside the clips that are made, in exact shares; other clips for a part of them; simple motions first:

    accelerate launch scripts/pretrain.py --mixture synth:0.8,my_captioned_videos/:0.2
    accelerate launch scripts/pretrain.py --mixture "synth:0.8,synth[backdrop=black,vocabulary=full]:0.2"
    accelerate launch scripts/pretrain.py --curriculum linear:0.5,full:1 --vocabulary full
    accelerate launch scripts/pretrain.py --captions translation_caption --foils 2 --seconds 3.75

A larger batch than fits, and a run that was interrupted:

    accelerate launch scripts/pretrain.py --per_device_train_batch_size 32 --gradient_accumulation_steps 8
    accelerate launch scripts/pretrain.py --resume_from_checkpoint      # and all settings as before

GPUs, in bfloat16, on one machine or several; the configurations in scripts/accelerate/ say more:

    accelerate launch --mixed_precision bf16 scripts/pretrain.py
    accelerate launch --config_file scripts/accelerate/ddp.yaml --num_processes 4 scripts/pretrain.py
    accelerate launch --config_file scripts/accelerate/multi_node.yaml --machine_rank 0 scripts/pretrain.py
    accelerate launch --config_file scripts/accelerate/fsdp2.yaml scripts/pretrain.py --optim adamw

Adapters on a trained model, an average of the weights, a tracker:

    accelerate launch scripts/pretrain.py --model_name_or_path locomotion --lora --output_dir runs/adapted
    accelerate launch scripts/pretrain.py --ema_decay 0.999 --report_to tensorboard --output_dir runs/average
"""

import argparse
import sys

from transformers import HfArgumentParser

from locomotion_hf import LocoMotionError
from locomotion_hf.training import PretrainingArguments, pretrain


class _Help(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """The text above as it stands, and every default."""


def main() -> None:
    """Parse, run, and end with a sentence instead of a traceback when the user can mend it."""
    try:
        parser = HfArgumentParser(PretrainingArguments, description=__doc__, formatter_class=_Help)
        pretrain(*parser.parse_args_into_dataclasses())
    except LocoMotionError as error:
        sys.exit(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
