"""The command `locomotion paraphrase`: captions in, true paraphrases and a ledger of all answers out."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from locomotion_hf.errors import CaptionError, OutputError

from .acceptance import summary
from .asking import Paraphraser, Sampling
from .endpoint import EndpointParaphraser, Patience
from .from_lexicon import LEXICON, LexiconParaphraser
from .inputs import read_captions
from .ledger import Ledger
from .prompts import PROMPTS
from .run import accepted_rows, judge_again, paraphrase, write_accepted, write_text
from .transformers_llm import TransformersParaphraser

DESCRIPTION = """Say captions in other words with a language model, and keep what is still true.

locomotion paraphrase my_dataset --lexicon --out paraphrases.jsonl
locomotion paraphrase captions.txt --model HuggingFaceTB/SmolLM2-1.7B-Instruct --out paraphrases.jsonl
locomotion paraphrase my_dataset --endpoint http://127.0.0.1:8000/v1 --concurrency 32 --out paraphrases.jsonl

Every sentence is verified against its caption; those that lose, change or add a fact are rejected. All answers, with
the verdicts, stand in the ledger beside the output (paraphrases.ledger.jsonl). Stopped, killed, server gone? Give
the same command again: what is in the ledger is not asked again. A key for an endpoint is read from the environment
variable OPENAI_API_KEY, and recorded nowhere."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `locomotion paraphrase`."""
    sampling, patience = Sampling(), Patience()
    parser.add_argument("captions", help=".txt, .jsonl, .json, .csv, or a folder that `locomotion generate` wrote")
    parser.add_argument("--out", required=True, help="accepted paraphrases, jsonl")
    parser.add_argument(
        "--model", default="", help="a repository, folder or .gguf file; at an endpoint, its name there"
    )
    parser.add_argument("--endpoint", default="", help="URL of an OpenAI-compatible server; nothing is loaded here")
    parser.add_argument(
        "--lexicon",
        type=int,
        nargs="?",
        const=10,
        metavar="COUNT",
        help="no model at all: so many sentences from our own verbs and synonyms (10), of captions of our grammar",
    )
    parser.add_argument("--revision", default="", help="of the model; recorded in each row")
    parser.add_argument("--prompts", nargs="+", choices=PROMPTS, default=["verbs"], help="plain is the control")
    parser.add_argument("--ledger", help="by default beside --out, with .ledger.jsonl")
    parser.add_argument("--summary", help="write acceptance by reason here, json")
    parser.add_argument("--judge_again", action="store_true", help="ask nothing: verify the ledger's answers anew")
    parser.add_argument("--split", default="train", help="of a dataset folder")
    parser.add_argument("--limit", type=int, help="so many captions, from the first")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=1, help="ask so often, each time with another seed")
    parser.add_argument("--temperature", type=float, default=sampling.temperature)
    parser.add_argument("--top_p", type=float, default=sampling.top_p)
    parser.add_argument("--max_new_tokens", type=int, default=sampling.max_new_tokens)
    parser.add_argument("--no_system_role", action="store_true", help="at an endpoint whose model knows no such role")
    parser.add_argument("--batch_size", type=int, default=16, help="without an endpoint")
    parser.add_argument("--dtype", default="bfloat16", help="of the weights, without an endpoint")
    parser.add_argument("--concurrency", type=int, default=patience.concurrency, help="requests in flight")
    parser.add_argument("--timeout", type=float, default=patience.timeout, help="seconds for one try")
    parser.add_argument("--tries", type=int, default=patience.tries, help="for each request")
    parser.add_argument(
        "--give_up_after", type=int, default=patience.give_up_after, help="failed tries in a row that end the run"
    )
    parser.add_argument("--deadline", type=float, help="seconds for all requests to the endpoint together")


def run(args: argparse.Namespace) -> None:
    """Run the command. What is finished is written, however it ends.

    Raises:
        CaptionError, OutputError: with what to do about it.
    """
    out = Path(args.out)
    ledger_path = Path(args.ledger) if args.ledger else out.with_suffix(".ledger.jsonl")
    if len({out.resolve(), ledger_path.resolve(), Path(args.captions).resolve()}) < 3:
        raise OutputError(
            f"captions {args.captions}, ledger {ledger_path}, output {out}.", "three places.", "name another."
        )
    if args.rounds < 1 or (args.limit is not None and args.limit < 1):
        raise CaptionError(f"rounds={args.rounds}, limit={args.limit}.", "1 or more of both.", "raise it.")
    skipped: dict[str, int] = {}
    rows = read_captions(args.captions, args.split, skipped)[: args.limit]
    for reason, count in skipped.items():
        print(f"Left out {count:,} captions: {reason}.", file=sys.stderr)
    ledger = Ledger(ledger_path)
    try:
        if args.judge_again:
            judge_again(ledger)
        else:
            report = paraphrase(
                rows,
                _paraphraser(args),
                [LEXICON] if args.lexicon else [PROMPTS[name] for name in args.prompts],
                ledger,
                args.seed,
                args.rounds,
            )
            if report.failed:
                print(f"{report.failed:,} requests got no answer; give the command again to repeat them.")
    finally:
        written = write_accepted(out, accepted_rows(ledger, [row.caption for row in rows]))
        if args.summary:
            write_text(Path(args.summary), json.dumps(summary(ledger), indent=2) + "\n")
        print(f"Wrote {out}: {written:,} paraphrases of {len(rows):,} captions; all answers are in {ledger_path}")


def _paraphraser(args: argparse.Namespace) -> Paraphraser:
    if args.lexicon:
        return LexiconParaphraser(args.lexicon)
    sampling = Sampling(args.temperature, args.top_p, max_new_tokens=args.max_new_tokens)
    if args.endpoint:
        patience = Patience(
            args.concurrency,
            args.timeout,
            args.tries,
            give_up_after=args.give_up_after,
            deadline=args.deadline,
        )
        key = os.environ.get("OPENAI_API_KEY", "")
        return EndpointParaphraser(
            args.endpoint,
            args.model,
            args.revision or "not stated",
            sampling,
            patience,
            system_role=not args.no_system_role,
            api_key=key,
        )
    if not args.model:
        fix = "name a model or a server's URL, or take --lexicon, which needs neither."
        raise CaptionError("No --model, --endpoint or --lexicon.", "one of them.", fix)
    return TransformersParaphraser(
        args.model, args.revision or None, sampling, batch_size=args.batch_size, dtype=args.dtype
    )
