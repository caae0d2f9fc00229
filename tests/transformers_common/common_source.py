"""Where transformers' own common model tests come from: they are in its source distribution, not in its wheel.

The distribution of the installed version is downloaded by pip once, unpacked outside of the repository, and its file
`tests/test_modeling_common.py` is imported from there.
"""

import importlib
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from types import ModuleType

import transformers

#: The name under which the folder of tests is imported: "tests" might be anybody's.
PACKAGE = "transformers_source_tests"
#: What the tests import and the wheel does not require.
NEEDED_PACKAGE = "parameterized"
#: Modules that the tests import and the distribution leaves out. Their mixins bring tests of their own, of exporting
#: and of generating; empty ones stand in for them.
LEFT_OUT = {"exporters.test_export": "ExportTesterMixin", "generation.test_utils": "GenerationTesterMixin"}


class SourceNotAvailable(Exception):
    """pip could not get the source distribution: no network, most likely."""


def cache_folder() -> Path:
    """Outside of the repository; by version, so that an upgrade brings its own tests."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "locomotion_hf" / f"transformers-{transformers.__version__}-tests"


def pip(*arguments: str) -> None:
    """Run pip as a command of its own, as a person would."""
    run = subprocess.run([sys.executable, "-m", "pip", *arguments, "--quiet"], capture_output=True, text=True)
    if run.returncode:
        raise SourceNotAvailable(
            f"pip {arguments[0]} failed: {(run.stderr.strip() or 'no message').splitlines()[-1]}"
        )


def obtain(folder: Path) -> None:
    """Fill the folder, or find it filled; another process may do so at the same time."""
    if folder.exists():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        name = f"transformers=={transformers.__version__}"
        # With the setuptools that is here: metadata is all that is built, and only to learn the name.
        pip("download", "--no-deps", "--no-build-isolation", "--no-binary", "transformers", "--dest", scratch, name)
        pip("install", "--no-deps", "--target", f"{scratch}/unpacked/packages", NEEDED_PACKAGE)
        (archive,) = Path(scratch).glob("*.tar.gz")
        with tarfile.open(archive) as source:
            members = [member for member in source.getmembers() if "/tests/" in member.name]
            source.extractall(scratch, members, filter="data")
        (tests,) = Path(scratch).glob("transformers-*/tests")
        tests.rename(f"{scratch}/unpacked/tests")
        try:
            Path(f"{scratch}/unpacked").rename(folder)
        except OSError:  # the other process was quicker
            if not folder.exists():
                raise


def stand_in(name: str, **contents: object) -> ModuleType:
    """Put a module made here where an import looks first."""
    module = sys.modules[name] = ModuleType(name)
    module.__path__ = []
    vars(module).update(contents)
    return module


def import_common_tests() -> ModuleType:
    """transformers' `tests/test_modeling_common.py`.

    Raises:
        SourceNotAvailable: it could not be downloaded.
    """
    folder = cache_folder()
    obtain(folder)
    sys.path.append(str(folder / "packages"))
    stand_in(PACKAGE).__path__ = [str(folder / "tests")]
    for name, mixin in LEFT_OUT.items():
        stand_in(f"{PACKAGE}.{name.split('.')[0]}")
        stand_in(f"{PACKAGE}.{name}", **{mixin: type(mixin, (), {})})
    return importlib.import_module(f"{PACKAGE}.test_modeling_common")
