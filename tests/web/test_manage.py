"""`/manage/backlog/` and `/manage/tokens/`: what waits for people, and the keys of machines."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotation import jobs
from annotation.models import ApiToken, AuditEvent, Feature, Item, User, Worker
from annotation.queues import cohorts
from tests import cast, stock, worlds
from tests.cast import Machine
from tests.web import pages

BACKLOG, REACHED, TOKENS = "/manage/backlog/", "/manage/backlog/reached/", "/manage/tokens/"


def _seen(page: str) -> str:
    found = re.search(r'hx-get="([^"]+)"', page)
    assert found
    return found[1]


def test_the_main_figures_stand_as_text(feature: Feature, admin: User) -> None:
    oldest, *_ = stock.items(feature, 3, now=timezone.now() - timedelta(hours=5))
    done = stock.items(feature, 1, now=timezone.now() - timedelta(hours=3))[0]
    worlds.label(done, on=(timezone.now() - worlds.day(0)) / timedelta(days=1))
    page = " ".join(re.sub(r"<[^>]+>", "", pages.text(pages.sign_in(admin).get(BACKLOG))).split())
    assert "3 items are open." in page
    assert oldest.public_id in page
    assert "waits for 5 h." in page
    assert "In the last 28 days 4 came and 1 were resolved." in page
    assert "person1@example.com" in page


def test_each_queue_says_how_much_of_its_days_was_reached(feature: Feature, admin: User) -> None:
    now = timezone.now()
    items = stock.items(feature, 10, now=now - timedelta(days=9))
    Item.objects.filter(pk__in=[one.pk for one in items[:4]]).update(first_shown_at=now)
    cohorts.close_due(now=now)
    stock.items(feature, 2, now=now - timedelta(hours=1))
    page = " ".join(re.sub(r"<[^>]+>", " ", pages.text(pages.sign_in(admin).get(REACHED))).split())
    assert "On 1 day that is closed, 4 of 10 items were reached (40 %); 3 are the sample." in page
    assert "1 day is still open: 0 of 2 so far." in page
    assert f"{(now - timedelta(days=9)):%Y-%m-%d} 10 4 40 % 3 {items[3].key:.3g}" in page


def test_an_empty_backlog_says_so(feature: Feature, admin: User) -> None:
    page = pages.text(pages.sign_in(admin).get(BACKLOG))
    for said in ("Nothing is open.", "Nobody labeled in the last 28 days.", "nothing was resolved in 28 days."):
        assert said in page


def test_the_page_asks_for_its_figures_alone_and_gets_nothing_while_nothing_changed(
    feature: Feature, admin: User
) -> None:
    client = pages.sign_in(admin)
    address = _seen(pages.text(client.get(BACKLOG)))
    assert client.get(address, headers=pages.SCRIPT).status_code == 204
    worlds.item(feature)
    fresh = client.get(address, headers=pages.SCRIPT)
    page = pages.text(fresh)
    assert fresh.status_code == 200
    assert "<html" not in page
    assert "1</strong> item is open" in page
    assert client.get(_seen(page), headers=pages.SCRIPT).status_code == 204


def test_updates_can_be_paused(feature: Feature, admin: User) -> None:
    page = pages.text(pages.sign_in(admin).get(BACKLOG, {"paused": ""}))
    assert "Updates are paused." in page
    assert "hx-trigger" not in page


def test_without_a_worker_the_page_says_what_to_start(feature: Feature, admin: User) -> None:
    client = pages.sign_in(admin)
    assert "No worker is running." in pages.text(client.get(BACKLOG))
    assert "None has since" not in pages.text(client.get(BACKLOG))
    Worker.objects.create(name="w", started_at=timezone.now(), seen_at=timezone.now())
    assert "No worker is running." not in pages.text(client.get(BACKLOG))


def test_the_page_says_since_when_no_worker_lives_however_the_last_one_ended(feature: Feature, admin: User) -> None:
    client = pages.sign_in(admin)
    two = datetime(2026, 5, 5, 14, 2, tzinfo=UTC)
    jobs.report_worker("killed@here", now=two)
    assert "None has since 2026-05-05 14:02 UTC." in pages.text(client.get(BACKLOG))
    jobs.report_worker("stopped@here", now=timezone.now())
    assert "No worker is running." not in pages.text(client.get(BACKLOG))
    jobs.end_worker("stopped@here", now=timezone.now())
    assert "No worker is running." in pages.text(client.get(BACKLOG))


def test_only_admins_come_in(annotator: User, adjudicator: User, engineer: User, stranger: User) -> None:
    token, _ = cast.token("read")
    for other in (annotator, adjudicator, engineer, stranger):
        client = pages.sign_in(other)
        assert [client.get(address).status_code for address in (BACKLOG, TOKENS)] == [403, 403]
        assert client.post(TOKENS, {"name": "x", "scopes": ["read"]}).status_code == 403
        assert client.post(f"{TOKENS}{token.pk}/revoke/").status_code == 403
    token.refresh_from_db()
    assert token.revoked_at is None
    assert ApiToken.objects.count() == 1


def _make(admin: User, **sent: Any) -> Any:
    return pages.sign_in(admin).post(TOKENS, {"name": "mailer", "scopes": ["ingest", "read"]} | sent)


def test_a_new_token_s_secret_is_shown_once_and_works(feature: Feature, admin: User) -> None:
    page = pages.text(_make(admin, feature=feature.pk))
    secret = re.search(r'value="(fw_[^"]+)"', page)
    assert secret
    assert cast.Machine(secret[1]).get("/closure", feature=feature.slug).status_code == 200
    assert secret[1] not in pages.text(pages.sign_in(admin).get(TOKENS))
    token = ApiToken.objects.get()
    assert (token.scopes, token.feature, token.created_by, token.expires_at) == (
        ["ingest", "read"],
        feature,
        admin,
        None,
    )
    assert AuditEvent.objects.get(verb="token.created").user == admin


def test_the_last_day_is_a_whole_one(feature: Feature, admin: User) -> None:
    day = (timezone.now() + timedelta(days=3)).date()
    _make(admin, expires_on=day.isoformat())
    expires_at = ApiToken.objects.get().expires_at
    assert expires_at is not None
    assert (expires_at.date(), expires_at.hour) == (day + timedelta(days=1), 0)


def test_a_token_s_own_limit_is_set_and_shown(feature: Feature, admin: User) -> None:
    _make(admin)
    page = pages.text(_make(admin, requests_per_second="1234567"))
    assert "less than or equal to 1000000" in page
    page = pages.text(_make(admin, requests_per_second="12345"))
    assert set(ApiToken.objects.values_list("requests_per_second", flat=True)) == {None, 12345}
    assert '<td class="number">12,345</td>' in page
    assert '<td class="number">1,000</td>' in page


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "Give it a name"),
        ({"scopes": []}, "Choose at least one thing"),
        ({"scopes": ["everything"]}, "everything is not one of the available choices"),
        ({"expires_on": "2020-01-01"}, "That day is over"),
        ({"feature": "999999"}, "not one of the available choices"),
    ],
)
def test_a_form_that_does_not_fit_keeps_what_was_typed_and_says_why(
    feature: Feature, admin: User, wrong: dict[str, Any], said: str
) -> None:
    answer = _make(admin, **wrong)
    page = pages.text(answer)
    assert answer.status_code == 422
    assert said in page
    assert 'value="read" checked' in page or "scopes" in wrong
    assert not ApiToken.objects.exists()


def test_a_revoked_token_is_refused_from_then_on(feature: Feature, admin: User, machine: Machine) -> None:
    token = ApiToken.objects.get()
    client = pages.sign_in(admin)
    page = pages.text(client.post(f"{TOKENS}{token.pk}/revoke/", follow=True))
    assert "The token “machine” is revoked." in page
    assert machine.get("/closure", feature=feature.slug).status_code == 401
    first = ApiToken.objects.get().revoked_at
    client.post(f"{TOKENS}{token.pk}/revoke/")
    assert ApiToken.objects.get().revoked_at == first
    assert AuditEvent.objects.filter(verb="token.revoked").count() == 1
    assert client.post(f"{TOKENS}999999/revoke/").status_code == 404


def test_the_list_tells_tokens_apart_and_says_which_live(feature: Feature, admin: User) -> None:
    cast.token("read", expires_at=timezone.now() - timedelta(days=1))
    cast.token("read", of=feature)
    page = pages.text(pages.sign_in(admin).get(TOKENS))
    assert page.count(">expired<") == 1
    assert page.count(">alive<") == 1
    assert "every feature" in page


def _rotate(admin: User, token: ApiToken, seconds: int = 604800) -> str:
    answer = pages.sign_in(admin).post(f"{TOKENS}{token.pk}/rotate/", {"overlap": f"{seconds}"})
    found = re.search(r'value="(fw_[^"]+)"', pages.text(answer))
    assert found
    return found[1]


def _works(secret: str, feature: Feature) -> bool:
    return bool(Machine(secret).get("/closure", feature=feature.slug).status_code == 200)


def test_a_rotated_token_has_two_secrets_for_a_while_and_tells_which_is_used(feature: Feature, admin: User) -> None:
    token, old = cast.token("read")
    new = _rotate(admin, token)
    page = pages.words(pages.sign_in(admin).get(TOKENS))
    assert "formerly: never" in page
    assert (_works(old, feature), _works(new, feature)) == (True, True)
    token.refresh_from_db()
    assert token.last_used_at is not None
    assert token.former_last_used_at is not None
    assert "The former secret works until" in pages.words(pages.sign_in(admin).get(TOKENS))
    token.former_until = timezone.now() - timedelta(seconds=1)
    token.save()
    assert (_works(old, feature), _works(new, feature)) == (False, True)
    assert AuditEvent.objects.get(verb="token.rotated").user == admin


def test_the_former_secret_is_ended_by_a_click(feature: Feature, admin: User) -> None:
    token, old = cast.token("read")
    new = _rotate(admin, token)
    pages.sign_in(admin).post(f"{TOKENS}{token.pk}/end-former/")
    assert (_works(old, feature), _works(new, feature)) == (False, True)
    assert AuditEvent.objects.filter(verb="token.former_ended", user=admin).count() == 1


def test_without_an_overlap_or_rotated_again_what_was_before_ends_at_once(feature: Feature, admin: User) -> None:
    token, first = cast.token("read")
    second = _rotate(admin, token)
    third = _rotate(admin, token)
    assert [_works(one, feature) for one in (first, second, third)] == [False, True, True]
    fourth = _rotate(admin, token, 0)
    assert [_works(one, feature) for one in (second, third, fourth)] == [False, False, True]


def test_revoked_with_both_secrets_and_not_to_be_rotated_any_more(feature: Feature, admin: User) -> None:
    token, old = cast.token("read")
    new = _rotate(admin, token)
    client = pages.sign_in(admin)
    client.post(f"{TOKENS}{token.pk}/revoke/")
    assert (_works(old, feature), _works(new, feature)) == (False, False)
    answer = client.post(f"{TOKENS}{token.pk}/rotate/", {"overlap": "0"})
    assert (answer.status_code, "revoked or has expired" in pages.text(answer)) == (409, True)


def test_a_token_that_ends_soon_is_told_beforehand(feature: Feature, admin: User) -> None:
    cast.token("read", expires_at=timezone.now() + timedelta(days=15))
    client = pages.sign_in(admin)
    assert "expires within 14 days" not in pages.words(client.get(TOKENS))
    cast.token("read", expires_at=timezone.now() + timedelta(days=3, hours=1))
    assert "A token expires within 14 days" in pages.words(client.get(TOKENS))
    assert "machine: in 3 days" in pages.words(client.get(TOKENS))
