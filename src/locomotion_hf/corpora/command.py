"""The command `locomotion check-corpus`: what of a corpus is there, what is missing, and how to obtain it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from locomotion_hf.errors import CorpusError, OutputError
from locomotion_hf.files import write_whole

from .corpus import Corpus, SkippedRow, check_corpus
from .opening import SPECS, open_corpus

DESCRIPTION = """See whether captioned videos are complete, before anything is trained or evaluated on them.

locomotion check-corpus ssv2-template:ssv2/ --videos /data/ssv2/videos
locomotion check-corpus my_clips/ --decode --list missing.txt
locomotion check-corpus hf:owner/name?caption=text

Corpora:
""" + "\n".join(f"  {spec:<22} {what}" for spec, what in SPECS.items())
#: Lines that are printed of each split; --list writes all.
_SHOWN = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("corpus", help="one of those above")
    parser.add_argument("--videos", help="folder of the videos, where they are not beside the captions")
    parser.add_argument("--splits", nargs="+", default=["train", "test"], metavar="SPLIT", help="default: train test")
    parser.add_argument("--decode", action="store_true", help="decode every video, to find damage behind the header")
    parser.add_argument("--list", metavar="FILE", help="write every row that cannot be used, one a line")


def run(args: argparse.Namespace) -> None:
    """Look, and print what was found.

    Raises:
        CorpusError: a split cannot be opened at all, or videos are missing: how to obtain them.
        OutputError: the list cannot be written.
    """
    lines: list[str] = []
    refused: CorpusError | None = None
    for split in args.splits:
        corpus = _looked_at(args, split)
        lines += [f"{corpus.split}\t{_line(row)}" for row in corpus.skipped]
        print(corpus.summary())
        for row in corpus.skipped[:_SHOWN]:
            print(f"  {_line(row)}")
        if len(corpus.skipped) > _SHOWN:
            print(f"  ... and {len(corpus.skipped) - _SHOWN} more")
        if any("video" in row.reason for row in corpus.skipped) and refused is None:
            try:  # said once, with how to obtain them
                open_corpus(args.corpus, split, args.videos, max_missing=0.0)
            except CorpusError as error:
                refused = error
    if args.list:
        try:
            write_whole(Path(args.list), "".join(f"{line}\n" for line in lines).encode())
        except OSError as error:
            raise OutputError(
                f"{args.list} cannot be written ({error.strerror}).", "a file name.", "name another."
            ) from error
    if refused:
        raise refused


def _looked_at(args: argparse.Namespace, split: str) -> Corpus:
    corpus = open_corpus(args.corpus, split, args.videos, max_missing=1.0)
    return check_corpus(corpus, max_missing=1.0, progress=sys.stderr.isatty()) if args.decode else corpus


def _line(row: SkippedRow) -> str:
    return f"{row.reason}: {row.id}: {row.detail}" if row.id not in row.detail else f"{row.reason}: {row.detail}"
