"""A trigger fires once a cause, whoever looks and whoever dies, starts its recipe, and all of it is written down."""

from __future__ import annotations

import ipaddress
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from annotation import audit, jobs, tasks, triggers
from annotation.models import AuditEvent, Delivery, Export, Feature, Firing, Trigger, TriggerFiring
from annotation.triggers import conditions, saved
from annotation.triggers.marks import LAG
from annotation.webhooks import deliveries, endpoint
from tests import cast, hook_server, stock
from tests.cast import NOW
from tests.exports import world as exports
from tests.recipes import world as recipe_world
from tests.triggers import world
from tests.triggers.world import day
from tests.workers import Workers, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.STORAGE_FOLDER = tmp_path
    settings.WEBHOOK_NETWORKS = (ipaddress.ip_network("127.0.0.0/8"),)


@pytest.fixture
def drafts() -> Feature:
    feature = cast.feature()
    for number in range(3):
        exports.decided(feature, "accepted", "verified", conversation_id=f"c{number}", external_id=f"own_{number}")
    return feature


def swept(now: Any) -> None:
    deliveries.note(now=now)
    for pk in deliveries.due(now=now):
        deliveries.send(delivery_id=pk, clock=lambda: now)


def test_it_starts_its_recipe_and_says_why(drafts: Feature) -> None:
    recipe = recipe_world.recipe(drafts)
    trigger = world.trigger(drafts, world.count(3), recipe=recipe)
    fired = world.watched(trigger, now=NOW)
    assert fired is not None
    assert fired.firing is not None
    done = recipe_world.worked(fired.firing, now=day(1))
    assert done.export is not None
    assert done.export.rows_total == 3
    assert (done.cause, done.about) == ("trigger", {"trigger": "watch", "number": 1})
    events = {event.verb: event for event in AuditEvent.objects.order_by("pk")}
    assert events["trigger.created"].data["condition"] == "count"
    about = events["trigger.fired"].data
    assert (about["number"], about["cause"]["count"], about["firing"]) == (1, 3, done.pk)
    assert events["recipe.fired"].data["cause"] == "trigger"
    assert events["trigger.fired"].feature == drafts


def test_many_beats_and_workers_fire_once_a_cause(drafts: Feature) -> None:
    recipe = recipe_world.recipe(drafts)
    made = [world.trigger(drafts, world.count(3), f"watch-{number}", recipe=recipe) for number in range(3)]

    def look(number: int) -> TriggerFiring | None:
        # Beats don't agree on the time to the microsecond.
        now = NOW + LAG + timedelta(microseconds=number)
        return triggers.watch(trigger_id=made[number % 3].pk, now=now)

    found = stock.together(12, look, list(range(24)))
    assert sorted(one.trigger_id for one in found if one) == [one.pk for one in made]
    assert TriggerFiring.objects.count() == Firing.objects.count() == 3
    assert AuditEvent.objects.filter(verb="trigger.fired").count() == 3
    assert list(Trigger.objects.values_list("fired", "counted")) == [(1, 0)] * 3
    world.decide(drafts, 3, now=day(1))
    again = stock.together(12, lambda _: world.watched(made[0], now=day(1)), list(range(12)))
    assert sum(one is not None for one in again) == 1


def test_who_dies_before_the_end_has_fired_nothing_and_who_dies_after_it_has_lost_nothing(
    drafts: Feature, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = recipe_world.recipe(drafts)
    trigger = world.trigger(drafts, world.count(3), recipe=recipe)

    def die(**_: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    def look(_: int) -> None:
        with pytest.raises((OperationalError, InterfaceError)):
            world.watched(trigger, now=NOW)

    with monkeypatch.context() as patched:
        patched.setattr(audit, "record", die)  # the last thing that a firing writes
        stock.together(1, look, [1])
    assert not TriggerFiring.objects.exists()
    assert not Firing.objects.exists()
    assert Trigger.objects.get().fired == 0

    fired = world.watched(trigger, now=NOW)  # nobody rings
    assert fired is not None
    later = NOW + LAG + jobs.BELL_LOST_AFTER + timedelta(seconds=1)
    assert jobs.unattended(Firing, now=later) == [fired.firing_id]


def test_a_trigger_whose_recipe_is_off_fires_all_the_same_and_says_so(drafts: Feature) -> None:
    recipe = recipe_world.recipe(drafts, is_enabled=False)
    trigger = world.trigger(drafts, world.count(3), recipe=recipe, webhook=world.HOOK)
    fired = world.watched(trigger, now=NOW)
    assert fired is not None
    assert (fired.recipe, fired.firing) == (recipe, None)
    deliveries.note(now=NOW + LAG)
    data = Delivery.objects.get().payload["data"]
    assert (data["recipe"], data["skip"], data["export"]) == ("nightly", "recipe_off", None)


def test_its_webhook_is_told_signed_and_again_until_it_is_taken(drafts: Feature) -> None:
    with hook_server.running((500, {}, b""), (200, {}, b"")) as server:
        trigger = world.trigger(drafts, world.count(3), webhook=server.url)
        secret = endpoint.secret(trigger.webhook)
        world.watched(trigger, now=NOW)
        now = NOW + LAG
        for seconds in (0, 1, 5, 6):
            swept(now + timedelta(seconds=seconds))
        assert AuditEvent.objects.filter(verb="webhook.set").get().data == {"trigger": trigger.pk, "secret": 1}
    first, second = server.messages
    assert all(message.is_signed_with(secret) for message in server.messages)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.data["type"] == "trigger.fired"
    assert first.data["timestamp"] == now.isoformat()
    told = first.data["data"]
    assert (told["trigger"], told["feature"], told["number"]) == ("watch", "email-drafts", 1)
    assert (told["cause"]["count"], told["recipe"], told["export"], told["skip"]) == (3, None, None, None)
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.sent, delivery.export) == ("delivered", 2, None)


def test_its_webhook_is_told_what_became_of_the_recipe_once_that_is_known(drafts: Feature) -> None:
    recipe = recipe_world.recipe(drafts, webhook="https://other.example.com/", now=world.BEFORE)
    trigger = world.trigger(drafts, world.count(3, reasons=[]), recipe=recipe, webhook=world.HOOK)
    told = []
    for number, count in enumerate((0, 3)):
        world.decide(drafts, count, "undone_later", now=day(number))  # nothing that this recipe takes
        fired = world.watched(trigger, now=day(number))
        assert fired is not None
        assert fired.firing is not None
        deliveries.note(now=day(number) + LAG)
        assert Delivery.objects.filter(trigger_firing=fired).count() == 0
        done = recipe_world.worked(fired.firing, now=day(number) + LAG)
        deliveries.note(now=day(number) + LAG)
        deliveries.note(now=day(number) + LAG)
        data = Delivery.objects.get(trigger_firing=fired).payload["data"]
        told.append((data["export"], data["skip"], data["url"]))
        assert data["export"] == (done.export.public_id if done.export else None)
    export = Export.objects.get()
    assert told == [(export.public_id, None, f"/api/v1/exports/{export.public_id}"), (None, "nothing_changed", None)]
    events = Delivery.objects.order_by("pk").values_list("event", "webhook__recipe", "webhook__trigger")
    assert sorted(events) == [("export.done", recipe.pk, None), *[("trigger.fired", None, trigger.pk)] * 2]


def test_it_is_never_pointed_inward(drafts: Feature, settings: LazySettings) -> None:
    settings.WEBHOOK_NETWORKS = ()
    for address in ("https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest", "https://0x7f000001/"):
        with pytest.raises(endpoint.BadUrl, match="leads into a network that is not public"):
            world.trigger(drafts, world.count(), webhook=address)
    with hook_server.running() as server:
        # A name that is only seen to lead inside when it is asked.
        trigger = world.trigger(drafts, world.count(3), webhook=f"https://localhost:{server.port}/")
        world.watched(trigger, now=NOW)
        swept(NOW + LAG)
    assert server.messages == []
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.problem) == ("given_up", "forbidden")


def test_a_trigger_is_kept_once_a_name_and_refused_in_words(drafts: Feature) -> None:
    made = world.trigger(drafts, world.count())
    plan = saved.plan_of(Trigger.objects.get())
    again, secret, is_new = triggers.create(feature=drafts, name="watch", plan=plan, actor=audit.FLYWHEEL, now=day(1))
    assert (again, secret, is_new) == (made, None, False)
    other = recipe_world.recipe(cast.feature("support-chat"))
    refused: list[tuple[type[Exception], str, dict[str, Any]]] = [
        (saved.NameTaken, "watch", {"condition": world.count(9)}),
        (saved.BadName, "Watch it", {"condition": world.count()}),
        (saved.StartsNothing, "a", {"condition": world.count(), "webhook": ""}),
        (saved.ForeignRecipe, "a", {"condition": world.count(), "recipe": other}),
        (saved.BadCooldown, "a", {"condition": world.count(), "cooldown_hours": 0}),
        (conditions.UnknownReason, "a", {"condition": world.count(reasons=["nope"])}),
        (conditions.UnknownReason, "a", {"condition": world.share(["verified"])}),
        (conditions.UnknownKind, "a", {"condition": world.count(reasons=[], signal_kinds=["nope"])}),
        (conditions.NoVerdict, "a", {"condition": world.verdict(kind="no_signal")}),
    ]
    for refusal, name, changes in refused:
        with pytest.raises(refusal):
            world.trigger(drafts, name=name, **changes)
    changes_of_it: list[dict[str, Any]] = [{"condition": {}}, {"name": "other"}]
    for statement in changes_of_it:
        with pytest.raises(DatabaseError):
            Trigger.objects.filter(pk=made.pk).update(**statement)
    assert Trigger.objects.count() == 1
    triggers.create(feature=other.feature, name="watch", plan=plan, actor=audit.FLYWHEEL, now=day(1))
    with pytest.raises(saved.Ambiguous, match="email-drafts, support-chat"):
        triggers.find(name="watch", features=Feature.objects.all())
    assert triggers.find(name="watch", features=Feature.objects.filter(pk=drafts.pk)) == made
    with pytest.raises(saved.UnknownTrigger):
        triggers.find(name="other", features=Feature.objects.all())


def test_a_dry_run_says_on_which_days_and_writes_nothing(drafts: Feature) -> None:
    recipe = recipe_world.recipe(drafts)
    world.trigger(drafts, world.count(3), recipe=recipe)
    for number, count in ((2, 2), (3, 2), (6, 7), (7, 1)):
        world.decide(drafts, count, now=day(number - 0.5))
    before = contents()
    condition = world.count(3)
    assert world.played(drafts, condition, days=11, now=day(10)) == [0, 3, 6]
    assert world.played(drafts, condition, days=11, now=day(10), cooldown_hours=96) == [0, 4, 8]
    assert world.played(drafts, condition, days=9, now=day(10)) == [3, 6]
    *_, last = triggers.play(feature=drafts, condition=condition, cooldown_hours=1, days=9, now=day(10) + LAG)
    assert (last.sentence, last.about["count"]) == ("1 new since it last fired, of 3.", 1)
    assert contents() == before
    # What it says is what happens: the same looks, made for real.
    real = world.trigger(drafts, condition, "real", now=day(1) + LAG)
    assert [number for number in range(2, 11) if world.watched(real, now=day(number))] == [3, 6]


def contents() -> dict[str, Any]:
    """How many rows each table holds, and all marks."""
    tables = [table for table in connection.introspection.table_names() if table.startswith("annotation_")]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in tables))
        counts = dict(cursor.fetchall())
    return {"counts": counts, "triggers": list(Trigger.objects.values())}


def test_a_running_worker_sees_it_through(drafts: Feature, workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "WEBHOOK_NETWORKS", "127.0.0.0/8")
    with hook_server.running() as server:
        recipe = recipe_world.recipe(drafts)
        trigger = world.trigger(drafts, world.count(3), recipe=recipe, webhook=server.url)
        workers.start_worker(concurrency=2)
        for _ in range(3):
            tasks.watch_triggers.delay()
        until(lambda: Firing.objects.filter(status="done").exists())
        tasks.send_webhooks.delay()
        until(lambda: server.messages)
    assert server.messages[0].is_signed_with(endpoint.secret(trigger.webhook))
    assert server.messages[0].data["data"]["export"] == Export.objects.get(recipe=recipe).public_id
    assert TriggerFiring.objects.get().firing == Firing.objects.get()
