#!/usr/bin/env python
r"""Make object cut-outs with a text-to-image pipeline.

    python dataset_scripts/make_objects.py --nouns nouns.txt --model stabilityai/sdxl-turbo \
        --num_inference_steps 1 --guidance_scale 0 --size 512 --dtype float16 --licence "..." --output_dir my_objects
    locomotion preview clips.png --objects my_objects

nouns.txt has one noun a line (teapot, alarm clock, ...); --nouns lvis takes the 1,203 categories of LVIS.
--model is anything that diffusers.AutoPipelineForText2Image loads: Stable Diffusion, SDXL, FLUX, ... by its name
on the Hub or as a folder. Each image is asked for as one whole object on a plain background, cut out by a
segmentation model (--segmenter), cropped to its largest piece, and kept when the object covers a sensible share
of the picture, does not touch its border, and looks like its noun to CLIP.

What it leaves in --output_dir:

    noun/seed.png      the cut-outs, with alpha: what --objects takes everywhere in this package
    manifest.jsonl     a line for each image made: prompt, seed, model, area, CLIP score, licence, and the file or
                       the reason why there is none
    settings.json      what decides how an image comes out; a run with other settings is refused

Stop it whenever you like, and start it again with the same command: it goes on where it was. Later runs may ask
for more nouns or more images. Look at what it made, and delete what is wrong: it is not made again. Filters judge
size, place and likeness, not beauty, and none of this knows whose rights a picture may touch: that is yours to
read, in the model's licence.
"""

import argparse
import sys

from transformers import HfArgumentParser

from locomotion_hf import LocoMotionError
from locomotion_hf.assets.diffusion import ObjectSettings, make_objects, summary


class _Help(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """The text above as it stands, and every default."""


def main() -> None:
    """Parse, make, say what came of it; what the user can mend ends in a sentence, not in a traceback."""
    try:
        parser = HfArgumentParser(ObjectSettings, description=__doc__, formatter_class=_Help)
        (settings,) = parser.parse_args_into_dataclasses()
        print(f"{summary(make_objects(settings))} They are in {settings.output_dir}.")
    except LocoMotionError as error:
        sys.exit(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
