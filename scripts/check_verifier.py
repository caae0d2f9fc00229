#!/usr/bin/env python
"""How far is the verifier to be trusted? Its verdicts against labels that were given by reading.

    python scripts/check_verifier.py --json results/verifier.json

tests/captions/labelled/test.jsonl holds captions and paraphrases: 439 written in many styles without a look at the
verifier, each labelled by its writer and, unseen, by a second reader (where they differ, a pair is left out);
and 428 by a small language model, on which an earlier state was measured. All were labelled by reading, before any
verdict. What was used while the verifier was written is in development.jsonl. Precision: of what it accepts, how much
is true. Recall: of what is true, how much it accepts. Intervals are Wilson's, 95 %.
"""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from tqdm.auto import tqdm

from locomotion_hf.captions import verify
from locomotion_hf.evaluation import write_results
from locomotion_hf.evaluation.protocol import origin
from locomotion_hf.intervals import share_interval

LABELLED = Path(__file__).parents[1] / "tests" / "captions" / "labelled" / "test.jsonl"


def figures(pairs: list[dict[str, Any]]) -> dict[str, Any]:
    """Precision and recall over judged pairs, and why the others were rejected."""
    right = [pair for pair in pairs if pair["label"] == "accepted"]
    accepted = [pair for pair in pairs if pair["accepted"]]
    true = sum(pair["label"] == "accepted" for pair in accepted)
    return {
        "pairs": len(pairs),
        "right": len(right),
        "accepted": len(accepted),
        "accepted_and_right": true,
        "precision": share_interval(true, len(accepted)).to_dict() if accepted else None,
        "recall": share_interval(true, len(right)).to_dict() if right else None,
    }


def main() -> None:
    """Judge every pair, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--pairs", type=Path, default=LABELLED, help="jsonl with caption, paraphrase, label, source")
    parser.add_argument("--show", action="store_true", help="print every pair on which verdict and label differ")
    parser.add_argument("--json", type=Path, help="also write the outcome to this file")
    args = parser.parse_args()
    pairs = [json.loads(line) for line in args.pairs.read_text("utf-8").splitlines()]
    for pair in tqdm(pairs, unit="pair", disable=not sys.stderr.isatty()):
        verdict = verify(pair["caption"], pair["paraphrase"])
        pair |= {"accepted": verdict.accepted, "reason": verdict.reason}
        if args.show and verdict.accepted != (pair["label"] == "accepted"):
            print(f"{verdict.reason or 'ACCEPTED'} | {pair['caption']} | {pair['paraphrase']}")
    groups = {"all": pairs} | {
        source: [pair for pair in pairs if pair["source"] == source] for source in ("written", "llm")
    }
    found = {name: figures(some) for name, some in groups.items()}
    for name, group in found.items():
        print(
            f"{name}: {group['pairs']} pairs, {group['right']} right; accepted {group['accepted']}, of them "
            f"{group['accepted_and_right']} right; precision {group['precision']}, recall {group['recall']}"
        )
    if args.json:
        reasons = Counter(pair["reason"] for pair in pairs if pair["reason"])
        made = origin(Path(__file__))
        write_results(args.json, {**made, "groups": found, "reasons": dict(reasons.most_common())})


if __name__ == "__main__":
    main()
