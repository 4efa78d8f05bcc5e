"""Finding the file of a local model."""

from pathlib import Path

import pytest

from qualityslo.errors import PluginError
from qualityslo.models.gguf_file import read_model_path
from qualityslo.models.parameters import Parameters


def _read(**given: object) -> Path:
    read = Parameters("a_model", given)
    path = read_model_path(read)
    read.finish()
    return path


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put an importable package with one model file on the path; return its folder."""
    folder = tmp_path / f"package_{tmp_path.name}"
    (folder / "weights").mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "weights" / "small.gguf").write_bytes(b"GGUF and more")
    monkeypatch.syspath_prepend(tmp_path)
    return folder


def test_a_path_is_taken_as_it_is(package: Path) -> None:
    path = package / "weights" / "small.gguf"
    assert _read(path=str(path)) == path


def test_the_one_model_file_of_a_package_is_found(package: Path) -> None:
    assert _read(package=package.name) == package / "weights" / "small.gguf"


def test_the_file_of_an_installed_distribution_is_found(tmp_path: Path, package: Path) -> None:
    info = tmp_path / "my_weights-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-weights\nVersion: 1.0\n")
    (info / "RECORD").write_text(f"{package.name}/weights/small.gguf,,\ngone.gguf,,\n")
    assert _read(package="my-weights") == package / "weights" / "small.gguf"


def test_a_pattern_chooses_among_several(package: Path) -> None:
    (package / "large.gguf").write_bytes(b"GGUF")
    assert _read(package=f"{package.name}:l*.gguf") == package / "large.gguf"
    with pytest.raises(PluginError, match=r"holds 2 files .*: large\.gguf, small\.gguf; add"):
        _read(package=package.name)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param({}, "exactly one of the two", id="neither"),
        pytest.param({"path": "x", "package": "y"}, "exactly one of the two", id="both"),
        pytest.param({"path": "no.gguf"}, "'no.gguf': cannot be read: No such file", id="absent"),
        pytest.param({"path": __file__}, "is not a GGUF file", id="another file"),
        pytest.param({"package": "no-such"}, "is not installed: pip install no-such", id="none"),
        pytest.param({"package": "json"}, r"holds no file that matches \*.gguf", id="no file"),
    ],
)
def test_what_cannot_be_found(given: dict[str, object], message: str) -> None:
    with pytest.raises(PluginError, match=message):
        _read(**given)
