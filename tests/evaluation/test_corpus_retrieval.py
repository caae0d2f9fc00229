"""A corpus asked in both ways, by an embedder that reads what the clips show, and by real models."""

import json

import numpy as np
import pytest

from locomotion_hf.corpora import Corpus, CorpusRow
from locomotion_hf.errors import AssetError, EvaluationError
from locomotion_hf.evaluation import (
    compare_runs,
    comparison_table,
    corpus_figures,
    evaluate_corpus,
    figures_table,
    stamped,
    write_results,
)
from locomotion_hf.evaluation.embedders import open_embedder
from locomotion_hf.intervals import share_interval
from locomotion_hf.video_writing import encode_mp4

#: Text of a template -> the grey of its clips.
GREYS = {"pushing something to the left": 40, "pushing something to the right": 120, "lifting something": 200}


@pytest.fixture(scope="module")
def mp4s():
    """Four clips of each template, of 8 frames; the last one of each is too dark by a template."""
    made = {}
    for number, grey in enumerate(GREYS.values()):
        for clip in range(4):
            shown = grey - 75 * (clip == 3 and number > 0) + 3 * clip
            made[f"{number}-{clip}"] = encode_mp4(np.full((8, 32, 32, 3), shown, np.uint8), 8)
    return made


@pytest.fixture
def templates(mp4s):
    texts = list(GREYS)
    rows = [CorpusRow(id, (texts[int(id[0])],), texts[int(id[0])]) for id in mp4s]
    return Corpus("greys", "test", rows, mp4s.__getitem__)


@pytest.fixture
def captions(mp4s):
    """Each clip with two captions of its own that tell its grey."""
    rows = [CorpusRow(id, (f"{id} one", f"{id} two"), id, scene=f"scene {id[0]}") for id in mp4s]
    return Corpus("captions", "test", rows, mp4s.__getitem__)


class Grey:
    """Tells clips apart by their mean grey; texts by the grey that `of` says. Its second look is exact."""

    def __init__(self, of, looks=False, blur=1):
        self.of, self.looks, self.blur, self.most = of, looks, blur, 0

    def embed_videos(self, videos):
        found = []
        for start in range(0, len(videos), 5):
            batch = videos[start : start + 5]
            assert {video.shape for video in batch} == {(4, 32, 32, 3)}
            self.most = max(self.most, len(batch))
            found += [self._vector(video.mean()) for video in batch]
        return np.array(found, np.float32)

    def embed_texts(self, texts):
        return np.array([self._vector(self.of(text)) for text in texts], np.float32)

    def matcher(self, videos, texts):
        if not self.looks:
            return None
        return lambda text, video: np.array(
            [-abs(self.of(texts[t]) - videos[int(v)].mean()) for t, v in zip(text, video, strict=True)]
        )

    def _vector(self, grey):
        angle = np.round(grey / self.blur) * self.blur / 255 * np.pi / 2
        return np.cos(angle), np.sin(angle)


def value(result, key):
    return result["figures"][key]["value"]


def test_by_template_the_distinct_texts_are_asked(templates):
    result = evaluate_corpus(embedder := Grey(GREYS.__getitem__), templates, num_frames=4, seed=0, resamples=200)
    assert embedder.most == 5
    assert result["settings"]["asking"] == "template"
    assert result["queries"]["t2v"]["ids"] == list(GREYS)
    assert result["queries"]["v2t"]["ids"] == [row.id for row in templates.rows]
    assert result["corpus"]["fingerprint"] == templates.fingerprint
    assert (result["corpus"]["clips"], result["corpus"]["texts"], result["corpus"]["groups"]) == (12, 3, 3)
    # Ten of the twelve clips look like their template: V2T R@1 is the accuracy of naming it.
    assert value(result, "v2t/vtc/r1") == pytest.approx(10 / 12)
    assert value(result, "v2t/vtc/map") == pytest.approx((10 + 2 / 2) / 12)
    assert result["figures"]["v2t/vtc/r1"]["chance"] == pytest.approx(1 / 3)
    # The first text meets a clip of the second that is as dark; mAP sees it, R@1 does not.
    assert value(result, "t2v/vtc/r1") == 1
    assert 0.5 < value(result, "t2v/vtc/map") < 1
    assert result["figures"]["t2v/vtc/r1"]["chance"] == pytest.approx(4 / 12)
    assert result["figures"]["t2v/vtc/mean_rank"]["chance"] == pytest.approx(13 / 5)
    figures = corpus_figures(result)
    assert list(figures)[:6] == [f"v2t/vtc/{m}" for m in ("r1", "r5", "r10", "median_rank", "mean_rank", "map")]
    table = figures_table(figures.values())
    assert "V2T R@1 (VTC)" in table
    assert "T2V mAP (VTC)" in table


def test_by_instance_every_text_is_asked(captions):
    greys = {text: float(np.mean(captions.frames(row, 4))) for row in captions.rows for text in row.texts}
    result = evaluate_corpus(Grey(greys.__getitem__), captions, num_frames=4, seed=0, resamples=200)
    assert result["settings"]["asking"] == "instance"
    assert result["queries"]["t2v"]["ids"][:3] == ["0-0#0", "0-0#1", "0-1#0"]
    assert set(result["queries"]["t2v"]["clusters"]) == {"scene 0", "scene 1", "scene 2"}
    assert result["figures"]["t2v/vtc/r1"]["queries"] == 24
    assert result["figures"]["v2t/vtc/r1"]["candidates"] == 24
    assert value(result, "t2v/vtc/r1") == value(result, "v2t/vtc/map") == 1
    assert next(iter(corpus_figures(result))) == "t2v/vtc/r1"
    # Captions that are true of several clips make those clips right for each other.
    rows = [CorpusRow(row.id, row.texts, row.id[0]) for row in captions.rows]
    merged = evaluate_corpus(
        Grey(greys.__getitem__), captions.take(rows), num_frames=4, seed=0, asking="instance", resamples=50
    )
    assert merged["figures"]["t2v/vtc/r1"]["chance"] == pytest.approx(4 / 12)


def test_a_text_of_two_groups_is_not_asked_by_itself(mp4s):
    # Two classes of six clips; one caption was written for a clip of each.
    rows = [CorpusRow(id, (id,), str(number % 2)) for number, id in enumerate(mp4s)]
    rows[:2] = [CorpusRow(row.id, (row.texts[0], "it moves"), row.group) for row in rows[:2]]
    corpus = Corpus("captions", "test", rows, mp4s.__getitem__)
    result = evaluate_corpus(Grey(lambda text: 0), corpus, num_frames=4, seed=0, resamples=50)
    assert result["settings"]["asking"] == "instance"
    assert len(result["queries"]["t2v"]["ids"]) == 14
    apart = corpus.take([CorpusRow(row.id, row.texts[:1], row.group) for row in rows])
    result = evaluate_corpus(Grey(lambda text: 0), apart, num_frames=4, seed=0, resamples=50)
    assert result["settings"]["asking"] == "template"


def test_all_found_is_no_certainty(templates):
    figures = evaluate_corpus(Grey(GREYS.__getitem__), templates, num_frames=4, seed=0, resamples=200)["figures"]
    found = figures["v2t/vtc/r5"]  # of three texts
    assert (found["value"], found["high"]) == (1, 1)
    assert found["low"] == pytest.approx(share_interval(12, 12).low)
    found = figures["t2v/vtc/r1"]
    assert found["low"] == pytest.approx(share_interval(3, 3).low)


def test_the_second_look_stands_beside_the_first(templates):
    blurred = Grey(GREYS.__getitem__, looks=True, blur=200)
    result = evaluate_corpus(blurred, templates, num_frames=4, seed=0, top_k=12, resamples=100)
    sharp = evaluate_corpus(Grey(GREYS.__getitem__), templates, num_frames=4, seed=0, resamples=100)
    for metric in ("r1", "map", "mean_rank"):
        assert value(result, f"v2t/vtm/{metric}") == pytest.approx(value(sharp, f"v2t/vtc/{metric}"))
    assert value(result, "v2t/vtm/map") > value(result, "v2t/vtc/map")
    without = evaluate_corpus(blurred, templates, num_frames=4, seed=0, top_k=0, resamples=100)
    assert not [key for key in without["figures"] if "vtm" in key]
    assert without["ranks"]["v2t/vtc"] == result["ranks"]["v2t/vtc"]


def test_runs_are_compared_also_from_their_files(templates, tmp_path):
    good = evaluate_corpus(Grey(GREYS.__getitem__), templates, num_frames=4, seed=0, resamples=200)
    bad = evaluate_corpus(Grey(lambda text: 40), templates, num_frames=4, seed=0, top_k=0, resamples=200)
    files = [write_results(tmp_path / f"{number}.json", one) for number, one in enumerate((good, bad))]
    a, b = (json.loads(file.read_text()) for file in files)
    found = compare_runs(a, b, seed=0)
    assert found == compare_runs(good, bad, seed=0)
    assert found["figures"]["v2t/vtc/r1"]["value"] == pytest.approx(10 / 12)
    assert found["p"]["v2t/vtc/r1"] < 0.01
    assert found["differs"] == ["top_k"]
    assert {key.rpartition("/")[2] for key in found["figures"]} == {"r1", "r5", "r10", "map"}
    lines = comparison_table(a, b, found).splitlines()
    assert lines[0].split() == ["a", "b", "a", "-", "b", "95", "%", "interval", "p"]
    assert lines[1].startswith("V2T R@1 (VTC)")
    assert "+83.3" in lines[1]
    same = compare_runs(a, a, seed=0)
    assert set(same["p"].values()) == {1.0}


def test_other_queries_cannot_be_compared(templates, captions):
    one = evaluate_corpus(Grey(GREYS.__getitem__), templates, num_frames=4, seed=0, resamples=50)
    fewer = evaluate_corpus(
        Grey(GREYS.__getitem__), templates.take(templates.rows[:-1]), num_frames=4, seed=0, resamples=50
    )
    by_instance = evaluate_corpus(
        Grey(GREYS.__getitem__), templates, num_frames=4, seed=0, asking="instance", resamples=50
    )
    with pytest.raises(
        EvaluationError, match=r"corpus of greys \(12 clips, 3 texts\) and greys \(11 clips, 3 texts\)"
    ):
        compare_runs(one, fewer, seed=0)
    with pytest.raises(EvaluationError, match=r"were asked different things.*same --data, --split and --asking"):
        compare_runs(one, by_instance, seed=0)
    with pytest.raises(
        EvaluationError, match=r"The second result has no .*queries.*what scripts/evaluate\.py writes"
    ):
        compare_runs(one, {"figures": {}}, seed=0)


def test_a_corpus_that_cannot_be_asked_is_refused(templates, captions):
    def asked(corpus, **settings):
        return evaluate_corpus(Grey(lambda text: 0), corpus, num_frames=4, seed=0, resamples=50, **settings)

    with pytest.raises(EvaluationError, match=r"greys \(test\) has 0 clips in 0 groups\. Expected: two or more"):
        asked(templates.take([]))
    with pytest.raises(EvaluationError, match="has 1 clips in 1 groups"):
        asked(templates.take(templates.rows[:1]))
    with pytest.raises(EvaluationError, match="has 4 clips in 1 groups"):
        asked(templates.take(templates.rows[:4]))
    two = [CorpusRow("0-0", ("a cup",), "a"), CorpusRow("0-1", ("a cup",), "b")]
    with pytest.raises(EvaluationError, match=r"The text 'a cup' stands at clips of two groups, 'a' and 'b'\."):
        asked(captions.take(two), asking="template")
    with pytest.raises(EvaluationError, match=r"asking is 'both'\. Expected: .instance. or .template."):
        asked(captions, asking="both")
    with pytest.raises(EvaluationError, match="num_frames=4, top_k=-1"):
        asked(captions, top_k=-1)


def test_a_damaged_clip_and_a_diverged_model_say_so(templates, mp4s):
    broken = Corpus("greys", "test", templates.rows, {**mp4s, "1-2": b"not a video"}.__getitem__)
    with pytest.raises(AssetError, match="1-2"):
        evaluate_corpus(Grey(GREYS.__getitem__), broken, num_frames=4, seed=0)
    with pytest.raises(EvaluationError, match="The vector of text 0 holds NaN"):
        evaluate_corpus(Grey(lambda text: np.nan), templates, num_frames=4, seed=0)


@pytest.mark.parametrize("kind", ["ours", "clip", "xclip"])
def test_real_models_go_through_all_of_it(saved, templates, kind, tmp_path):
    embedder = open_embedder(saved / kind, batch_size=5, device="cpu")
    result = evaluate_corpus(embedder, templates, num_frames=embedder.num_frames, seed=0, top_k=2, resamples=50)
    assert ("v2t/vtm/r1" in result["figures"]) == (kind != "clip")
    kept = json.loads(
        write_results(tmp_path / "results.json", stamped(result, embedder, weights=saved / kind)).read_text()
    )
    made = kept["stamp"]
    assert made["rerank_depth"] == (0 if kind == "clip" else 2)
    assert (made["queries"], made["candidates"]) == (3, 12)
    assert made["frames"] == embedder.num_frames
    assert made["kind"] == type(embedder.model).__name__
    assert len(made["weights"]) == 64
    assert {"split_hash", "sampling", "resolution", "resize", "precision", "commit", "packages"} <= made.keys()
    assert [len(ranks) for ranks in kept["ranks"].values()] == ([3, 12] if kind == "clip" else [3, 3, 12, 12])


def test_clips_that_do_not_fit_into_memory_are_matched_alike(saved, templates, monkeypatch):
    """Token states of clips are kept up to a limit; beyond it clips are read again."""
    embedder = open_embedder(saved / "ours", batch_size=5, device="cpu")
    results = []
    for room in (2 << 30, 1, 30_000):
        monkeypatch.setattr("locomotion_hf.evaluation.locomotion_embedder.STATE_BYTES", room)
        results.append(evaluate_corpus(embedder, templates, num_frames=8, seed=0, top_k=2, resamples=20))
    assert results[0] == results[1] == results[2]
