"""Refusals and errors as pages: what happened, what to do, and what was typed.

A script that sent a form (`HX-Request`) gets a fragment for the page's place for troubles (`#trouble`), so that the
form stays as it is. Everybody else gets a page that shows what they had typed.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.errors import Refusal

# The fields in which people write; what stands in them is never thrown away.
TYPED = {
    "comment": gettext_lazy("Comment"),
    "correction": gettext_lazy("Corrected answer"),
    "quote": gettext_lazy("Quote"),
}


def refusal(request: HttpRequest, error: Refusal) -> HttpResponse:
    return _answer(request, status=error.status, title=_("That didn't work"), message=error.message)


def signed_out(request: HttpRequest) -> HttpResponse:
    message = _("You are signed out, so nothing was saved. What you typed is still here. Sign in, then send it again.")
    return _answer(request, status=401, title=_("You are signed out"), message=message, action="sign_in")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    message = _(
        "This form is out of date: you signed in or out in another window since it was opened, or cookies are off. "
        "Nothing was saved. Send it again; if that fails too, reload the page."
    )
    return _answer(request, status=403, title=_("This form is out of date"), message=message, action="again")


def _answer(request: HttpRequest, *, status: int, title: str, message: str, action: str = "") -> HttpResponse:
    context = {"status": status, "title": title, "message": message, "action": action, "typed": _typed(request)}
    context |= {"next_url": _page_above(request)}
    if request.headers.get("HX-Request"):
        response = render(request, "components/trouble.html", context, status=status)
        response["HX-Retarget"] = "#trouble"
        response["HX-Reswap"] = "innerHTML"
        return response
    return render(request, "error.html", context, status=status)


def _page_above(request: HttpRequest) -> str | None:
    """The page of a form: a form's address is one below it (`annotation.web.urls`)."""
    return request.path.rstrip("/").rpartition("/")[0] + "/" if request.method == "POST" else None


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    if request.method != "POST":
        return []
    return [(str(title), text) for name, title in TYPED.items() if (text := request.POST.get(name, "").strip())]
