"""Coming in and going out."""

from starlette.responses import Response

from qualityslo.web.access import TOKEN_LIMIT, Access
from qualityslo.web.ask import Ask, go

_HOMES = (
    (Access.REVIEW, "/review"),
    (Access.READ, "/queue"),
)


def home(ask: Ask) -> Response:
    """Send people to where their work is."""
    return next(go(path) for access, path in _HOMES if access.admits(ask.person))


def show(ask: Ask) -> Response:
    """Ask for the one-time token; the printed link brings it along.

    A link alone signs nobody in: programs that follow links would use up the token.
    """
    return ask.page("enter.html.j2", token=ask.query.one("token")[:TOKEN_LIMIT], fault="")


def enter(ask: Ask) -> Response:
    """Exchange the token for a session of a new name."""
    token = ask.fields.one("token").strip()[:TOKEN_LIMIT]
    session = ask.site.people.enter(token) if token else None
    if session is None:
        fault = (
            "This token is unknown, used or too old. A new start of the server prints a new one."
        )
        return ask.page("enter.html.j2", 403, token="", fault=fault)
    settings = ask.site.settings
    response = go("/")
    response.set_cookie(
        settings.cookie, session, httponly=True, samesite="lax", secure=settings.https
    )
    return response


def leave(ask: Ask) -> Response:
    """End the session."""
    ask.site.people.leave(ask.visitor.session)
    response = go("/enter")
    response.delete_cookie(ask.site.settings.cookie)
    return response
