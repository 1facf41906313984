"""The pages of recipes: written, run, watched and told."""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.test import Client

from annotation.models import Delivery, Export, Feature, Firing, Recipe, User, Webhook
from annotation.web.recipes import forms
from annotation.webhooks import endpoint
from tests.exports import world as exports
from tests.recipes import world
from tests.web import pages

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.STORAGE_FOLDER = tmp_path
    settings.WEBHOOK_NETWORKS = (ipaddress.ip_network("127.0.0.0/8"),)


@pytest.fixture
def eva(engineer: User, feature: Feature) -> Client:
    for _ in range(2):
        exports.decided(feature, "accepted", "verified")
    return pages.sign_in(engineer)


def sent(**changes: Any) -> dict[str, Any]:
    """What a browser sends of the form that a feature's new recipe begins with."""
    values = {name: value for name, value in forms.blank(exports.wanted().normal()).items() if value is not None}
    values |= {"key": str(uuid4()), "name": "nightly", "schedule": "daily", "hour": "3", "override": ""} | changes
    return {name: value for name, value in values.items() if value is not False and value is not None}


def test_a_recipe_is_written_run_and_changed(eva: Client, feature: Feature) -> None:
    assert "No recipe yet" in pages.text(eva.get("/datasets/recipes/"))
    assert eva.get("/datasets/recipes/new/").status_code == 200
    made = eva.post("/datasets/recipes/new/", sent(webhook="https://hooks.example.com/x"))
    page = pages.text(made)
    recipe = Recipe.objects.get()
    secret = endpoint.secret(Webhook.objects.get())
    assert (made.status_code, secret in page) == (200, True)
    assert secret not in pages.text(eva.get(f"/datasets/recipes/{recipe.pk}/"))
    assert "every day at 03:00 UTC" in page
    assert "nightly" in pages.text(eva.get("/datasets/recipes/"))

    run = eva.post(f"/datasets/recipes/{recipe.pk}/run/")
    export = Export.objects.get()
    assert run.headers["Location"] == f"/datasets/{export.public_id}/"
    world.fired(recipe, Firing.Cause.SCHEDULE, now=exports.LATER + timedelta(days=1))
    page = pages.text(eva.get(f"/datasets/recipes/{recipe.pk}/"))
    assert "by hand, on the page" in page
    assert "its last export was still being made" in page

    form = pages.text(eva.get(f"/datasets/recipes/{recipe.pk}/change/"))
    assert 'value="https://hooks.example.com/x"' in form
    changed = eva.post(
        f"/datasets/recipes/{recipe.pk}/change/",
        sent(name="other", schedule="weekly", weekday="6", webhook="https://hooks.example.com/x", is_incremental="on"),
    )
    assert changed.status_code == 302
    recipe.refresh_from_db()
    assert (recipe.name, recipe.schedule, recipe.weekday, recipe.is_incremental) == ("nightly", "weekly", 6, True)
    assert "every Sunday at 03:00 UTC" in pages.text(eva.get(f"/datasets/recipes/{recipe.pk}/"))


def test_what_is_wrong_stands_at_its_field(eva: Client) -> None:
    refused = {
        "name": (sent(name="Nightly!"), "small letters, digits and hyphens"),
        "webhook": (sent(webhook="https://10.0.0.1/"), "leads into a network that is not public"),
        "train": (sent(train="0.5"), "must be shares of train, validation and test"),
        "hour": (sent(hour="25"), "Select a valid choice"),
    }
    for values, words in refused.values():
        answer = eva.post("/datasets/recipes/new/", values)
        assert (answer.status_code, words in pages.text(answer)) == (422, True)
    assert not Recipe.objects.exists()


def test_a_dataset_s_request_is_saved_as_a_recipe(eva: Client, feature: Feature) -> None:
    export = exports.made(feature, "kto", seed=7, filters={"signal_kinds": ["accepted"]})
    page = pages.text(eva.get(f"/datasets/{export.public_id}/recipe/"))
    assert f"Filled as the export {export.public_id} was asked for." in page
    assert 'name="seed" value="7"' in page
    assert eva.get("/datasets/exp_nowhere/recipe/").status_code == 404


def test_messages_are_seen_with_their_answer_and_sent_again(eva: Client, feature: Feature) -> None:
    recipe, delivery = world.told(feature, "https://hooks.example.com/x")
    page = pages.text(eva.get(f"/datasets/recipes/{recipe.pk}/"))
    assert "it answered 500" in page
    assert delivery.public_id in page
    Delivery.objects.update(status="given_up", next_at=None, attempt=7)
    assert eva.post(f"/datasets/recipes/{recipe.pk}/again/{delivery.public_id}/").status_code == 302
    again = Delivery.objects.get()
    assert (again.status, again.attempt) == ("pending", 0)
    first = endpoint.secret(Webhook.objects.get())
    second = pages.text(eva.post(f"/datasets/recipes/{recipe.pk}/secret/"))
    assert first not in second
    assert endpoint.secret(Webhook.objects.get()) in second


def test_an_increment_that_only_withdraws_has_a_page(eva: Client, feature: Feature) -> None:
    first = exports.made(feature)
    item = feature.exports.get().rows.first().item  # type: ignore[union-attr]
    exports.label(item, "unread", replaces=item.labels.get().pk)
    second = exports.made(feature, since=first.public_id, now=exports.LATER + timedelta(days=1))
    assert second.rows_total == 0
    assert eva.get(f"/datasets/{second.public_id}/").status_code == 200
