"""The module of the `evaluate` library, loaded as its users load it."""

from pathlib import Path

import evaluate
import numpy as np
import pytest

import locomotion_hf.evaluation
from locomotion_hf.evaluation import retrieve

FOLDER = Path(locomotion_hf.evaluation.__file__).parent / "video_text_retrieval"


@pytest.fixture(scope="module")
def metric(tmp_path_factory):
    return evaluate.load(str(FOLDER), cache_dir=str(tmp_path_factory.mktemp("cache")))


@pytest.mark.parametrize("seed", range(4))
def test_it_equals_the_package(metric, seed):
    rng = np.random.default_rng(seed)
    vectors = rng.integers(-1, 2, (60, 5)) + 0.5 * np.eye(5)[0]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    texts, videos = vectors[:24], vectors[24:]
    groups = [str(row % 6) for row in range(60)]
    expected = retrieve(videos, texts, groups[24:], groups[:24]).to_dict()
    relevant = np.array(groups[:24])[:, None] == np.array(groups[24:])
    scores = np.round(texts @ videos.T, 6)
    for direction, rows, right in (("t2v", scores, relevant), ("v2t", scores.T, relevant.T)):
        found = metric.compute(predictions=rows, references=[np.flatnonzero(row).tolist() for row in right])
        assert set(found) == {"recall_at_1", "recall_at_5", "recall_at_10", "median_rank", "mean_rank", "map"}
        for name, value in found.items():
            assert value == pytest.approx(expected[direction][name.replace("recall_at_", "r")]), name


def test_batches_are_one_whole_and_k_is_chosen(metric):
    for scores, right in (([0.9, 0.1, 0.5], [0, 2]), ([0.2, 0.2, 0.1], [1])):
        metric.add_batch(predictions=[scores], references=[right])
    assert metric.compute(ks=(1, 2)) == {
        "recall_at_1": 0.5,
        "recall_at_2": 1.0,
        "median_rank": 1.5,
        "mean_rank": 1.5,
        "map": 0.75,
    }


@pytest.mark.parametrize(
    ("scores", "right", "message"),
    [
        ([[1.0, 2.0], [1.0]], [[0], [0]], r"Query 1 has 1 scores and query 0 has 2\. Expected: one for each"),
        ([[1.0, float("nan")]], [[0]], r"The score of candidate 1 for query 0 is NaN\. Expected: numbers"),
        ([[1.0, 2.0]], [[]], r"Query 0 has the relevant candidates \[\]\. Expected: one or more indices from 0 to 1"),
        ([[1.0, 2.0]], [[2]], r"Query 0 has the relevant candidates \[2\]"),
    ],
)
def test_what_cannot_be_ranked_is_refused(metric, scores, right, message):
    with pytest.raises(ValueError, match=message):
        metric.compute(predictions=scores, references=right)


def test_its_card_has_what_a_space_needs():
    head, _, text = (FOLDER / "README.md").read_text("utf-8").removeprefix("---\n").partition("\n---\n")
    assert "sdk: static" in head
    assert "- evaluate" in head
    assert "metric.compute(predictions=scores" in text
    assert {file.name for file in FOLDER.iterdir() if file.is_file()} == {"README.md", "video_text_retrieval.py"}
