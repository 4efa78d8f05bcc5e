"""The application: the table of addresses, with the guards that stand before each."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from qualityslo.errors import InfrastructureError, LabelError
from qualityslo.web.access import visitor
from qualityslo.web.ask import Ask
from qualityslo.web.fields import Fields
from qualityslo.web.pages import errors
from qualityslo.web.routes import ROUTES, Route
from qualityslo.web.shell import SAFE_METHODS, Shell
from qualityslo.web.site import Site

if TYPE_CHECKING:
    from fastapi import FastAPI

_LOG = logging.getLogger(__name__)
FORM_TYPE = "application/x-www-form-urlencoded"


def make_app(site: Site) -> "FastAPI":
    """Return the application of a site; every address comes from `routes.ROUTES`."""
    from fastapi import FastAPI

    app = FastAPI(title="qualityslo", docs_url=None, redoc_url=None, openapi_url=None)
    for route in ROUTES:
        app.add_route(route.path, _endpoint(site, route), methods=[route.method])
    nowhere = _endpoint(site, None)

    async def missing(request: Request, _: Exception) -> Response:
        return await nowhere(request)

    app.add_exception_handler(404, missing)
    app.add_exception_handler(405, missing)
    app.add_middleware(Shell, settings=site.settings)
    return app


def _endpoint(site: Site, route: Route | None) -> Callable[[Request], Awaitable[Response]]:
    """Return what answers at an address, or where there is none."""

    async def endpoint(request: Request) -> Response:
        address = "" if request.client is None else request.client.host
        try:
            body = await _body(request, site.settings.body_limit)
        except LabelError as error:
            return PlainTextResponse(f"{error}\n", 413)
        work = partial(_answer, site, route, request, address, body)
        try:
            return await run_in_threadpool(work)
        except InfrastructureError as error:
            text = f"The store did not answer: {error}\nNothing was stored. Reload to try again.\n"
            return PlainTextResponse(text, 503)

    return endpoint


async def _body(request: Request, limit: int) -> bytes:
    """Return the body of a form.

    Raises:
        LabelError: it is longer than its length said, and than any form of ours.
    """
    body = b""
    if request.method in SAFE_METHODS:
        return body
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise LabelError(f"a form may have at most {limit} bytes")
    return body


def _answer(
    site: Site, route: Route | None, request: Request, address: str, body: bytes
) -> Response:
    """Guard a page, ask it, and remember the visit."""
    who = visitor(site, request.cookies, request.headers, address)
    ask = Ask(site=site, visitor=who, path=request.path_params)
    try:
        query = Fields.parse(request.url.query)
        form = Fields.parse(body.decode("utf-8", "replace"))
    except LabelError as error:
        return ask.error(400, "Not a form of ours", str(error))
    response = _guarded(replace(ask, query=query, fields=form), route, request)
    if who.is_new and response.media_type == "text/html":
        response.set_cookie(
            site.settings.visit_cookie,
            who.secret,
            httponly=True,
            samesite="lax",
            secure=site.settings.https,
        )
    return response


def _guarded(ask: Ask, route: Route | None, request: Request) -> Response:
    """Return a page, or why this person does not get it."""
    if route is None:
        return errors.unknown(ask)
    refused = _refused(ask, route, request)
    if refused is not None:
        return refused
    try:
        return route.page(ask)
    except InfrastructureError as error:
        return errors.broken(ask, request.url.path, error)
    except Exception:  # noqa: BLE001 - a mistake of ours must not lose what somebody typed
        _LOG.exception("%s %r failed", request.method, request.url.path)
        return errors.mistaken(ask, request.url.path)


def _refused(ask: Ask, route: Route, request: Request) -> Response | None:
    """Return why a person may not use an address, or why a form is not one of ours."""
    if not route.access.admits(ask.visitor.person):
        return errors.forbidden(ask) if ask.visitor.person else errors.signed_out(ask)
    if request.method in SAFE_METHODS:
        return None
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM_TYPE:
        return errors.not_a_form(ask, kind)
    if not ask.visitor.owns(ask.fields.one("csrf")):
        return errors.not_ours(ask, request.url.path)
    return None
