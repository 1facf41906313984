"""The pages of triggers: tried on the past, kept, watched, switched and told."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from annotation.models import AuditEvent, Delivery, Feature, Trigger, User, Webhook
from annotation.webhooks import endpoint
from tests.recipes import world as recipes
from tests.triggers import world
from tests.web import pages

pytestmark = pytest.mark.django_db(transaction=True)

NEW = "/datasets/triggers/new/"


@pytest.fixture(autouse=True)
def networks(settings: LazySettings) -> None:
    settings.WEBHOOK_NETWORKS = (ipaddress.ip_network("127.0.0.0/8"),)


@pytest.fixture
def eva(engineer: User) -> Client:
    return pages.sign_in(engineer)


def sent(**changes: Any) -> dict[str, Any]:
    """What a browser sends of the form for a count."""
    values = {
        "feature": "email-drafts",
        "name": "three-verified",
        "at_least": "3",
        "reasons": ["verified"],
        "recipe": "",
        "webhook": "https://hooks.example.com/x",
        "cooldown_hours": "24",
        "days": "30",
    }
    return values | changes


def test_a_trigger_is_tried_kept_and_switched(eva: Client, feature: Feature) -> None:
    recipe = recipes.recipe(feature)
    assert "No trigger yet" in pages.text(eva.get("/datasets/triggers/"))
    world.decide(feature, 5, now=timezone.now() - 3.5 * world.DAY)
    tried = eva.post(NEW, sent(name="", webhook="", **{"try": "1"}))
    assert tried.status_code == 200
    assert "In the past 30 days it would have fired once" in pages.words(tried)
    assert "5 new since it last fired, of 3." in pages.words(tried)
    assert not Trigger.objects.exists()

    made = eva.post(NEW, sent(recipe=str(recipe.pk)))
    trigger = Trigger.objects.get()
    secret = endpoint.secret(Webhook.objects.get())
    assert (made.status_code, secret in pages.text(made)) == (200, True)
    page = pages.words(eva.get(f"/datasets/triggers/{trigger.pk}/?days=7"))
    assert secret not in page
    assert "3 new items decided as verified: run nightly and tell an address." in page
    assert "In the past 7 days it would have fired once" in page
    assert "Never so far." in page
    listed = pages.words(eva.get("/datasets/triggers/"))
    assert "3 new items decided as verified" in listed
    assert "never fired" in listed
    assert "three-verified" in pages.text(eva.get(f"/datasets/recipes/{recipe.pk}/"))

    for verb, is_on in (("off", False), ("on", True), ("on", True)):
        assert eva.post(f"/datasets/triggers/{trigger.pk}/{verb}/").status_code == 302
        assert Trigger.objects.get().is_enabled == is_on
    assert list(AuditEvent.objects.filter(target_type="trigger").order_by("pk").values_list("verb", flat=True)) == [
        "trigger.created", "trigger.switched_off", "trigger.switched_on",
    ]  # fmt: skip


def test_shares_and_verdicts_are_written_too_and_what_is_wrong_stands_at_its_field(
    eva: Client, feature: Feature
) -> None:
    share = {"signal_kind": "abandoned", "reasons": ["gave_up"], "period": "7", "points": "5", "name": "gave-up"}
    assert eva.post(f"{NEW}?watch=share", sent(**share)).status_code == 200
    verdict = {"signal_kind": "accepted", "verdicts": ["valid"], "name": "valid"}
    assert eva.post(f"{NEW}?watch=verdict", sent(**verdict)).status_code == 200
    conditions = [one.condition for one in Trigger.objects.order_by("pk")]
    assert conditions == [world.share().model_dump(), world.verdict("valid").model_dump()]
    page = pages.words(eva.get(f"/datasets/triggers/{Trigger.objects.get(name='gave-up').pk}/"))
    assert "No day of this signal has closed yet" in page
    assert "Fisher's exact test" in page
    refused = {
        "count": (sent(name="Three!"), "small letters, digits and hyphens"),
        "share": (sent(**share | {"reasons": ["verified"], "name": "b"}), "has the reason verified"),
        "verdict": (sent(**verdict | {"signal_kind": "no_signal", "name": "c"}), "claim nothing"),
    }
    for watch, (values, words) in refused.items():
        answer = eva.post(f"{NEW}?watch={watch}", values)
        assert (answer.status_code, words in pages.text(answer)) == (422, True)
    for values, words in (
        (sent(webhook="https://10.0.0.1/", name="d"), "leads into a network that is not public"),
        (sent(webhook="", name="d"), "would start nothing"),
        (sent(**{"at_least": "0", "try": "1"}), "greater than or equal to 1"),
    ):
        answer = eva.post(NEW, values)
        assert (answer.status_code, words in pages.text(answer)) == (422, True)
    assert eva.get(f"{NEW}?watch=other").status_code == 404
    assert Trigger.objects.count() == 2


def test_what_fired_and_what_was_told_is_seen_and_sent_again(eva: Client, feature: Feature) -> None:
    trigger, delivery = world.told(feature)
    page = pages.text(eva.get(f"/datasets/triggers/{trigger.pk}/"))
    assert "1 new since it last fired, of 1." in page
    assert "it only tells an address" in page
    assert "it answered 500" in page
    assert "firing 1" in page
    assert eva.post(f"/datasets/triggers/{trigger.pk}/again/{delivery.public_id}/").status_code == 302
    assert Delivery.objects.get().status == "pending"
    first = endpoint.secret(Webhook.objects.get())
    second = pages.text(eva.post(f"/datasets/triggers/{trigger.pk}/secret/"))
    assert first not in second
    assert endpoint.secret(Webhook.objects.get()) in second
