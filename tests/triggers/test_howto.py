"""docs/howto/triggers.md says what is so: what it posts is taken, and what it shows is what is sent."""

from __future__ import annotations

import json
import re

import pytest
from django.conf import LazySettings
from django.utils import timezone

from annotation.lib import rising
from annotation.models import Delivery, Feature, Firing, Trigger
from annotation.triggers import conditions
from annotation.triggers.marks import LAG
from annotation.webhooks import deliveries, messages
from flywheel_app.celery import EVERY
from flywheel_app.config import ROOT
from tests.cast import Machine
from tests.recipes import world as recipes
from tests.triggers import world

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = (ROOT / "docs/howto/triggers.md").read_text()
MADE, SHARE, VERDICT, DRY, TOLD = (json.loads(found) for found in re.findall(r"```json\n(.*?)```", TEXT, re.S))


def test_what_it_posts_is_taken_and_what_it_shows_is_told(
    machine: Machine, feature: Feature, settings: LazySettings
) -> None:
    recipe = recipes.recipe(feature)
    assert machine.post("/triggers", MADE).status_code == 201
    for name, condition in (("share", SHARE), ("verdict", VERDICT)):
        assert machine.post("/triggers", MADE | {"name": name, "condition": condition}).status_code == 201
        conditions.read(condition)
    assert machine.post("/triggers/dry-run", DRY).status_code == 200
    world.decide(feature, 53, "wrong_fact", kind="thumbs_down", now=timezone.now())
    fired = world.watched(Trigger.objects.get(name="fifty-wrong-facts"), now=timezone.now())
    assert fired is not None
    assert fired.firing is not None
    recipes.worked(fired.firing, now=timezone.now())
    deliveries.note(now=timezone.now() + LAG)
    payload = Delivery.objects.get(trigger_firing=fired).payload
    assert (payload.keys(), payload["type"]) == (TOLD.keys(), TOLD["type"])
    assert payload["data"].keys() == TOLD["data"].keys()
    assert payload["data"]["cause"].keys() == TOLD["data"]["cause"].keys()
    assert payload["data"]["cause"]["count"] == 53
    assert payload["data"]["recipe"] == recipe.name


def test_its_figures_are_those_of_the_code() -> None:
    assert (LAG.total_seconds(), EVERY["watch_triggers"]) == (5 * 60, 60)
    assert (rising.ALPHA, rising.LOOKS, rising.ENOUGH, rising.MOST_UNDECIDED) == (0.05, 365, 100, 0.2)
    share = conditions.Share(kind="share", signal_kind="abandoned", reasons=["gave_up"])
    assert (share.days, share.rise) == (7, 0.05)
    skips = re.search(r"was: (.*?)\. Messages", TEXT, re.S)
    assert skips is not None
    known = {skip for skip in Firing.Skip.values if skip} | {messages.RECIPE_OFF}
    assert set(re.findall(r"`(\w+)`", skips[1])) == known
