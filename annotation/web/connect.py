"""`/insights/connect/`: how to send, with one's own address and token, and whether the first record has arrived."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from annotation import access
from annotation.access import ADMIN, ENGINEER, Person
from annotation.ingest import arrivals
from annotation.ingest.arrivals import Heard
from annotation.lib import rfc3339
from annotation.models import Feature
from annotation.web import chosen
from annotation.web.roles import needs


@dataclass(frozen=True, kw_only=True)
class Example:
    """`name` is that of its template, `insights/send/<name>.txt`; `hint` says where its text goes."""

    name: str
    title: str | Promise
    hint: str | Promise
    text: str = ""


EXAMPLES = (
    Example(name="curl", title="curl", hint=_("Paste it into a shell.")),
    Example(
        name="python",
        title="Python",
        hint=_("Nothing to install: the standard library is enough. Save it as send.py and run: python3 send.py"),
    ),
    Example(
        name="javascript",
        title="JavaScript",
        hint=_(
            "For a server, never for a browser: whoever holds the token can send. "
            "Save it as send.mjs and run: node send.mjs"
        ),
    ),
    Example(
        name="opentelemetry",
        title="OpenTelemetry",
        hint=_("For a product that is instrumented already: set these where it runs, and change no code."),
    ),
)


@require_safe
@needs(ENGINEER)
def connect(request: HttpRequest, person: Person) -> HttpResponse:
    """The page. Asked by itself (`?since=`), its first part alone, and nothing where no more was heard (`?heard=`)."""
    feature = chosen.feature(request, person)
    if feature is None:
        return render(request, "insights/connect_first.html", _first(request, person))
    since = _since(request) or timezone.now()
    heard = arrivals.heard(feature=feature, since=since)
    if not request.headers.get("HX-Request"):
        page = _page(request, person, feature)
        return render(request, "insights/connect.html", page | _news(feature, heard, since=since))
    if request.GET.get("heard") == heard:
        return HttpResponse(status=204)
    return render(request, "insights/connect.html#arrivals", _news(feature, heard, since=since))


@require_POST
@needs(ENGINEER)
def make_token(request: HttpRequest, person: Person) -> HttpResponse:
    """The page again, with a new token filled in. It stands in this answer, and nowhere else."""
    feature = chosen.feature(request, person)
    if feature is None:
        raise Http404
    now = timezone.now()
    _token, secret = access.create_sender_token(person=person, feature=feature, now=now)
    page = _page(request, person, feature, secret=secret)
    return render(request, "insights/connect.html", page | _news(feature, Heard.NOTHING, since=now))


def _first(request: HttpRequest, person: Person) -> dict[str, Any]:
    """What comes before sending: a feature."""
    text = render_to_string("insights/send/feature.txt", {"url": _url(request)}).strip()
    return {"text": text, "is_admin": person.has(ADMIN)}


def _page(request: HttpRequest, person: Person, feature: Feature, *, secret: str = "") -> dict[str, Any]:
    values = {"url": _url(request), "feature": feature, "secret": secret}
    return values | {"features": person.features, "examples": [_filled(one, values) for one in EXAMPLES]}


def _filled(example: Example, values: dict[str, Any]) -> Example:
    return replace(example, text=render_to_string(f"insights/send/{example.name}.txt", values).strip())


def _news(feature: Feature, heard: Heard, *, since: datetime) -> dict[str, Any]:
    """What has arrived, and what was heard since the page was opened."""
    return {
        "feature": feature,
        "since": since.isoformat(),
        "heard": heard,
        "arrivals": arrivals.summary(feature=feature, now=timezone.now()),
    }


def _since(request: HttpRequest) -> datetime | None:
    """When the page was opened, as the page itself says; None where it doesn't, or not in words of its own."""
    try:
        return rfc3339.parse(request.GET.get("since"))
    except rfc3339.InvalidTimeError:
        return None


def _url(request: HttpRequest) -> str:
    """Scheme and host as the reader reached them."""
    return request.build_absolute_uri("/").rstrip("/")
