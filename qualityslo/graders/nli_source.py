"""Which entailment model, checked before anything is loaded: its revision, its labels, its code."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from qualityslo.errors import PluginError

_HUB_ID = re.compile(r"[\w.-]+(?:/[\w.-]+)?")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_SUPPORTED = ("entail", "support", "consistent", "faithful", "grounded")
_UNNAMED = {0: "LABEL_0", 1: "LABEL_1"}  # what transformers makes of a config without names


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Which model, and how it is loaded.

    `model` is a folder or the id of a model on the hub; `supported` names the label (or its
    index) that means "supported", "" where its own name says so; `max_tokens` of a pair, 0 for
    what the model says.
    """

    model: str
    revision: str = ""
    supported: str | int = ""
    device: str = "auto"
    precision: str = "auto"
    batch_size: int = 32
    max_tokens: int = 0
    trust_remote_code: bool = False

    @property
    def folder(self) -> Path | None:
        """The folder of a local model."""
        path = Path(self.model).expanduser()
        return path.resolve() if path.is_dir() else None

    def check(self) -> None:
        """Check what can be checked without loading the model.

        Raises:
            PluginError: a hub model has no pinned commit, a folder has a revision or no config,
                or no label of a local model means "supported".
        """
        if self.folder is not None:
            if self.revision:
                raise PluginError(
                    f"grader 'nli': model {self.model!r} is a folder and takes no revision (now"
                    f" {self.revision!r}); its identity is the digest of its files"
                )
            labels = _labels_in(self.folder, self.model)
            if not self.trust_remote_code:  # the model's own code knows its labels
                supported_index(labels, self)
        elif not (_HUB_ID.fullmatch(self.model) and _COMMIT.fullmatch(self.revision)):
            raise PluginError(
                f"grader 'nli': model {self.model!r} is no folder; for a model of the hub give its"
                f" id, and in `revision` (now {self.revision!r}) the 40 digits of a commit: a name"
                " can move to other weights and other code"
            )

    @property
    def identity(self) -> str:
        """`<name>@<commit, or 16 digits of the digest of its files>`, and whether its code runs."""
        folder = self.folder
        named = f"{self.model}@{self.revision}"
        if folder is not None:  # where it lies on this machine is not what it is
            named = f"{folder.name}@{_digest(folder)}"
        return f"{named}+remote_code" if self.trust_remote_code else named


def supported_index(labels: Mapping[int, str], source: Source) -> int:
    """Return the index of the label that means "supported".

    Published models disagree about the order, so that an index is never assumed: the name has to
    begin with entail, support, consistent, faithful or grounded, in any case; or the spec says.

    Raises:
        PluginError: there is no such label, or more than one.

    >>> supported_index({0: "CONTRADICTION", 1: "ENTAILMENT"}, Source(model="m"))
    1
    """
    wanted = source.supported
    found = [
        at
        for at, name in labels.items()
        if (name.casefold().startswith(_SUPPORTED) if wanted == "" else wanted in (at, name))
    ]
    if len(found) == 1:
        return found[0]
    raise PluginError(
        f"grader 'nli': model {source.model!r} has no single label for 'supported': its labels are"
        f" {dict(labels)!r}, and supported is {wanted!r}; read in its card which of them means that"
        " the premise supports the claim, and give `supported: <name or index>`"
    )


def _labels_in(folder: Path, model: str) -> dict[int, str]:
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        named = config.get("id2label") or _UNNAMED
        return {int(at): str(name) for at, name in named.items()}
    except (OSError, ValueError, AttributeError) as error:
        raise PluginError(
            f"grader 'nli': model {model!r} has no readable config.json ({error}): give the folder"
            " that save_pretrained wrote"
        ) from error


def _digest(folder: Path) -> str:
    """Return 16 digits of the SHA-256 over all files of a model: weights, vocabulary, code."""
    digest = hashlib.sha256()
    for file in sorted(one for one in folder.rglob("*") if one.is_file()):
        name = file.relative_to(folder)
        if any(part.startswith((".", "__pycache__")) for part in name.parts):
            continue
        digest.update(name.as_posix().encode())
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:16]
