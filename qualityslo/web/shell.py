"""What holds for every request and answer, whatever the address: hosts, origins, sizes, headers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

from qualityslo.web.site import Settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; connect-src 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # not "no-referrer": browsers would then hide the Origin of our own forms
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Shell:
    """Stands around the application; what it refuses never reaches a page."""

    def __init__(self, app: "ASGIApp", settings: Settings) -> None:
        """Guard an application by the settings of its site."""
        self._app = app
        self._settings = settings

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # there are no web sockets here
            await send({"type": "websocket.close", "code": 1008})
            return

        async def send_with_headers(message: "Message") -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        fault = refusal(scope["method"], Headers(scope=scope), self._settings)
        inner = self._app if fault is None else PlainTextResponse(fault[1], fault[0])
        await inner(scope, receive, send_with_headers)


def refusal(method: str, headers: Mapping[str, str], settings: Settings) -> tuple[int, str] | None:
    """Return status and reason where a request is refused, whatever it is for."""
    host = headers.get("host", "")
    if host.lower() not in settings.hosts:
        return 400, f"this server does not answer for the host {host[:100]!r}\n"
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > settings.body_limit:
        return 413, f"a form may have at most {settings.body_limit} bytes\n"
    if method not in SAFE_METHODS and not _is_ours(headers, settings):
        return 403, "this form was not sent by one of our own pages\n"
    return None


def _is_ours(headers: Mapping[str, str], settings: Settings) -> bool:
    """Return whether a browser says that one of our pages sent this; old ones say it by Referer."""
    origin = headers.get("origin")
    if origin is None:
        referer = urlsplit(headers.get("referer", ""))
        origin = f"{referer.scheme}://{referer.netloc}"
    return origin.lower() in settings.origins
