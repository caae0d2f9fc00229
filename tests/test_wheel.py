"""What is installed from the built wheel works outside of the clone."""

import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[1]
USE = """
import locomotion_hf, sys
from pathlib import Path
assert "site-packages" in locomotion_hf.__file__, locomotion_hf.__file__
from datasets import load_dataset
rows = load_dataset("locomotion_synth", split="train", num_examples=8, resolution=64)
from transformers import AutoModel, AutoConfig
model = AutoModel.from_config(AutoConfig.for_model("locomotion"))
from locomotion_hf.modeling import LocoMotionProcessor, LocoMotionVideoProcessor, build_tokenizer
processor = LocoMotionProcessor(LocoMotionVideoProcessor(), build_tokenizer())
inputs = processor(videos=[rows[0]["video"]], text=[rows[0]["caption"]])
print(rows[0]["caption"], tuple(model(**inputs).video_embeds.shape))
locomotion_hf.fetch()
AutoModel.from_pretrained("locomotion")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    clone = tmp_path_factory.mktemp("clone")  # building leaves files beside the sources
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, clone)
    shutil.copytree(ROOT / "src", clone / "src", ignore=shutil.ignore_patterns("*.egg-info", "__pycache__"))
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(out),
        str(clone),
    ]
    subprocess.run(command, check=True, capture_output=True)
    (found,) = out.glob("*.whl")
    return found


def test_it_carries_the_pack_and_no_more_than_8_mb(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        pack = [item for item in archive.infolist() if "/default_pack/" in item.filename]
    assert sum(item.file_size for item in pack) <= 8 * 2**20
    assert "locomotion_hf/assets/default_pack/ATTRIBUTION.md" in names
    for file in (
        "modeling/vocab.txt",
        "released/locomotion/model.safetensors",
        "released/locomotion/README.md",
        "dataset/gallery.html",
        "assets/diffusion/lvis_categories.txt",
    ):
        assert f"locomotion_hf/{file}" in names
    assert not [name for name in names if name.startswith(("tests", "scripts"))]


def test_it_works_outside_the_clone(wheel: Path, tmp_path: Path) -> None:
    # An environment that sees the libraries of this one, and of ours only what pip installed from the wheel.
    venv.create(tmp_path / "env", with_pip=False)
    python = tmp_path / "env" / "bin" / "python"
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "-q",
        "--no-deps",
        "--no-index",
        str(wheel),
    ]
    subprocess.run(install, check=True, capture_output=True)
    (site,) = (tmp_path / "env").glob("lib/python*/site-packages")
    (site / "libraries.pth").write_text(f"{Path(pytest.__file__).parents[1]}\n")
    told = subprocess.run([python.with_name("locomotion"), "--help"], capture_output=True, text=True, check=True)
    assert "locomotion preview" in told.stdout
    run = subprocess.run(
        [str(python), "-c", USE],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert " moves " in run.stdout
    assert run.stdout.rstrip().endswith(")")
