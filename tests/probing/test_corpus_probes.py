"""The probes that need no facts, on a small corpus of real videos."""

import pytest

from locomotion_hf.corpora import Corpus, CorpusRow
from locomotion_hf.dataset import generate_many
from locomotion_hf.errors import EvaluationError
from locomotion_hf.probing import findings_of, models_table, probe_corpus, probe_table
from locomotion_hf.probing.corpus_probes import _hidden
from locomotion_hf.video_writing import encode_mp4


@pytest.fixture(scope="module")
def corpus(recipes):
    """Two scenes as a corpus, of clips with their captions."""
    examples = generate_many(recipes["linear"], "validation", range(16))
    files = {one.id: encode_mp4(one.frames, one.fps) for one in examples}
    rows = [CorpusRow(one.id, (one.caption,), one.group) for one in examples]
    return Corpus("small", "test", rows, files.__getitem__)


def test_order_counts_for_nothing_where_it_cannot_be_seen(corpus, frame_mean):
    result = probe_corpus(frame_mean, corpus, num_frames=8, asking="instance", seed=0, resamples=200)
    found = {one.key: one for one in findings_of(result)}
    assert list(found) == [
        f"retrieval/{view}" for view in ("clip", "one_frame", "shuffled", "reversed", "mirrored", "noun_hidden")
    ]
    for view in ("shuffled", "reversed"):
        one = found[f"retrieval/{view}"]
        assert one.value == found["retrieval/clip"].value
        assert one.lost == {"mean": 0.0, "low": 0.0, "high": 0.0}
    assert all(one.clips == 16 and 0 < one.chance < 0.2 for one in found.values())
    assert result["clips"]["fingerprint"] == corpus.fingerprint
    assert result["clips"]["nouns_hidden"] == len({row.texts for row in corpus.rows})
    assert "its caption among all: frames shuffled" in probe_table(result)
    assert models_table({"a": result, "b": result}, "markdown").count("\n") == 1 + len(found)


def test_hiding_nouns_joins_what_becomes_alike():
    rows = [
        CorpusRow("1", ("Pushing a cup", "Moving a cup"), "cup"),
        CorpusRow("2", ("Pushing a bottle",), "bottle"),
        CorpusRow("3", ("Lifting a bottle",), "lifting"),
        CorpusRow("4", ("Pushing something",), "something"),
    ]
    hidden, changed = _hidden(Corpus("texts", "test", rows, lambda id: b""))
    assert changed == 4
    assert [row.texts[0] for row in hidden.rows] == [
        "Pushing an object",
        "Pushing an object",
        "Lifting an object",
        "Pushing something",
    ]
    groups = [row.group for row in hidden.rows]
    assert groups[0] == groups[1]
    assert len(set(groups)) == 3


def test_nothing_to_hide_is_no_probe(corpus, frame_mean):
    rows = [CorpusRow(row.id, (f"Doing this {number}",), row.id) for number, row in enumerate(corpus.rows[:3])]
    result = probe_corpus(frame_mean, corpus.take(rows), num_frames=4, seed=0, resamples=200)
    assert result["clips"]["nouns_hidden"] == 0
    assert "retrieval/noun_hidden" not in result["findings"]


def test_a_second_look_that_is_not_there(corpus, frame_mean):
    few = corpus.take(corpus.rows[:3])
    with pytest.raises(EvaluationError, match=r"no second look.*LocoMotion.*take vtc"):
        probe_corpus(frame_mean, few, num_frames=4, scoring="vtm", seed=0)
