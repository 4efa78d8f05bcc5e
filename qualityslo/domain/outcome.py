"""What a model returned for one item: a response, or the typed reason why nothing usable came."""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias


class Ending(StrEnum):
    """How an answer ended: the closed set of design 5.1."""

    ANSWERED = "answered"
    EMPTY = "empty"
    REFUSAL = "refusal"
    FILTERED = "filtered"
    TRUNCATED = "truncated"
    TOOL_CALL = "tool_call"
    INCOMPLETE = "incomplete"
    ERROR = "error"

    @property
    def failed(self) -> bool:
        """Whether the model failed: it burns availability and is never graded."""
        return self in {Ending.INCOMPLETE, Ending.ERROR}


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Seconds of one request; what was not observed is None, never 0.

    `ttft_s` runs from sending to the first visible token, `inter_token_s` is the mean gap after
    it, `total_s` runs to the end of the reply.
    """

    ttft_s: float | None = None
    inter_token_s: float | None = None
    total_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens as counted by the server; None where it does not say."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A usable reply. `text` is what a person sees; `raw` is everything the model wrote."""

    item_id: str
    ending: Ending
    text: str
    raw: str = ""
    timing: Timing = field(default_factory=Timing)
    usage: Usage = field(default_factory=Usage)
    served_model: str | None = None
    finish_reason: str | None = None
    attempts: int = 1

    @property
    def answer_hash(self) -> str:
        """Identity of the visible text (sha256): label memory follows it."""
        return answer_hash(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why nothing usable came: `code` for counting (`timeout`, `http_500`), `detail` for people.

    `text` keeps what had arrived of an incomplete reply; it is never graded.
    """

    item_id: str
    ending: Ending
    code: str
    detail: str = ""
    text: str = ""
    attempts: int = 1


Outcome: TypeAlias = Response | Failure


def answer_hash(text: str) -> str:
    """Return the sha256 of a visible answer text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
