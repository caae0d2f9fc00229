"""Models whose answers are known get the figures that they should."""

import json

import numpy as np
import pytest

from locomotion_hf.errors import EvaluationError
from locomotion_hf.evaluation import write_results
from locomotion_hf.probing import findings_of, probe, probe_table
from locomotion_hf.probing.table import NAMES

SMALL = {"seed": 0, "resamples": 200}


@pytest.fixture(scope="module")
def of_frame_mean(recipes, made, frame_mean):
    return probe(frame_mean, recipes["linear"], clips=made["linear"], **SMALL)


@pytest.fixture(scope="module")
def of_guesser(recipes, made, guesser):
    return probe(guesser(), recipes["linear"], clips=made["linear"], **SMALL)


@pytest.mark.parametrize("vocabulary", ["linear", "full"])
def test_who_has_read_the_facts_is_right(recipes, made, oracle, vocabulary):
    embedder = oracle(made[vocabulary])
    result = probe(embedder, recipes[vocabulary], clips=made[vocabulary], **SMALL)
    found = {one.key: one for one in findings_of(result)}
    assert len(found) == len(result["findings"])
    retrieved = [f"{place}/{view}" for place in ("retrieval", "gallery") for view in ("one_frame", "shuffled")]
    for key, one in found.items():
        if key in ("retrieval/reversed", "gallery/reversed"):
            assert one.value < 0.25, key  # it says another caption's motion
        else:
            assert one.value == (0.0 if key in retrieved or key.endswith("fooled") else 1.0), key
        if one.one_frame is not None:
            assert one.one_frame == 0.5, key
    twins = {key.split("/")[1] for key in found if key.startswith("twin/")}
    facts = {key.removeprefix("foil/") for key in found if key.startswith("foil/")}
    if vocabulary == "linear":
        assert twins == {"reverse", "mirror", "speed", "rotation", "direction", "order"}
        assert facts == {"direction", "speed", "rotation", "order", "noun"}
    else:
        assert twins >= {"reverse", "mirror", "speed", "rotation", "direction", "object binding", "growth"}
        assert facts >= {"direction", "speed", "rotation", "turns", "laps", "way", "growth", "binding", "relation"}
        return  # two scenes are too few for a verdict
    assert found["twin/reverse/caption"].verdict == "uses motion"
    assert found["foil/direction"].verdict == "uses motion"
    assert found["retrieval/shuffled"].verdict == "needs the order"
    assert found["retrieval/noun_hidden"].verdict == "does without the noun"
    assert found["reversed/follows"].verdict == "follows"


def test_who_cannot_see_order_is_exactly_at_chance(of_frame_mean):
    found = {one.key: one for one in findings_of(of_frame_mean)}
    for key in ("reversed/caption", "reversed/clip", "which/shuffled"):
        assert found[key].value == 0.5, key
        assert found[key].verdict == "at chance", key
    assert found["reversed/clip"].ties == found["which/shuffled"].ties == 1.0
    assert found["reversed/follows"].value == 0.0
    assert found["reversed/fooled"].value > 0.0
    assert found["retrieval/clip"].value > 0.0
    for place in ("retrieval", "gallery"):
        for view in ("shuffled", "reversed"):
            one = found[f"{place}/{view}"]
            assert one.value == found[f"{place}/clip"].value
            assert one.lost == {"mean": 0.0, "low": 0.0, "high": 0.0}
    # It is not blind to everything: a clip's mean differs from one frame of it.
    assert found["which/one_frame"].ties < 1.0


def test_who_guesses_is_at_chance(recipes, made, guesser):
    asked = [probe(guesser(seed), recipes["full"], clips=made["full"], **SMALL)["findings"] for seed in range(2)]
    for chance in (0.5, 0.25):
        shares = [one for some in asked for one in some.values() if one["chance"] == chance]
        clips = np.array([one["clips"] for one in shares])
        mean = float(clips @ np.array([one["value"] for one in shares]) / clips.sum())
        # Comparisons that share a film or a sentence go together, so fewer are free than there are.
        assert abs(mean - chance) < 3 * np.sqrt(chance * (1 - chance) / (clips.sum() / 4)), chance
    at_chance = [one["verdict"] for some in asked for key, one in some.items() if key.startswith("twin/")]
    assert sum(told == "at chance" for told in at_chance) > 0.75 * len(at_chance)


def test_the_same_again_also_from_its_file(recipes, guesser, of_guesser, tmp_path):
    first = of_guesser
    assert probe(guesser(), recipes["linear"], 32, **SMALL) == first
    read = json.loads(write_results(tmp_path / "probes.json", first).read_text())
    assert findings_of(read) == findings_of(first)
    assert set(read["findings"]) <= set(NAMES)
    assert probe_table(read).splitlines()[1].startswith("its caption among its scene's: whole clip")


def test_fewer_frames_are_the_same_questions(recipes, made, guesser, of_frame_mean):
    eight = probe(guesser(), recipes["linear"], clips=made["linear"], num_frames=8, **SMALL)
    assert eight["clips"]["frames"] == 8
    assert eight["clips"]["fingerprint"] == of_frame_mean["clips"]["fingerprint"]
    assert eight["clips"]["counts"] == of_frame_mean["clips"]["counts"]


def test_the_second_look(recipes, made, oracle, guesser):
    embedder, clips = oracle(made["linear"]), {"clips": made["linear"]}
    by_pairs = probe(embedder, recipes["linear"], scoring="vtm", **clips, **SMALL)
    by_vectors = probe(embedder, recipes["linear"], scoring="vtc", **clips, **SMALL)
    both = set(by_pairs["findings"])
    assert {key for key in by_vectors["findings"] if not key.startswith("gallery/")} == both
    assert all(by_pairs["findings"][key] == by_vectors["findings"][key] for key in both)
    with pytest.raises(EvaluationError, match=r"no second look at pairs.*LocoMotion model.*take vtc"):
        probe(guesser(), recipes["linear"], scoring="vtm", **clips, **SMALL)


@pytest.mark.parametrize("count", [0, 8, 20])
def test_other_numbers_of_clips_are_refused(recipes, guesser, count):
    with pytest.raises(EvaluationError, match=rf"num_examples={count}.*multiple of 8.*pass for example"):
        probe(guesser(), recipes["linear"], count, seed=0)


def test_vectors_that_are_no_numbers_are_refused(recipes, made, guesser):
    class Diverged(type(guesser())):
        def embed_texts(self, texts):
            return super().embed_texts(texts) * np.nan

    with pytest.raises(EvaluationError, match=r"scores are no numbers.*finite.*diverged"):
        probe(Diverged(), recipes["linear"], clips=made["linear"], **SMALL)
