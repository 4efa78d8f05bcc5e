"""What a person is told where there is no page."""

from starlette.responses import Response

from qualityslo.errors import InfrastructureError
from qualityslo.web.ask import Ask
from qualityslo.web.pages.keep import keep


def unknown(ask: Ask) -> Response:
    """Return the page of an address that does not exist."""
    return ask.error(404, "There is nothing here", "This address does not exist.")


def signed_out(ask: Ask) -> Response:
    """Return the page of somebody who has not signed in, or not any more."""
    return ask.page("enter.html.j2", 401, token="", fault="You are not signed in.")


def forbidden(ask: Ask) -> Response:
    """Return the page of somebody without the role that is needed."""
    text = "You are signed in, but this page needs a role that you do not have. Ask an admin."
    return ask.error(403, "Not for you", text)


def not_a_form(ask: Ask, kind: str) -> Response:
    """Return the page of a request that no form of ours sends."""
    return ask.error(415, "Not a form of ours", f"The content type is {kind!r}.")


def not_ours(ask: Ask, path: str) -> Response:
    """Return the page of a form without the visitor's token, keeping what was typed."""
    fault = (
        "This form was made before you signed in, or somewhere else. Nothing was stored. "
        "Your answer is below: send it again if it is yours."
    )
    return _kept(ask, 403, "Send it again?", fault, path)


def broken(ask: Ask, path: str, error: InfrastructureError) -> Response:
    """Return the page of a store that does not answer, keeping what was typed."""
    fault = f"The store did not answer, so nothing was stored: {error} Try again in a moment."
    return _kept(ask, 503, "Not stored yet", fault, path)


def mistaken(ask: Ask, path: str) -> Response:
    """Return the page of a mistake of ours, keeping what was typed."""
    fault = "This is a mistake of ours; the server's log has it. Nothing of your answer is lost."
    return _kept(ask, 500, "Something went wrong here", fault, path)


def _kept(ask: Ask, status: int, title: str, fault: str, path: str) -> Response:
    kept = keep(ask, path, "Send it again") if ask.fields.values else None
    return ask.page("kept.html.j2", status, title=title, fault=fault, kept=kept)
