"""Refusals and errors as pages: what happened, what to do, and what was typed.

A script that sent a form (`HX-Request`) gets a fragment for the page's place for troubles (`#trouble`), so that the
form stays as it is. Everybody else gets a page that shows what they had typed. `X-Problem` says to scripts what a
person reads in words: the code of a refusal, or one of the constants below.
"""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.defaults import server_error
from redis.exceptions import ConnectionError as BrokerConnectionError
from redis.exceptions import TimeoutError as BrokerTimeoutError

from annotation.errors import Refusal

AWAY = (OperationalError, InterfaceError, BrokerConnectionError, BrokerTimeoutError)
"""PostgreSQL or Redis can't be reached, or ended what it was at: it passes, and sending again is right."""

RETRY_AFTER_SECONDS = 5

# What a script keeps to itself until it has passed; every other problem is a refusal, which won't.
SIGNED_OUT = "signed_out"
SOMEBODY_ELSE = "somebody_else"
STALE_FORM = "stale_form"
UNAVAILABLE = "unavailable"

# The fields in which people write; what stands in them is never thrown away.
TYPED = {
    "comment": gettext_lazy("Comment"),
    "correction": gettext_lazy("Corrected answer"),
    "quote": gettext_lazy("Quote"),
    "note": gettext_lazy("Note to the annotator"),
    "reply": gettext_lazy("Answer"),
}

_OPENED = {
    403: gettext_lazy("You may not open this page"),
    404: gettext_lazy("That isn't here"),
    410: gettext_lazy("That is gone"),
}
"""What stands above the words where somebody opened an address, by status."""


def refusal(request: HttpRequest, error: Refusal) -> HttpResponse:
    opened = _OPENED.get(error.status) if request.method in ("GET", "HEAD") else None
    title = str(opened or _("That didn't work"))
    return _answer(request, error.code, status=error.status, title=title, message=error.message)


def signed_out(request: HttpRequest) -> HttpResponse:
    message = _("Nothing was saved, and what you typed is still here. Sign in, then send it again.")
    title = _("You are signed out")
    return _answer(request, SIGNED_OUT, status=401, title=title, message=message, action="sign_in")


def somebody_else(request: HttpRequest) -> HttpResponse:
    """The page was opened by one person, and its browser has since been signed in as another."""
    message = _(
        "Somebody else has signed in in this browser since this page was opened, so nothing was saved. What you typed "
        "is still here. Sign in as yourself, then send it again."
    )
    title = _("You are not signed in any more")
    return _answer(request, SOMEBODY_ELSE, status=401, title=title, message=message, action="sign_in")


def wrong_method(request: HttpRequest, allowed: str) -> HttpResponse:
    message = _("This is where a form is sent to, and no page of its own. Go on from the page that has the form.")
    answer = _answer(request, "wrong_method", status=405, title=_("There is no page here"), message=message)
    answer["Allow"] = allowed
    return answer


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    message = _(
        "You signed in or out in another window since it was opened, or cookies are off. Nothing was saved. Send it "
        "again; if that fails too, reload the page."
    )
    title = _("This form is out of date")
    return _answer(request, STALE_FORM, status=403, title=title, message=message, action="again")


def broken(request: HttpRequest) -> HttpResponse:
    """Django's `handler500`: what nobody anticipated, in the middle of its handling, wherever it was raised."""
    return unavailable(request) if isinstance(sys.exception(), AWAY) else server_error(request)


def unavailable(request: HttpRequest) -> HttpResponse:
    message = _(
        "Flywheel can't reach its database or its broker just now, so nothing can be read or saved. Wait a little, "
        "then send it again or reload the page: what is sent twice is saved once. Tell an admin if it goes on."
    )
    title = _("Flywheel is not available")
    answer = _answer(request, UNAVAILABLE, status=503, title=title, message=message, action="again", is_bare=True)
    answer["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer


def _answer(
    request: HttpRequest,
    problem: str,
    *,
    status: int,
    title: str,
    message: str,
    action: str = "",
    is_bare: bool = False,
) -> HttpResponse:
    """`is_bare`: without the navigation and the notices, which read from the database."""
    context = {"status": status, "title": title, "message": message, "action": action, "typed": _typed(request)}
    context |= {"next_url": _page_above(request, status)}
    template = "components/trouble.html" if request.headers.get("HX-Request") else "error.html"
    response = HttpResponse(render_to_string(template, context, None if is_bare else request), status=status)
    response["X-Problem"] = problem
    if request.headers.get("HX-Request"):
        response["HX-Retarget"] = "#trouble"
        response["HX-Reswap"] = "innerHTML"
    return response


def _page_above(request: HttpRequest, status: int) -> str | None:
    """The page of a form: a form's address is one below it (`annotation.web.urls`), but for those of signing in, which
    are sent to their own. Of a page that can't be had now, its own."""
    if request.path.startswith("/accounts/") and status != 503:
        return None
    is_form = request.method == "POST" or status == 405
    if not is_form:
        return request.get_full_path() if status == 503 else None
    # With the filter in which the form was sent.
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    return request.path.rstrip("/").rpartition("/")[0] + "/" + query


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    if request.method != "POST":
        return []
    return [(str(title), text) for name, title in TYPED.items() if (text := request.POST.get(name, "").strip())]
