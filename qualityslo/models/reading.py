"""Chat completions become outcomes: the one place that decides how an answer ended (design 5.1)."""

from dataclasses import dataclass, field, replace

from qualityslo.domain.outcome import Ending, Failure, Outcome, Response, Timing, Usage
from qualityslo.models.untrusted import as_count, clean, excerpt
from qualityslo.models.visible import visible

_CUT_SHORT = frozenset({"length", "max_tokens"})
_FILTERED = frozenset({"content_filter"})
_STATUS_FIELDS = ("code", "status", "status_code", "http_status")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """How a completion arrived: for which item, at which try, with what HTTP status and timing.

    `secrets` are texts that no failure may show: servers are known to echo keys in their errors.
    """

    item_id: str
    status: int = 200
    attempts: int = 1
    timing: Timing = field(default_factory=Timing)
    secrets: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The parts of one message: content, reasoning kept apart by the server, refusal, tool calls."""

    content: str = ""
    reasoning: str = ""
    refusal: str = ""
    calls: tuple[str, ...] = ()

    @property
    def raw(self) -> str:
        """Everything the model wrote, as one text."""
        reasoning = f"<think>{self.reasoning}</think>\n" if self.reasoning else ""
        parts = (reasoning + self.content, self.refusal, *self.calls)
        return "\n".join(part for part in parts if part)


def read_completion(body: object, arrival: Arrival) -> Outcome:
    """Turn a chat completion, parsed from JSON, into an outcome; never raises.

    Args:
        body: the whole reply. An error object in it is an error whatever the status says.
        arrival: whose reply this is, and how it came.
    """
    error = reported_error(body)
    if error is not None or arrival.status >= 400:
        return read_error(body, arrival)
    choice = _first_choice(body)
    message = None if choice is None else _message(choice)
    if choice is None or message is None:
        return failure(arrival, "malformed", "the reply holds no choice with a message")
    assert isinstance(body, dict)
    return _respond(message, choice.get("finish_reason"), body, arrival)


def read_text(text: str, arrival: Arrival) -> Outcome:
    """Turn a bare text into an outcome, as if a chat completion had brought it."""
    return read_completion({"choices": [{"message": {"content": text}}]}, arrival)


def read_error(
    body: object, arrival: Arrival, *, nameless: str = "error_body", text: str = ""
) -> Failure:
    """Turn a reply that reports an error, by its status or in its body, into a failure.

    The code is `http_<status>`; where only the body reports the error, of the status it names,
    and `nameless` where it names none. `text` is what had come of an answer before.
    """
    error = reported_error(body)
    status = arrival.status if arrival.status >= 400 else error_status(error)
    code = nameless if status is None else f"http_{status}"
    found = failure(arrival, code, _error_text(body if error is None else error), text)
    return replace(found, ending=Ending.ERROR)


def reported_error(body: object) -> object | None:
    """Return the error that a reply reports in its body, or None."""
    if not isinstance(body, dict):
        return None
    if body.get("error"):
        found: object = body["error"]
        return found
    if body.get("object") == "error":
        return body
    choice = _first_choice(body)
    return (choice.get("error") or None) if choice is not None else None


def error_status(error: object) -> int | None:
    """Return the HTTP status that an error object names, or None."""
    if not isinstance(error, dict):
        return None
    for name in _STATUS_FIELDS:
        value = error.get(name)
        if isinstance(value, str) and len(value) == 3 and value.isascii() and value.isdigit():
            value = int(value)
        status = as_count(value)
        if status is not None and 400 <= status <= 599:
            return status
    return None


def failure(arrival: Arrival, code: str, detail: str = "", text: str = "") -> Failure:
    """Return a failure; one that keeps a part of the reply is incomplete, any other an error."""
    for secret in arrival.secrets:
        detail = detail.replace(secret, "***")
    return Failure(
        item_id=arrival.item_id,
        ending=Ending.INCOMPLETE if text else Ending.ERROR,
        code=code,
        detail=excerpt(detail),
        text=clean(text),
        attempts=arrival.attempts,
    )


def message_parts(message: dict[str, object]) -> Said:
    """Return the parts of a message, or of one piece of it in a stream."""
    content, reasoning, refusal = _content(message.get("content"))
    for name in ("reasoning_content", "reasoning"):
        value = message.get(name)
        if isinstance(value, str) and value:
            reasoning += value
            break  # some servers send the same text under both names
    said = message.get("refusal")
    return Said(
        content=content,
        reasoning=reasoning,
        refusal=refusal + (said if isinstance(said, str) else ""),
        calls=_calls(message),
    )


def usage_of(body: dict[str, object]) -> Usage:
    """Return the token counts a reply reports."""
    usage = body.get("usage")
    if not isinstance(usage, dict):
        return Usage()
    return Usage(
        prompt_tokens=as_count(usage.get("prompt_tokens")),
        completion_tokens=as_count(usage.get("completion_tokens")),
    )


def _respond(
    message: dict[str, object], finish: object, body: dict[str, object], arrival: Arrival
) -> Response:
    said = message_parts(message)
    shown = visible(said.content).text
    reason = clean(finish)[:100] if isinstance(finish, str) else None
    ending = _ending(said, shown, reason)
    if ending is Ending.REFUSAL:
        shown = shown or said.refusal.strip()
    elif ending is Ending.TOOL_CALL:
        shown = shown or "\n".join(said.calls)
    model, text, raw = body.get("model"), clean(shown), said.raw
    return Response(
        item_id=arrival.item_id,
        ending=ending,
        text=text,
        raw=text if raw == shown else clean(raw),
        timing=arrival.timing,
        usage=usage_of(body),
        served_model=clean(model)[:300] if isinstance(model, str) and model else None,
        finish_reason=reason,
        attempts=arrival.attempts,
    )


def _ending(said: Said, shown: str, finish: str | None) -> Ending:
    if finish in _FILTERED:
        return Ending.FILTERED
    if said.refusal.strip():
        return Ending.REFUSAL
    if finish in _CUT_SHORT:
        return Ending.TRUNCATED
    if said.calls:
        return Ending.TOOL_CALL
    return Ending.ANSWERED if shown else Ending.EMPTY


def _first_choice(body: object) -> dict[str, object] | None:
    choices = body.get("choices") if isinstance(body, dict) else None
    if isinstance(choices, list) and choices and isinstance(choices[0], dict):
        return choices[0]
    return None


def _message(choice: dict[str, object]) -> dict[str, object] | None:
    message = choice.get("message")
    if isinstance(message, dict):
        return message
    text = choice.get("text")  # the older completions protocol
    return {"content": text} if isinstance(text, str) else None


def _content(content: object) -> tuple[str, str, str]:
    """Return content, reasoning and refusal of a message's `content`: a text, null or parts."""
    if isinstance(content, str):
        return content, "", ""
    texts: list[str] = []
    reasoning: list[str] = []
    refusals: list[str] = []
    for part in content if isinstance(content, list) else ():
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, dict):
            kind = part.get("type")
            if kind == "refusal":
                refusals += _strings(part.get("refusal"))
            elif kind in ("thinking", "reasoning"):
                reasoning += _strings(part.get("thinking") or part.get("text"))
            else:
                texts += _strings(part.get("text"))
    return "".join(texts), "".join(reasoning), "".join(refusals)


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):  # a list of text parts inside a thinking part
        inner = (part.get("text") for part in value if isinstance(part, dict))
        return [text for text in inner if isinstance(text, str)]
    return []


def _calls(message: dict[str, object]) -> tuple[str, ...]:
    calls = message.get("tool_calls")
    found = (
        [one.get("function") for one in calls or () if isinstance(one, dict)]
        if isinstance(calls, list)
        else []
    )
    found.append(message.get("function_call"))  # the older protocol
    return tuple(
        f"{one.get('name') or ''}({one.get('arguments') or ''})"
        for one in found
        if isinstance(one, dict)
    )


def _error_text(error: object) -> str:
    if isinstance(error, dict):
        kind, message = error.get("type"), error.get("message") or error.get("detail")
        return ": ".join(str(part) for part in (kind, message) if part)
    return error if isinstance(error, str) else ""
