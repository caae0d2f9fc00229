"""The house rules: which room may import which, and what may not be imported at all."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import locomotion_hf

SLOW = pytest.mark.slow
PACKAGE = Path(locomotion_hf.__file__).parent
BASE = {
    "files",
    "types",
    "facts",
    "errors",
    "intervals",
    "tables",
    "randomness",
    "video_io",
    "video_writing",
    "cards",
}
#: Room -> rooms it may import, beside the base files.
MAY_IMPORT = {
    "assets": set(),
    "motion": set(),
    "compositing": {"motion"},
    "captions": set(),  # a caption depends on facts, never on pixels
    "measuring": set(),
    "dataset": {"assets", "motion", "compositing", "captions", "measuring"},
    "corpora": {"assets"},
    "modeling": set(),
    "evaluation": {"corpora", "modeling"},  # never training
    "probing": {"captions", "motion", "dataset", "corpora", "evaluation"},
    "training": {"motion", "captions", "dataset", "corpora", "modeling", "evaluation"},
    "released": {"dataset", "modeling", "evaluation", "training"},
}
BEFORE_MODELING = ("assets", "motion", "compositing", "captions", "measuring", "dataset", "corpora")


def imports(file: Path, top_level_only: bool = False) -> set[str]:
    """Absolute dotted names of what a file imports."""
    tree = ast.parse(file.read_text())
    nodes = tree.body if top_level_only else list(ast.walk(tree))
    package = [PACKAGE.name, *file.relative_to(PACKAGE).parts[:-1]]
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            name = ".".join([*base, node.module or ""]).strip(".")
            found |= {f"{name}.{alias.name}" for alias in node.names}
    return found


def files(room: str) -> list[Path]:
    return sorted((PACKAGE / room).glob("**/*.py"))


def test_every_room_has_a_rule() -> None:
    rooms = {folder.name for folder in PACKAGE.iterdir() if (folder / "__init__.py").exists()}
    assert rooms == set(MAY_IMPORT)


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_rooms_import_only_what_stands_above_them(room: str) -> None:
    for file in files(room):
        ours = {name.split(".")[1] for name in imports(file) if name.startswith(f"{PACKAGE.name}.")}
        allowed = {room} | MAY_IMPORT[room] | (BASE if room != "modeling" else set())
        assert ours <= allowed, f"{file.name} imports {ours - allowed}"


@pytest.mark.parametrize("room", BEFORE_MODELING)
def test_no_torch_before_modeling(room: str) -> None:
    heavy = {"torch", "transformers", "accelerate", "peft", "diffusers"}
    for file in files(room):
        assert not {name.split(".")[0] for name in imports(file, top_level_only=True)} & heavy, file


def test_libraries_with_one_home() -> None:
    for file in PACKAGE.glob("**/*.py"):
        tops = {name.split(".")[0] for name in imports(file)}
        room = file.relative_to(PACKAGE).parts[0]
        assert "av" not in tops or room in ("video_io.py", "video_writing.py", "modeling"), file
        assert not tops & {"accelerate", "peft"} or room == "training", file


def test_measuring_knows_the_words_and_nothing_else() -> None:
    for file in files("measuring"):
        ours = {name.split(".")[1] for name in imports(file) if name.startswith(f"{PACKAGE.name}.")}
        assert ours <= {"measuring", "facts"}, file


def test_the_model_folder_is_an_island() -> None:
    for file in files("modeling"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level:
                assert node.level == 1, file
                assert "." not in (node.module or ""), file
    assert all(file.parent.name == "modeling" for file in files("modeling"))


@pytest.mark.parametrize(
    "lines",
    [
        "import locomotion_hf; from transformers import AutoConfig, AutoModel",
        pytest.param("from transformers import BertModel, AutoConfig, AutoModel; import locomotion_hf", marks=SLOW),
        pytest.param(
            "import locomotion_hf; from transformers import BertModel, AutoProcessor, AutoConfig, AutoModel",
            marks=SLOW,
        ),
    ],
)
def test_auto_classes_know_us_in_any_order(lines: str) -> None:
    code = f"""{lines}
config = AutoConfig.for_model("locomotion")
print(type(config).__name__, AutoModel._model_mapping[type(config)].__name__)
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split() == ["LocoMotionConfig", "LocoMotionModel"]


def test_readme_map_names_every_file() -> None:
    readme = (PACKAGE.parent.parent / "README.md").read_text()
    for file in PACKAGE.glob("**/*.py"):
        if file.name != "__init__.py":
            assert file.name in readme, f"{file.relative_to(PACKAGE)} is missing from the README's file map"


def test_public_names_exist() -> None:
    assert len(locomotion_hf.__all__) <= 20
    for name in locomotion_hf.__all__:
        assert getattr(locomotion_hf, name)


def test_the_reader_shares_no_table_with_the_writer() -> None:
    for file in files("captions/reading"):
        ours = {name for name in imports(file) if name.startswith(f"{PACKAGE.name}.captions.")}
        ours = {name.split(".")[2] for name in ours}
        assert ours <= {"reading", "lexicon"}, file
