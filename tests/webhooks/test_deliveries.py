"""What webhooks are told: signed, once an export, again until it is taken, and never inside."""

from __future__ import annotations

import ipaddress
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from annotation import audit, tasks
from annotation.lib import keyed
from annotation.models import AuditEvent, Delivery, Export, Feature, Firing, Recipe, Webhook
from annotation.recipes import saved
from annotation.webhooks import deliveries, endpoint, signing
from tests import cast, hook_server, stock
from tests.exports import world as exports
from tests.recipes import world
from tests.workers import Workers, until

pytestmark = pytest.mark.django_db(transaction=True)

NOW = exports.LATER
LOCAL = "127.0.0.0/8"


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.STORAGE_FOLDER = tmp_path
    settings.WEBHOOK_NETWORKS = (ipaddress.ip_network(LOCAL),)
    return tmp_path


@pytest.fixture
def drafts() -> Feature:
    feature = cast.feature()
    exports.decided(feature, "accepted", "verified")
    return feature


def told(of: Feature, url: str, **fields: Any) -> tuple[Recipe, str]:
    plan = world.plan(of, webhook=url, **fields)
    recipe, secret, _ = saved.create(feature=of, name="nightly", plan=plan, actor=audit.FLYWHEEL, now=NOW)
    assert secret is not None
    return recipe, secret


def swept(now: datetime) -> None:
    """What the sweep and its bells do at this moment."""
    deliveries.note(now=now)
    for pk in deliveries.due(now=now):
        deliveries.send(delivery_id=pk, clock=lambda: now)


def test_a_finished_export_is_told_once_and_signed(drafts: Feature) -> None:
    with hook_server.running() as server:
        recipe, secret = told(drafts, server.url)
        firing = world.fired(recipe, now=NOW)
        exports.made(drafts)  # of no recipe: nobody is told
        for minute in range(3):
            swept(NOW + timedelta(minutes=minute))
    (message,) = server.messages
    export = firing.export
    assert export is not None
    assert message.is_signed_with(secret)
    assert not message.is_signed_with("whsec_" + "A" * 43 + "=")
    assert message.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert message.data["type"] == "export.done"
    assert message.data["data"]["id"] == export.public_id
    assert message.data["data"]["url"] == f"/api/v1/exports/{export.public_id}"
    assert (message.data["data"]["rows"], message.data["data"]["recipe"]) == (1, "nightly")
    assert message.data["data"]["content_sha256"] == export.content_sha256
    delivery = Delivery.objects.get()
    assert message.headers["webhook-id"] == delivery.public_id
    assert (delivery.status, delivery.answer_status, delivery.answer, delivery.sent) == ("delivered", 200, "thanks", 1)


def test_a_failed_export_is_told_with_its_reason(drafts: Feature) -> None:
    with hook_server.running() as server:
        recipe, _ = told(drafts, server.url, format="kto", filters={"outcomes": ["bad"]})
        world.fired(recipe, now=NOW)
        swept(NOW)
    (message,) = server.messages
    assert message.data["type"] == "export.failed"
    assert message.data["data"]["error"].startswith("Nothing matches this request")
    assert message.data["data"]["rows"] is None


def test_it_is_sent_again_over_hours_and_then_given_up_and_once_more_by_hand(drafts: Feature) -> None:
    oops: tuple[int, dict[str, str], bytes] = (500, {}, b"<b>oops</b>\0" + b"x" * 2000)
    with hook_server.running(oops) as server:
        recipe, secret = told(drafts, server.url)
        world.fired(recipe, now=NOW)
        now, waits = NOW, []
        swept(now)
        while (delivery := Delivery.objects.get()).status == "pending":
            assert delivery.next_at is not None
            swept(delivery.next_at - timedelta(seconds=1))
            waits.append((delivery.next_at - now).total_seconds())
            now = delivery.next_at
            swept(now)
        assert waits == [5, 300, 1800, 7200, 18_000, 36_000]
        assert (delivery.status, delivery.sent, delivery.answer_status) == ("given_up", 7, 500)
        assert delivery.answer.startswith("<b>oops</b>\ufffd")
        assert len(delivery.answer) == deliveries.MAX_ANSWER
        assert {message.headers["webhook-id"] for message in server.messages} == {delivery.public_id}
        assert len({message.headers["webhook-timestamp"] for message in server.messages}) == 7
        assert all(message.is_signed_with(secret) for message in server.messages)

        server.answers[:] = [(204, {}, b"")]
        deliveries.again(delivery=delivery, actor=audit.FLYWHEEL, now=now)
        swept(now)
    again = Delivery.objects.get()
    assert (again.status, again.attempt, again.sent) == ("delivered", 1, 8)
    assert AuditEvent.objects.filter(verb="webhook.sent_again").count() == 1


def test_who_asks_for_a_pause_is_left_alone_and_who_is_gone_is_switched_off(drafts: Feature) -> None:
    with hook_server.running((503, {"Retry-After": "120"}, b""), (410, {}, b"gone")) as server:
        recipe, _ = told(drafts, server.url)
        world.fired(recipe, now=NOW)
        swept(NOW)
        assert Delivery.objects.get().next_at == NOW + timedelta(seconds=120)
        swept(NOW + timedelta(seconds=120))
        assert Delivery.objects.get().status == "given_up"
        assert not Webhook.objects.get().is_enabled
        world.fired(recipe, now=NOW)
        swept(NOW + timedelta(seconds=130))
    assert (Delivery.objects.count(), len(server.messages)) == (1, 2)
    with pytest.raises(deliveries.Off):
        deliveries.again(delivery=Delivery.objects.get(), actor=audit.FLYWHEEL, now=NOW)
    assert AuditEvent.objects.filter(verb="webhook.switched_off").count() == 1


def test_nothing_is_sent_inside_unless_it_is_allowed(drafts: Feature, settings: LazySettings) -> None:
    with hook_server.running() as server:
        recipe, _ = told(drafts, server.url)
        settings.WEBHOOK_NETWORKS = ()
        with pytest.raises(endpoint.BadUrl, match="leads into a network that is not public"):
            saved.change(
                recipe=recipe, plan=world.plan(drafts, webhook="https://127.0.0.1/"), actor=audit.FLYWHEEL, now=NOW
            )
        world.fired(recipe, now=NOW)
        swept(NOW)
    assert server.messages == []
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.problem) == ("given_up", "forbidden")


def test_no_answer_is_told_apart_and_a_message_is_sent_by_one_at_a_time(drafts: Feature) -> None:
    with hook_server.running() as server:
        url = server.url
    recipe, _ = told(drafts, url)
    world.fired(recipe, now=NOW)
    swept(NOW)
    assert (Delivery.objects.get().problem, Delivery.objects.get().status) == ("unreachable", "pending")

    with hook_server.running() as server:
        Webhook.objects.update(url=server.url)
        due = NOW + timedelta(seconds=5)
        stock.together(8, lambda _: swept(due), list(range(8)))
        assert len(server.messages) == 1
    # Whoever died while it sent leaves it to the next one, once its lease has ended.
    Delivery.objects.update(status="pending", next_at=due + deliveries.LEASE, ended_at=None)
    assert deliveries.due(now=due + timedelta(seconds=80)) == []
    assert len(deliveries.due(now=due + deliveries.LEASE)) == 1


def test_the_secret_stands_in_no_table_and_changes_with_the_address(drafts: Feature, settings: LazySettings) -> None:
    recipe, first = told(drafts, "http://127.0.0.1:1/")
    webhook = Webhook.objects.get()
    assert first == endpoint.secret(webhook)
    assert not any(first[6:20] in str(value) for value in Webhook.objects.values().get().values())
    same = saved.change(
        recipe=recipe, plan=world.plan(drafts, webhook="http://127.0.0.1:1/"), actor=audit.FLYWHEEL, now=NOW
    )
    moved = saved.change(
        recipe=recipe, plan=world.plan(drafts, webhook="http://127.0.0.1:2/"), actor=audit.FLYWHEEL, now=NOW
    )
    made = endpoint.new_secret(webhook=webhook, actor=audit.FLYWHEEL, now=NOW)
    off = saved.change(recipe=recipe, plan=world.plan(drafts), actor=audit.FLYWHEEL, now=NOW)
    assert (same, off) == (None, None)
    assert len({first, moved, made}) == 3
    assert not Webhook.objects.get().is_enabled
    other = signing.secret(key=b"another installation's key, as long", webhook=webhook.public_id, number=1)
    assert other != first
    assert keyed.key_check(settings.HASH_KEY) not in first


def test_a_signature_is_what_the_standard_s_own_example_says() -> None:
    """The secret, message and signature that the libraries of Standard Webhooks are tested with."""
    headers = signing.headers(
        secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        message="msg_p5jXN8AQM9LWM0D4loKWxJek",
        at=datetime.fromtimestamp(1614265330).astimezone(),
        body=b'{"test": 2432232314}',
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_workers_bring_a_recipe_from_its_time_to_the_told_webhook(
    drafts: Feature, workers: Workers, monkeypatch: pytest.MonkeyPatch, settings: LazySettings, folder: Path
) -> None:
    monkeypatch.setitem(os.environ, "WEBHOOK_NETWORKS", LOCAL)
    with hook_server.running() as server:
        recipe, secret = told(drafts, server.url, every="daily")
        workers.start_worker(concurrency=2)
        for _ in range(3):
            tasks.fire_recipes.delay()
        until(lambda: server.messages)
    assert server.messages[0].is_signed_with(secret)
    assert Firing.objects.get().export == Export.objects.get(recipe=recipe)
