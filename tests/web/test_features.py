"""`/manage/features/` and a feature's page: its door is shown before it is changed, and tried without storing."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from annotation.ingest import store
from annotation.models import AuditEvent, Feature, Interaction, Item, Queue, User
from tests import cast, stock
from tests.ingest.sent import interaction
from tests.web import pages
from tests.web.pages import seen, words

LIST, PAGE = "/manage/features/", "/manage/features/email-drafts/"

AS_IT_IS = {
    "name": "email-drafts",
    "settle_hours": "24",
    "closure_days": "30",
    "eval_share": "0",
    "derive_edited_from": "0",
    "derive_abandoned_minutes": "",
    "retention_days": "",
    "audited_key": "",
}


@pytest.fixture
def client(admin: User) -> Client:
    return pages.sign_in(admin)


def send(client: Client, **sent: Any) -> Any:
    return client.post(PAGE, AS_IT_IS | sent)


def test_the_list_shows_each_door_at_a_glance(client: Client) -> None:
    cast.feature("support-chat", redaction=["email", "card"], retention_days=90, derive_abandoned_minutes=30)
    page = words(client.get(LIST))
    assert "email, card" in page
    assert "edited, abandoned" in page
    assert "90 days" in page
    assert "forever" in page


def test_a_feature_is_made_with_its_queue_and_its_page_opens(client: Client, admin: User) -> None:
    answer = client.post(LIST, {"slug": "support-chat", "name": "Support chat"})
    assert (answer.status_code, answer["Location"]) == (302, "/manage/features/support-chat/")
    assert "is made, with a queue" in pages.text(client.get(answer["Location"]))
    assert Queue.objects.filter(feature__slug="support-chat").exists()
    assert AuditEvent.objects.get(verb="feature.created", feature__slug="support-chat").user == admin


@pytest.mark.parametrize(
    ("slug", "said"),
    [("", "Give it a slug"), ("with space", "valid “slug”"), ("email-drafts", "There is a feature with")],
)
def test_a_slug_that_can_t_be_is_refused_and_kept(client: Client, slug: str, said: str) -> None:
    answer = client.post(LIST, {"slug": slug, "name": "A name"})
    assert answer.status_code == 422
    assert said in pages.text(answer)
    assert 'value="A name"' in pages.text(answer)
    assert Feature.objects.count() == 1


def test_what_a_change_brings_is_said_before_it_is_made(client: Client, feature: Feature, admin: User) -> None:
    changed = {"redaction": ["email", "card"], "retention_days": "90", "settle_hours": "2"}
    shown = send(client, **changed)
    said = words(shown)
    assert "What this changes" in said
    for line in ("nothing → card, email", "forever → 90", "24 → 2", "What is stored stays", "is deleted for good"):
        assert line in said
    feature.refresh_from_db()
    assert (feature.redaction, feature.retention_days) == ([], None)
    made = send(client, **changed, seen=seen(shown))
    assert (made.status_code, made["Location"]) == (302, PAGE)
    feature.refresh_from_db()
    assert (feature.redaction, feature.retention_days, feature.settle_hours) == (["card", "email"], 90, 2)
    event = AuditEvent.objects.get(verb="feature.changed")
    assert event.user == admin
    assert event.data["changed"] == {
        "redaction": [[], ["card", "email"]],
        "retention_days": [None, 90],
        "settle_hours": [24, 2],
    }


def test_what_was_changed_after_it_was_shown_is_shown_again_and_not_made(client: Client, feature: Feature) -> None:
    digest = seen(send(client, retention_days="90"))
    again = send(client, retention_days="9", seen=digest)
    assert "forever → 9" in words(again)
    feature.refresh_from_db()
    assert feature.retention_days is None


def test_what_another_admin_changed_meanwhile_is_shown_again(client: Client, feature: Feature) -> None:
    digest = seen(send(client, settle_hours="2"))
    Feature.objects.filter(pk=feature.pk).update(settle_hours=48)
    assert "48 → 2" in words(send(client, settle_hours="2", seen=digest))


def test_nothing_changed_is_said_and_leaves_no_event(client: Client) -> None:
    page = pages.text(client.post(PAGE, AS_IT_IS, follow=True))
    assert "it is so already" in page
    assert not AuditEvent.objects.filter(verb="feature.changed").exists()


def test_never_and_forever_are_empty_fields(client: Client, feature: Feature) -> None:
    wanted = {"derive_edited_from": "", "derive_abandoned_minutes": "30"}
    send(client, **wanted, seen=seen(send(client, **wanted)))
    feature.refresh_from_db()
    assert (feature.derive_edited_from, feature.derive_abandoned_minutes) == (None, 30)


def test_keeping_for_longer_is_said_to_delete_nothing(client: Client, feature: Feature) -> None:
    Feature.objects.filter(pk=feature.pk).update(retention_days=30)
    for longer in ("", "60"):
        assert "Nothing is deleted by this" in words(send(client, retention_days=longer))
    assert "is deleted for good" in words(send(client, retention_days="10"))


def test_the_share_for_evaluation_can_be_set_until_the_first_interaction(client: Client, feature: Feature) -> None:
    send(client, eval_share="0.2", seen=seen(send(client, eval_share="0.2")))
    feature.refresh_from_db()
    assert feature.eval_share == 0.2
    store.interactions(records=[(0, interaction())], now=cast.NOW)
    page = pages.text(client.get(PAGE))
    assert re.search(r'name="eval_share"[^>]*disabled', page)
    assert "Fixed: interactions were dealt by it" in page
    send(client, eval_share="0.5", settle_hours="3", seen=seen(send(client, eval_share="0.5", settle_hours="3")))
    feature.refresh_from_db()
    assert (feature.eval_share, feature.settle_hours) == (0.2, 3)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "Give it a name"),
        ({"settle_hours": "-1"}, "greater than or equal to 0"),
        ({"closure_days": "0"}, "greater than or equal to 1"),
        ({"eval_share": "1"}, "less than or equal to 0.999"),
        ({"derive_edited_from": "1.5"}, "less than or equal to 0.999"),
        ({"derive_abandoned_minutes": "0"}, "greater than or equal to 1"),
        ({"retention_days": "0"}, "greater than or equal to 1"),
        ({"redaction": ["telepathy"]}, "telepathy is not one of the available choices"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field_and_keeps_what_was_typed(
    client: Client, feature: Feature, wrong: dict[str, Any], said: str
) -> None:
    answer = send(client, **({"closure_days": "77"} | wrong))
    page = pages.text(answer)
    assert answer.status_code == 422
    assert said in page
    assert 'value="77"' in page or "closure_days" in wrong
    feature.refresh_from_db()
    assert (feature.closure_days, feature.redaction) == (30, [])


class TestTrying:
    TEXT = "Ann <ann@example.com>, card 4111 1111 1111 1111"

    def test_the_rules_that_are_chosen_are_tried_and_nothing_is_stored(self, client: Client, feature: Feature) -> None:
        answer = client.post(f"{PAGE}try/", AS_IT_IS | {"redaction": ["email"], "text": self.TEXT, "settle_hours": "9"})
        page = pages.text(answer)
        assert answer.status_code == 200
        assert re.search(r"Ann <\[email-[0-9a-f]{10}\]>, card 4111 1111 1111 1111</pre>", page)
        assert "1 email" in words(answer)
        assert 'value="9"' in page
        assert re.search(r'value="email"[^>]*checked', page)
        feature.refresh_from_db()
        assert (feature.redaction, feature.settle_hours) == ([], 24)
        assert not AuditEvent.objects.filter(verb="feature.changed").exists()

    def test_what_it_shows_is_what_the_door_would_store(self, client: Client, feature: Feature) -> None:
        page = pages.text(client.post(f"{PAGE}try/", AS_IT_IS | {"redaction": ["email"], "text": "ann@example.com"}))
        found = re.search(r"\[email-[0-9a-f]{10}\](?=</pre>)", page)
        Feature.objects.filter(pk=feature.pk).update(redaction=["email"])
        store.interactions(records=[(0, interaction(output="ann@example.com"))], now=cast.NOW)
        stored = feature.interaction_set.get().content.output
        assert found
        assert found[0] == stored

    def test_markup_in_the_text_stays_text(self, client: Client) -> None:
        answer = client.post(f"{PAGE}try/", AS_IT_IS | {"redaction": ["email"], "text": "<script>alert(1)</script>"})
        assert "<script>alert(1)" not in answer.content.decode()
        assert "Nothing was found by the rules chosen" in words(answer)

    def test_a_form_that_does_not_fit_elsewhere_can_be_tried_all_the_same(self, client: Client) -> None:
        answer = client.post(f"{PAGE}try/", {"redaction": ["card"], "text": self.TEXT})
        assert answer.status_code == 200
        assert "1 card" in words(answer)


def test_the_page_warns_of_what_is_not_redacted(client: Client) -> None:
    page = words(client.get(PAGE))
    assert "Names, postal addresses and all that only meaning tells are not found" in page
    assert "Ids (of interactions, conversations and signals) are kept as they are sent" in page


def test_only_admins_come_in(
    annotator: User, adjudicator: User, engineer: User, stranger: User, feature: Feature
) -> None:
    for other in (annotator, adjudicator, engineer, stranger):
        client = pages.sign_in(other)
        assert [client.get(address).status_code for address in (LIST, PAGE)] == [403, 403]
        assert send(client, retention_days="1", seen="x").status_code == 403
        assert client.post(LIST, {"slug": "mine"}).status_code == 403
        assert client.post(f"{PAGE}try/", {"text": "x"}).status_code == 403
    feature.refresh_from_db()
    assert feature.retention_days is None
    assert Feature.objects.count() == 1


def test_an_unknown_feature_is_not_found(client: Client) -> None:
    assert client.get("/manage/features/nowhere/").status_code == 404


def test_a_limit_of_days_says_beforehand_what_would_go(feature: Feature, client: Client) -> None:
    old = timezone.now() - timedelta(days=40)
    stock.items(feature, 3, now=old)
    Item.objects.all().delete()
    Interaction.objects.update(settle_at=None)
    assert "Older today: 3 interactions. Of these 3 go and 0 stay." in words(send(client, retention_days="30"))
    assert Interaction.objects.count() == 3
