"""`locomotion fetch`: the released checkpoint lies where the usual lines find it, and is the one of its card."""

import json
import os
import subprocess
import sys
from pathlib import Path

import datasets
import numpy as np
import pytest
from huggingface_hub import constants, scan_cache_dir
from transformers import AutoModel, AutoProcessor

import locomotion_hf
from locomotion_hf.cli import main
from locomotion_hf.dataset import Recipe
from locomotion_hf.errors import OutputError
from locomotion_hf.evaluation.embedders import LocoMotionEmbedder
from locomotion_hf.evaluation.figures import Figure
from locomotion_hf.evaluation.weights import weights_revision
from locomotion_hf.modeling import LocoMotionForPreTraining, LocoMotionProcessor
from locomotion_hf.released import RELEASED, fetch, fetching
from locomotion_hf.released.card import _unlearnt, released_card
from locomotion_hf.training.report import held_out_sets

#: Beside what `save_pretrained` leaves.
TOLD = {"README.md", "ATTRIBUTION.md", "results.json", "words.json", "wording.json"}
CAPTIONS = ["A football moves to the right.", "A football moves to the left."]
#: Cosines of `square()` with `CAPTIONS`, from the released weights at their release.
COSINES = [0.738073, 0.073401]


@pytest.fixture(scope="module")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return locomotion_hf.fetch(output_dir=tmp_path_factory.mktemp("fetched") / "locomotion")


@pytest.fixture(scope="module")
def embedder(fetched: Path) -> LocoMotionEmbedder:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(fetched.parent)
        return LocoMotionEmbedder(
            AutoModel.from_pretrained("locomotion"), AutoProcessor.from_pretrained("locomotion")
        )


def square() -> np.ndarray:
    """`(16, 48, 48, 3)` uint8: a light square moves to the right over grey."""
    frames = np.full((16, 48, 48, 3), 90, np.uint8)
    for time, frame in enumerate(frames):
        frame[18:30, 2 + 2 * time : 14 + 2 * time] = (230, 200, 40)
    return frames


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def flat(tree: dict, above: str = "") -> dict[str, str]:
    """A dictionary of dictionaries as one."""
    found = {}
    for key, value in tree.items():
        found |= flat(value, f"{above}{key}.") if isinstance(value, dict) else {above + key: str(value)}
    return found


def test_it_is_what_save_pretrained_leaves(fetched: Path, tmp_path: Path) -> None:
    LocoMotionForPreTraining.from_pretrained(fetched).save_pretrained(tmp_path)
    LocoMotionProcessor.from_pretrained(fetched).save_pretrained(tmp_path)
    assert names(fetched) == names(tmp_path) | TOLD
    for file in sorted(names(tmp_path) - {"config.json", "tokenizer_config.json"}):
        assert (fetched / file).read_bytes() == (tmp_path / file).read_bytes(), file
    # Saved after loading, these two say some more: the precision of each part, and that the tokenizer is local.
    for file in ("config.json", "tokenizer_config.json"):
        ours, theirs = (flat(json.loads((folder / file).read_text())) for folder in (fetched, tmp_path))
        ours.pop("transformers_version", None)
        assert ours.items() <= theirs.items()


def test_it_embeds_as_at_its_release(embedder: LocoMotionEmbedder) -> None:
    cosines = embedder.embed_texts(CAPTIONS) @ embedder.embed_videos([square()])[0]
    np.testing.assert_allclose(cosines, COSINES, atol=2e-3)
    assert cosines[0] > cosines[1] + 0.1


def test_it_tells_motions_apart(embedder: LocoMotionEmbedder) -> None:
    clips = held_out_sets(Recipe(resolution=48, vocabulary="full"), groups=8)["minimal"]
    videos = embedder.embed_videos([clip.frames for clip in clips]).reshape(8, 8, -1)
    texts = embedder.embed_texts([clip.caption for clip in clips]).reshape(8, 8, -1)
    found = np.einsum("gtd,gvd->gtv", texts, videos).argmax(-1) == np.arange(8)
    # 84.0 % on the card; 41 % with a random first layer of the video encoder, 30 % with one of the text encoder.
    assert found.mean() > 0.7


def test_the_card_says_what_was_measured(fetched: Path) -> None:
    card, results = (fetched / "README.md").read_text(), json.loads((fetched / "results.json").read_text())
    assert card == released_card(RELEASED)
    assert weights_revision(fetched) in card
    shown = [
        results["trained"]["figures"][f"{task}/clip/vtc/t2v/r1"] for task in ("gallery", "same_noun", "same_scene")
    ]
    shown += json.loads((fetched / "words.json").read_text())["figures"]
    shown += json.loads((fetched / "wording.json").read_text())["figures"]
    assert len(shown) >= 10
    for figure in shown:
        line = next(line for line in card.splitlines() if line.startswith(figure["name"] + "  "))
        value, low, high = (f"{100 * figure[key]:.1f}" for key in ("value", "low", "high"))
        assert line[len(figure["name"]) :].split()[:5] == [value, "%", low, "to", high]
    for word in ("unofficial", "license: apache-2.0", "Not learnt, as far as these clips tell: sense of a rotation."):
        assert word in card
    assert sum(path.stat().st_size for path in RELEASED.iterdir()) <= 20 * 10**6


def test_what_could_be_chance_is_named() -> None:
    def figure(name: str, low: float) -> Figure:
        return Figure(name, 0.6, low, 0.7, 0.5, "percent", 100, 2)

    learnt, not_learnt = figure("speed, one of 2", 0.51), figure("sense, one of 2", 0.5)
    assert _unlearnt([learnt]) == "All of them lie above chance."
    assert "clips tell: sense. " in _unlearnt([learnt, not_learnt])


def test_nothing_is_overwritten_silently(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "config.json").write_text("{}")
    (mine / "train_log.jsonl").write_text("")
    with pytest.raises(OutputError) as told:
        fetch(output_dir=mine)
    assert told.value.seen == f"{mine} already holds a model."
    assert told.value.expected == "a new or empty folder."
    assert told.value.fix == "pass --overwrite to replace it, or another --output_dir to keep both."
    assert (mine / "config.json").read_text() == "{}"
    (mine / "thesis.txt").write_text("years")
    with pytest.raises(OutputError, match=r"holds other files \(thesis.txt\)\..*nothing was touched"):
        fetch(output_dir=mine, overwrite=True)
    (mine / "thesis.txt").unlink()
    assert fetch(output_dir=mine, overwrite=True) == mine
    assert "train_log.jsonl" not in names(mine)
    assert "model.safetensors" in names(mine)
    assert names(tmp_path) == {"mine"}


def test_the_current_folder_will_do_if_it_is_empty(
    fetched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    fetch(output_dir=".")
    assert names(Path.cwd()) == names(fetched)
    assert names(tmp_path) == {"here"}


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_place_with_something_else(tmp_path: Path, overwrite: bool) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    for place in (tmp_path, tmp_path / "notes.txt", tmp_path / "notes.txt" / "below"):
        with pytest.raises(OutputError, match=r"holds other files|cannot be written"):
            fetch(output_dir=place, overwrite=overwrite)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert names(tmp_path) == {"notes.txt"}


def test_a_sample_of_the_data_comes_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "NUM_EXAMPLES", 8)
    monkeypatch.chdir(tmp_path)
    main(["fetch", "--data"])
    assert names(tmp_path) == {"locomotion", "locomotion_synth_sample"}
    rows = datasets.load_dataset("./locomotion_synth_sample", cache_dir=str(tmp_path / "cache"))
    assert {split: len(some) for split, some in rows.items()} == {"train": 8, "validation": 8}
    with pytest.raises(OutputError, match=r"locomotion_synth_sample already holds a sample. .* --overwrite"):
        fetch(output_dir="another", data=True)
    assert not Path("another").exists()


def test_the_command_says_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    main(["fetch"])
    assert 'AutoModel.from_pretrained("locomotion")' in capsys.readouterr().out
    with pytest.raises(SystemExit, match=r"OutputError: locomotion already holds a model"):
        main(["fetch"])
    with pytest.raises(SystemExit, match=r"in the cache the model is called 'locomotion'"):
        main(["fetch", "--to", "cache", "--output_dir", "here"])


REMOTE = """
import sys
sys.modules["locomotion_hf"] = None
from transformers import AutoModel, AutoProcessor
model = AutoModel.from_pretrained("locomotion", trust_remote_code=True)
processor = AutoProcessor.from_pretrained("locomotion", trust_remote_code=True)
print(type(model).__module__, tuple(model.get_text_features(**processor(text=["It rolls."])).pooler_output.shape))
"""


@pytest.mark.slow
def test_the_cache_serves_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = tmp_path / "cache"
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.chdir(tmp_path)
    place = fetch("cache")
    assert fetch("cache") == place
    assert names(cache) == {"models--locomotion"}
    (repository,) = scan_cache_dir(cache).repos
    assert (repository.repo_id, set(repository.refs)) == ("locomotion", {"main"})
    model = AutoModel.from_pretrained("locomotion", local_files_only=True)
    assert model.config._name_or_path == "locomotion"
    assert weights_revision(place) in (place / "README.md").read_text()

    # Elsewhere, without our package: the code comes from the cache as well.
    there = {
        **os.environ,
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_CACHE": str(cache),
        "HF_MODULES_CACHE": str(tmp_path / "code"),
    }
    run = subprocess.run([sys.executable, "-c", REMOTE], env=there, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("transformers_modules.")
    assert run.stdout.rstrip().endswith("(1, 128)")

    # A damaged copy is made whole; another model of that name is kept, and needs a word.
    (place / "model.safetensors").write_bytes(b"")
    assert weights_revision(fetch("cache")) in (place / "README.md").read_text()
    main_ref = cache / "models--locomotion" / "refs" / "main"
    main_ref.write_text("0" * 40)
    with pytest.raises(OutputError, match=r"another model called 'locomotion'.* --overwrite"):
        fetch("cache")
    assert main_ref.read_text() == "0" * 40
    fetch("cache", overwrite=True)
    assert main_ref.read_text() == place.name


def test_the_cache_of_data_is_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "datasets")
    monkeypatch.setattr(fetching, "NUM_EXAMPLES", 8)
    fetch("cache", data=True)
    assert len(list((tmp_path / "datasets").glob("locomotion_synth/**/*.arrow"))) == 2


def test_an_unknown_place() -> None:
    with pytest.raises(OutputError, match=r"to='hub'. Expected: folder or cache"):
        fetch("hub")  # type: ignore[arg-type]
