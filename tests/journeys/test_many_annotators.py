"""Many people label one queue at once, over HTTP, against a real server."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from annotation import access, audit
from annotation.models import ConsensusRevision, Item, Label, Lease, User
from tests import cast, stock
from tests.web_server import Visitor, WebServer, label_form

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 32
QUEUE = "/annotate/email-drafts.default/"


@pytest.mark.parametrize("number", [600, pytest.param(2000, marks=pytest.mark.long)])
def test_32_people_label_all_items_and_each_item_goes_to_one_of_them(number: int, tmp_path: Path) -> None:
    feature = cast.feature()
    stock.items(feature, number)
    users = [User.objects.create_user(email=f"person{one}@example.com") for one in range(PEOPLE)]
    for user in users:
        access.give(user=user, roles=[access.ANNOTATOR], features=[feature], actor=audit.FLYWHEEL, now=cast.NOW)
    with WebServer(tmp_path) as server:
        worked = stock.together(PEOPLE, lambda user: _label_until_nothing_is_left(server, user), users)
    shown = Counter(item for items, _ in worked for item in items)
    saved = [item for _, items in worked for item in items]
    assert max(shown.values()) == 1, "an item was shown to two people"
    assert len(shown) == len(saved) == len(set(saved)) == number
    assert set(Label.objects.values_list("item__public_id", flat=True)) == set(saved)
    assert Label.objects.count() == ConsensusRevision.objects.count() == number
    assert not Item.objects.exclude(status="resolved", taken__len=1).exists()
    assert not Lease.objects.exists()


def _label_until_nothing_is_left(server: WebServer, user: User) -> tuple[list[str], list[str]]:
    """The items that were shown to this person, and those whose label was answered with success."""
    visitor = Visitor(server, user)
    shown: list[str] = []
    saved: list[str] = []
    page = visitor.get(QUEUE)
    while form := label_form(page.text):
        shown.append(form["item"])
        page = visitor.post(f"{QUEUE}label/", form | {"reason": "verified"})
        assert page.status == 200, page.text
        saved.append(form["item"])
    return shown, saved
