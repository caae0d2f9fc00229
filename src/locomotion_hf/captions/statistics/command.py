"""The command `locomotion caption-stats`: what captions are made of, several sources side by side."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from locomotion_hf.errors import CaptionError, OutputError
from locomotion_hf.files import write_whole

from .counts import caption_statistics
from .plot import check_plot, write_plot
from .sources import CaptionSource
from .table import left_out_lines, statistics_table
from .tagging import Tagger

DESCRIPTION = """Count words by class, distinct verbs, and how many captions tell of motion.

locomotion caption-stats my_captions.csv
locomotion caption-stats before=pairs.jsonl#caption after=pairs.jsonl#paraphrase --plot verbs.png
locomotion caption-stats my_dataset --compare

A source is [NAME=]PLACE[#COLUMN]; PLACE is a .txt (one caption a line, # begins a comment), .csv, .tsv, .json,
.jsonl or .parquet, a folder of Parquet files, or a dataset's name on the Hub. --compare adds the samples that come
with the package: 100 captions of ours, 60 sentences in the form of Something-Something v2's labels and 100 in
the manner of web captions. English only; needs `pip install "locomotion-hf[stats]"`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("sources", nargs="*", metavar="SOURCE", help="[NAME=]PLACE[#COLUMN], one or more")
    parser.add_argument("--column", help="of every source that names none; by default caption, text or sentence")
    parser.add_argument("--split", help="of datasets; by default all of a folder, train of the Hub's")
    parser.add_argument("--compare", action="store_true", help="set the package's own samples beside them")
    parser.add_argument("--markdown", action="store_true", help="print a Markdown table")
    parser.add_argument("--json", metavar="FILE", help="write every figure with its interval")
    parser.add_argument("--plot", metavar="FILE", help="draw them: .png, .svg or .pdf")


def run(args: argparse.Namespace) -> None:
    """Count, and print the table.

    Raises:
        CaptionError: a source cannot be read or holds no captions, two have one name, or the extra is missing.
        OutputError: a file cannot be written.
    """
    sources = [CaptionSource.parse(text) for text in args.sources]
    sources = [CaptionSource(one.name, one.place, one.column or args.column) for one in sources]
    sources += CaptionSource.samples() if args.compare else []
    names = [source.name for source in sources]
    if not names or len(set(names)) < len(names):
        raise CaptionError(f"The sources {names}.", "one or more, each with a name of its own.", "write NAME=PLACE.")
    if args.plot:
        check_plot(Path(args.plot), len(sources))
    tag = Tagger()
    progress = sys.stderr.isatty()
    found = [caption_statistics(one.name, one.read(args.split), tag, progress) for one in sources]
    if args.json:
        data = json.dumps([one.to_dict() for one in found], indent=1, ensure_ascii=False) + "\n"
        try:
            write_whole(Path(args.json), data.encode("utf-8", "replace"))
        except OSError as error:
            raise OutputError(f"{args.json} cannot be written ({error}).", "a place to write.", "mend it.") from error
    if args.plot:
        write_plot(Path(args.plot), found)
    print(statistics_table(found, "markdown" if args.markdown else "plain"))
    for line in left_out_lines(found):
        print(line, file=sys.stderr)
