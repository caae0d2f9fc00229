#!/usr/bin/env python
r"""Fine-tune LocoMotion on captioned videos, and evaluate it on their test split.

    accelerate launch scripts/finetune.py                             # ./locomotion, on the packaged physics clips
    accelerate launch scripts/finetune.py --fraction 0.2              # on a fifth of the clips, of each class alike
    accelerate launch scripts/finetune.py --max_steps 0               # zero-shot: the untouched model
    accelerate launch scripts/finetune.py --model_name_or_path none   # without pre-training, to compare with
    accelerate launch scripts/finetune.py --lora --output_dir adapted # low-rank adapters, merged at the end

Your own videos: a folder with captions.csv (columns video, caption), in it or in its train/ and test/.

    accelerate launch scripts/finetune.py --data my_clips/
    accelerate launch scripts/finetune.py --data ssv2-template:ssv2/ --videos /data/ssv2/videos --num_train_epochs 10
    accelerate launch scripts/finetune.py --data "hf:owner/name?caption=text" --lora --num_frames 8 \
        --video_encoder microsoft/beit-base-patch16-224-pt22k-ft22k --text_encoder bert-base-uncased

What is missing of a corpus, and how to obtain it, is said before any work. The result is the last step's, never the
best on the test split; to choose settings, pass --evaluate_on validation.
"""

import argparse
import sys

from transformers import HfArgumentParser

from locomotion_hf import LocoMotionError
from locomotion_hf.training.finetune import finetune
from locomotion_hf.training.finetune_arguments import FinetuningArguments


class _Help(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """The text above as it stands, and every default."""


def main() -> None:
    """Parse, run, and end with a sentence instead of a traceback when the user can mend it."""
    try:
        parser = HfArgumentParser(FinetuningArguments, description=__doc__, formatter_class=_Help)
        finetune(*parser.parse_args_into_dataclasses())
    except LocoMotionError as error:
        sys.exit(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
