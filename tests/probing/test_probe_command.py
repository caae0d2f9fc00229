"""`locomotion probe` on a real model that was saved to disk."""

import json

import pytest
import torch

from locomotion_hf.cli import main
from locomotion_hf.modeling import (
    LocoMotionConfig,
    LocoMotionForPreTraining,
    LocoMotionProcessor,
    LocoMotionVideoProcessor,
    build_tokenizer,
)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A tiny model of 32 pixels with random weights, as training would write it."""
    folder, tokenizer = tmp_path_factory.mktemp("models") / "tiny", build_tokenizer()
    torch.manual_seed(0)
    small = {"hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 32, "num_hidden_layers": 1}
    config = LocoMotionConfig(
        video_config={"model_type": "locomotion_video", **small, "image_size": 32},
        text_config={"model_type": "bert", **small, "vocab_size": len(tokenizer)},
        cross_modal_config={"model_type": "bert", **small, "vocab_size": len(tokenizer)},
        projection_dim=8,
    )
    LocoMotionForPreTraining(config).save_pretrained(folder)
    processor = LocoMotionProcessor(LocoMotionVideoProcessor(size={"height": 32, "width": 32}), tokenizer)
    processor.save_pretrained(folder)
    return folder


def test_two_models_a_file_and_a_picture(saved, tmp_path, capsys):
    file, picture = tmp_path / "probes.json", tmp_path / "probes.png"
    arguments = ["--num_examples", "16", "--vocabulary", "linear", "--device", "cpu"]
    main(["probe", f"one={saved}", f"two={saved}", *arguments, "--json", str(file), "--plot", str(picture)])
    said = capsys.readouterr().out
    assert "one, VTC: 16 clips of 16 frames, probes-1, fingerprint 7dea9433db70" in said
    assert said.count("reversed: is fooled") == 3
    assert said.endswith(f"Wrote {file}\nWrote {picture}\n")
    assert picture.read_bytes().startswith(b"\x89PNG")
    written = json.loads(file.read_text())
    assert written["probes"] == "probes-1"
    one, two = written["results"]["one"], written["results"]["two"]
    assert one["findings"] == two["findings"]
    assert one["stamp"]["seeds"] == {"clips": 3, "bootstrap": 0}
    assert one["stamp"]["resolution"] == [32, 32]
    assert len(one["stamp"]["weights"]) == 64
    assert str(saved.parent) not in file.read_text()


def test_by_the_second_look(saved, capsys):
    main(["probe", str(saved), "--num_examples", "16", "--vocabulary", "linear", "--scoring", "vtm"])
    said = capsys.readouterr().out
    assert said.startswith("tiny, VTM: 16 clips")
    assert "among all" not in said


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["{saved}", "{saved}"],
            r"2 models are called tiny, tiny\. Expected: a name for each\. To fix it: write name=",
        ),
        (["{saved}", "--num_examples", "12"], r"num_examples=12.*multiple of 8.*pass for example 16"),
        (["{saved}", "--data", "nowhere"], r"there is no corpus 'nowhere'"),
        (["{saved}", "--plot", "probes.gif"], r"probes.gif as a plot.*\.png, \.svg"),
        (["nothing/there"], r"cannot be opened as a model"),
    ],
)
def test_what_a_user_can_mend_is_said(saved, arguments, told):
    with pytest.raises(SystemExit, match=told):
        main(["probe", *(one.format(saved=saved) for one in arguments)])


def test_help_teaches(capsys):
    with pytest.raises(SystemExit):
        main(["probe", "--help"])
    said = capsys.readouterr().out
    assert "locomotion probe openai/clip-vit-base-patch32" in said
    assert "Chance is 25 % each" in said
