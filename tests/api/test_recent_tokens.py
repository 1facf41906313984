"""Who sends often is let in by what was read of its token of late, and whatever is done to the token counts at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotation import access, audit
from annotation.access import recent, rotation
from annotation.ingest import store
from annotation.ingest.store import Batch
from annotation.models import ApiToken, Feature, Interaction
from tests import cast
from tests.cast import Machine
from tests.ingest.sent import interaction

Change = Callable[[ApiToken], object]


def updated(**values: object) -> Change:
    return lambda token: ApiToken.objects.filter(pk=token.pk).update(**values)


def revoked(token: ApiToken) -> None:
    access.revoke_token(token=token, actor=audit.FLYWHEEL, now=timezone.now())


def rotated(token: ApiToken) -> None:
    rotation.rotate(token=token, overlap=timedelta(0), actor=audit.FLYWHEEL, now=timezone.now())


def known(secret: str) -> Machine:
    """A sender whose token was read of late."""
    machine = Machine(secret)
    assert machine.post("/interactions", interaction("first")).status_code == 200
    return machine


def of_tokens(asked: CaptureQueriesContext) -> list[str]:
    return [one["sql"] for one in asked if "annotation_apitoken" in one["sql"]]


def test_a_known_token_is_asked_for_once_where_it_is_written(feature: Feature) -> None:
    machine = known(cast.token("ingest")[1])
    with CaptureQueriesContext(connection) as asked:
        assert machine.post("/interactions", interaction("second")).json()["accepted"] == 1
    assert len(of_tokens(asked)) == 1
    assert "t.id = ANY" in of_tokens(asked)[0]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (revoked, 401),
        (rotated, 401),
        (updated(expires_at=timezone.now()), 401),
        (ApiToken.delete, 401),
        (updated(scopes=["read"]), 403),
    ],
    ids=["revoked", "rotated", "expired", "deleted", "without the scope"],
)
@pytest.mark.parametrize("sent", [interaction("g2"), [interaction(f"g{n}") for n in range(50)], []])
def test_what_no_longer_lets_in_is_refused_at_once_and_leaves_nothing(
    feature: Feature, change: Change, status: int, sent: object
) -> None:
    token, secret = cast.token("ingest")
    machine = known(secret)
    change(token)
    assert [machine.post("/interactions", sent).status_code for _ in range(2)] == [status, status]
    assert set(Interaction.objects.values_list("external_id", flat=True)) == {"first"}


def test_what_it_is_bound_to_since_counts_at_once(feature: Feature) -> None:
    token, secret = cast.token("ingest")
    machine = known(secret)
    updated(feature=cast.feature("support-chat"))(token)
    told = machine.post("/interactions", interaction("second")).json()
    assert [one["code"] for one in told["refused"]] == ["forbidden_feature"]


def test_a_change_that_takes_nothing_away_costs_no_request(feature: Feature) -> None:
    token, secret = cast.token("ingest")
    machine = known(secret)
    updated(name="another")(token)
    assert machine.post("/interactions", interaction("second")).json()["accepted"] == 1
    with CaptureQueriesContext(connection) as asked:
        assert machine.post("/interactions", interaction("third")).json()["accepted"] == 1
        assert machine.post("/interactions", interaction("fourth")).json()["accepted"] == 1
    assert len(of_tokens(asked)) == 3  # read once more, and checked twice


def test_it_ends_with_its_time_without_being_asked_for(feature: Feature) -> None:
    now = timezone.now()
    _, secret = cast.token("ingest", expires_at=now + timedelta(seconds=20))
    token, former = cast.token("ingest")
    rotation.rotate(token=token, overlap=timedelta(seconds=20), actor=audit.FLYWHEEL, now=now)
    for one in (secret, former):
        assert recent.reading_of(secret=one, now=now) is not None
        assert recent.reading_of(secret=one, now=now + timedelta(seconds=19)) is not None
        assert recent.reading_of(secret=one, now=now + timedelta(seconds=20)) is None


def test_its_use_is_noted_once_a_minute_and_that_is_no_change(feature: Feature) -> None:
    now = timezone.now()
    token, secret = cast.token("ingest")
    for seconds, noted in ((0, 0), (59, 0), (61, 61)):
        found = recent.reading_of(secret=secret, now=now + timedelta(seconds=seconds))
        assert found is not None
        recent.checking([found])()
        token.refresh_from_db()
        assert token.last_used_at == now + timedelta(seconds=noted)


def test_a_use_that_was_noted_over_a_change_is_not_taken_for_it(feature: Feature) -> None:
    token, secret = cast.token("ingest")
    found = access.read(asked=access.secret_hash(secret), now=timezone.now())
    assert found is not None
    revoked(token)
    noted = access._noted(found, timezone.now())
    assert noted == found
    with pytest.raises(recent.Changed):
        recent.checking([noted])()


def test_a_changed_token_among_those_that_are_written_together_stops_them_all_before_anything_is(
    feature: Feature,
) -> None:
    (token, secret), (_, other) = cast.token("ingest"), cast.token("ingest")
    found = [recent.reading_of(secret=one, now=timezone.now()) for one in (secret, other)]
    updated(requests_per_second=F("id"))(token)
    with pytest.raises(recent.Changed):
        store.together(
            batches=[Batch([(0, interaction(f"g{n}"))], reading=one) for n, one in enumerate(found)], now=cast.NOW
        )
    assert not Interaction.objects.exists()


def test_few_are_kept(feature: Feature, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "KEPT", 3)
    recent._kept.clear()
    for _ in range(8):
        known(cast.token("ingest")[1])
        assert len(recent._kept) <= 3
