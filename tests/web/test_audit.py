"""`/manage/audit/`: who did what to what, searched, page by page and as a file."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import ProgrammingError, connection

from annotation import access, audit
from annotation.audit import history
from annotation.models import AuditEvent, Feature, User
from annotation.queues import setup
from tests import cast
from tests.web import pages

pytestmark = pytest.mark.django_db(transaction=True)

AUDIT = "/manage/audit/"


@pytest.fixture(autouse=True)
def recorded(feature: Feature, admin: User) -> None:
    """What an admin, a machine and Flywheel itself did, a day apart."""
    actor = audit.Actor(user=admin)
    setup.change_feature(feature=feature, wanted={"settle_hours": 48}, actor=actor, now=cast.NOW)
    token, _secret = access.create_token(name="=night-run", scopes=["export"], actor=actor, now=_later(1))
    audit.record(actor=audit.Actor(token=token), verb="export.requested", target=("export", "exp_1"), now=_later(2))
    audit.record(actor=audit.FLYWHEEL, verb="recipe.fired", target=("recipe", 7), now=_later(3), data={"rows": 12})


def _later(days: int) -> Any:
    return cast.NOW + timedelta(days=days)


def _verbs(admin: User, **asked: str) -> list[str]:
    read = _file(admin, **asked)
    shown = pages.text(pages.sign_in(admin).get(AUDIT, asked))
    assert all(f"<code>{row['verb']}</code>" in shown for row in read)
    return [row["verb"] for row in read]


def _file(admin: User, **asked: str) -> list[dict[str, str]]:
    answer: Any = pages.sign_in(admin).get(f"{AUDIT}audit.csv", asked)
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))


def test_it_tells_what_was_changed_from_what_to_what(admin: User) -> None:
    shown = pages.text(pages.sign_in(admin).get(AUDIT, {"verb": "feature.changed"}))
    assert "<dt>settle_hours</dt><dd>24 → 48</dd>" in shown
    assert str(admin) in shown


def test_it_is_searched_by_who_what_and_when(admin: User, feature: Feature) -> None:
    assert _verbs(admin, who="flywheel")[0] == "recipe.fired"
    assert _verbs(admin, who="NIGHT-run") == ["export.requested"]
    assert _verbs(admin, verb="token") == ["token.created"]
    assert _verbs(admin, target="recipe 7") == _verbs(admin, target="7") == ["recipe.fired"]
    assert _verbs(admin, target="export") == ["export.requested"]
    assert "feature.changed" in _verbs(admin, feature=feature.slug)
    day = _later(2).date().isoformat()
    assert _verbs(admin, since=day, until=day) == ["export.requested"]
    assert "Nothing found" in pages.text(pages.sign_in(admin).get(AUDIT, {"who": "nobody at all"}))


def test_a_day_that_is_none_is_refused_in_words(admin: User) -> None:
    answer = pages.sign_in(admin).get(AUDIT, {"since": "yesterday"})
    assert answer.status_code == 422
    assert "since" in pages.text(answer)


def test_pages_and_the_file_hold_every_event_once(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(120):  # many at one time
        audit.record(actor=audit.FLYWHEEL, verb="recipe.fired", target=("recipe", number), now=_later(number // 50))
    monkeypatch.setattr(history, "CHUNK", 7)
    every = [str(pk) for pk in AuditEvent.objects.order_by("-at", "-pk").values_list("pk", flat=True)]
    assert [row["id"] for row in _file(admin)] == every
    client, url, seen = pages.sign_in(admin), "", 0
    while True:
        page = pages.text(client.get(f"{AUDIT}{url}"))
        seen += page.count("<time ")
        found = re.search(r'rel="next" href="([^"]+)"', page)
        if found is None:
            break
        url = unescape(found[1])
    assert seen == len(every)


def test_every_verb_that_was_recorded_is_offered_once(admin: User) -> None:
    recorded = {"feature.changed", "token.created", "export.requested", "recipe.fired"}
    assert recorded < set(history.verbs())
    assert history.verbs() == list(AuditEvent.objects.order_by("verb").values_list("verb", flat=True).distinct())
    shown = pages.text(pages.sign_in(admin).get(AUDIT))
    assert [shown.count(f"<option>{verb}</option>") for verb in recorded] == [1] * 4


def test_no_cell_of_the_file_is_a_formula(admin: User) -> None:
    [row] = _file(admin, who="night-run")
    assert row["who"] == "token “=night-run”"
    [made] = _file(admin, verb="token.created")
    assert made["data"].startswith("{")
    User.objects.filter(pk=admin.pk).update(name="=cmd()")
    assert {one["who"] for one in _file(admin, verb="token.created")} == {"'=cmd()"}


@pytest.mark.parametrize(
    "statement", ["UPDATE annotation_auditevent SET verb = 'x'", "DELETE FROM annotation_auditevent"]
)
def test_the_database_lets_nobody_rewrite_it(statement: str) -> None:
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), connection.cursor() as cursor:
        cursor.execute(statement)
