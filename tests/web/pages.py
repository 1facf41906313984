"""Open pages and send forms as a person with a browser would."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from uuid import uuid4

from django.http import HttpResponse
from django.test import Client

from annotation.ingest import gathering
from annotation.models import EvidenceDue, Feature, InteractionContent, Item, User
from tests import stock
from tests.cast import NOW

SCRIPT = {"HX-Request": "true"}
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def item(feature: Feature, *, kind: str = "accepted", **content: Any) -> Item:
    """An open item whose interaction has these texts (`input`, `output`, `final_text`, `metadata`)."""
    (made,) = stock.items(feature, 1, kind=kind)
    InteractionContent.objects.filter(pk=made.interaction_id).update(**content)
    EvidenceDue.objects.create(interaction_id=made.interaction_id, due_at=NOW)
    gathering.refresh(now=NOW)
    return made


def desk(feature: Feature, verb: str = "") -> str:
    """The address of the feature's default queue, or of one of its forms."""
    return f"/annotate/{feature.slug}.default/{verb}{'/' if verb else ''}"


def text(answer: Any) -> str:
    return unescape(answer.content.decode())


def form(answer: Any, **typed: str) -> dict[str, str]:
    """What the first form of a page sends, with what was typed or chosen."""
    return hidden(answer.content.decode(), 'id="label"') | typed


def undo_form(answer: Any) -> dict[str, str]:
    """What the page's undo sends: which label it takes back."""
    return hidden(answer.content.decode(), '/undo/"')


def hidden(page: str, mark: str) -> dict[str, str]:
    """The hidden fields of the first form with this mark."""
    start = page.index(mark)
    return {name: unescape(value) for name, value in HIDDEN.findall(page[start : page.index("</form>", start)])}


def take(client: Client, feature: Feature) -> Any:
    """Open the queue, which takes the next item."""
    answer = client.get(desk(feature))
    assert answer.status_code == 200
    return answer


def label(client: Client, feature: Feature, reason: str = "verified", **typed: str) -> HttpResponse:
    """Take the next item and label it, as a script sends it."""
    sent = form(take(client, feature), reason=reason, **typed)
    return client.post(desk(feature, "label"), sent, headers=SCRIPT)  # type: ignore[return-value]


def anew() -> str:
    return str(uuid4())


def seen(answer: Any) -> str:
    """Which changes a page of settings has shown: the form that makes them says so."""
    found = re.search(r'name="seen" value="(\w+)"', text(answer))
    assert found
    return found[1]


def words(answer: Any) -> str:
    """A page without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", text(answer)).split())
