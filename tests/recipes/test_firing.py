"""A recipe fired: by hand, by schedule, by a trigger; once, skipped where nothing changed, and written down."""

from __future__ import annotations

import math
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings

from annotation import audit, recipes
from annotation.models import AuditEvent, Cohort, Export, Feature, Firing, Recipe
from annotation.recipes import saved
from tests import cast, stock
from tests.erasure import world as erasures
from tests.exports import world as exports
from tests.recipes import world

pytestmark = pytest.mark.django_db(transaction=True)

LATER = exports.LATER
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.STORAGE_FOLDER = tmp_path
    return tmp_path


@pytest.fixture
def drafts() -> Feature:
    feature = cast.feature()
    exports.decided(feature, "accepted", "verified", conversation_id="c1")
    return feature


def test_a_schedule_fires_makes_versions_and_skips_where_nothing_changed(drafts: Feature) -> None:
    recipe = world.recipe(drafts, every="daily", hour=3)
    due = recipe.next_at
    assert due is not None
    told = []

    def night(number: int) -> Firing:
        now = due + number * DAY + timedelta(seconds=20)
        (firing,) = recipes.fire_due(now=now)
        assert recipes.fire_due(now=now) == []
        done = world.worked(firing, now=now)
        told.append((done.status, done.skip, done.export.status if done.export else None))
        return done

    first = night(0)
    night(1)
    exports.decided(drafts, "accepted", "verified", conversation_id="c2")
    labeled = night(2)
    # A closed cohort gives rows their weights: that is another version too.
    Cohort.objects.update(closed_at=LATER, threshold=math.inf)
    weighed = night(3)
    night(4)
    exports.asked(drafts)  # of no recipe
    assert weighed.export is not None
    Export.objects.filter(pk=weighed.export.pk).update(files_erased_at=LATER)
    night(5)

    done = ("done", "", "done")
    same = ("done", "nothing_changed", None)
    assert told == [done, same, done, done, same, done]
    assert first.due_at == recipe.next_at
    assert (first.cause, first.requested_by, first.token) == ("schedule", None, None)
    shas = [export.content_sha256 for export in world.exports(recipe)]
    assert len(shas) == 4
    assert len(set(shas)) == 3  # the last one was made anew, since its files were erased
    assert labeled.export is not None
    assert labeled.export.manifest is not None
    assert labeled.export.manifest["previous"]["added"] == 1
    events = AuditEvent.objects.filter(target_type="recipe", target_id=str(recipe.pk)).order_by("pk")
    verbs = [event.verb for event in events]
    assert verbs[:5] == ["recipe.created", "recipe.fired", "recipe.fired", "recipe.skipped", "recipe.fired"]
    assert {event.data["cause"] for event in events if event.verb == "recipe.fired"} == {"schedule"}


def test_an_incremental_recipe_goes_on_from_its_last_done_export(drafts: Feature) -> None:
    recipe = world.recipe(drafts, every="daily", is_incremental=True)
    first = world.fired(recipe, now=LATER)
    skipped = world.fired(recipe, Firing.Cause.TRIGGER, now=LATER + DAY, rule="fifty", count=50)
    exports.decided(drafts, "accepted", "verified", conversation_id="c2")
    second = world.fired(recipe, Firing.Cause.SCHEDULE, now=LATER + 2 * DAY)

    assert (skipped.skip, skipped.about) == ("nothing_changed", {"rule": "fifty", "count": 50})
    assert first.export is not None
    assert second.export is not None
    assert (first.export.since, second.export.since) == (None, first.export)
    assert second.export.rows_total == 1
    event = AuditEvent.objects.filter(verb="recipe.fired").order_by("pk")[1]
    assert (event.data["cause"], event.data["about"]) == ("trigger", {"rule": "fifty", "count": 50})


def test_by_hand_it_makes_an_export_whether_something_changed_or_not_or_says_why_not(drafts: Feature) -> None:
    engineer = cast.person("eva")
    recipe = world.recipe(drafts, is_enabled=False)
    cause = recipes.Cause(kind=Firing.Cause.PAGE)
    found = [recipes.fire(recipe=recipe, cause=cause, actor=audit.Actor(user=engineer), now=LATER) for _ in range(2)]
    assert [firing.export.requested_by for firing in found if firing.export] == [engineer, engineer]
    with pytest.raises(recipes.Disabled):
        recipes.fire(recipe=recipe, cause=recipes.Cause(kind=Firing.Cause.TRIGGER), actor=audit.FLYWHEEL, now=LATER)
    assert Firing.objects.count() == 2


def test_nothing_to_export_and_an_export_still_in_the_making_are_skips(drafts: Feature) -> None:
    empty = world.recipe(drafts, "empty", format="kto", filters={"outcomes": ["bad"]})
    busy = world.recipe(drafts, "busy")
    recipes.fire(recipe=busy, cause=recipes.Cause(kind=Firing.Cause.API), actor=audit.FLYWHEEL, now=LATER)
    for recipe, skip in ((empty, "nothing_matches"), (busy, "still_made")):
        assert world.fired(recipe, Firing.Cause.SCHEDULE, now=LATER + DAY).skip == skip


def test_what_can_not_be_asked_for_any_more_fails_in_words(drafts: Feature) -> None:
    recipe = world.recipe(drafts)
    exports.made(drafts, splits={"train": 0.5, "test": 0.5})
    failed = world.fired(recipe, Firing.Cause.SCHEDULE, now=LATER)
    assert failed.status == "failed"
    assert "fixed its splits at test 0.5, train 0.5" in failed.error
    assert AuditEvent.objects.filter(verb="recipe.failed").exists()


def test_eight_beats_and_eight_workers_make_one_export(drafts: Feature) -> None:
    recipe = world.recipe(drafts, every="daily")
    assert recipe.next_at is not None
    now = recipe.next_at + 5 * DAY
    fired = [one for found in stock.together(8, lambda _: recipes.fire_due(now=now), list(range(8))) for one in found]
    (firing,) = fired

    def work(_: int) -> None:
        recipes.run(firing_id=firing.pk, by="test", clock=lambda: now)

    stock.together(8, work, list(range(8)))
    assert Export.objects.filter(recipe=recipe).count() == 1
    assert Firing.objects.get().status == "done"
    after = Recipe.objects.get(pk=recipe.pk).next_at
    assert after is not None
    assert now < after <= now + DAY


def test_a_recipe_is_saved_once_a_name_and_changed_as_a_whole(drafts: Feature) -> None:
    made, _, is_new = saved.create(
        feature=drafts, name="nightly", plan=world.plan(drafts, every="daily"), actor=audit.FLYWHEEL, now=LATER
    )
    again, _, is_again = saved.create(
        feature=drafts, name="nightly", plan=world.plan(drafts, every="daily"), actor=audit.FLYWHEEL, now=LATER + DAY
    )
    assert (is_new, is_again, again) == (True, False, made)
    with pytest.raises(saved.NameTaken):
        world.recipe(drafts, every="weekly")
    world.recipe(cast.feature("support-chat"))
    with pytest.raises(saved.Ambiguous, match="email-drafts, support-chat"):
        saved.find(name="nightly", features=Feature.objects.all())
    assert saved.find(name="email-drafts/nightly", features=Feature.objects.all()) == made
    with pytest.raises(saved.UnknownRecipe):
        saved.find(name="support-chat/nightly", features=Feature.objects.filter(pk=drafts.pk))
    for name in ("", "Nightly", "a b", "-a", "a" * 61):
        with pytest.raises(saved.BadName):
            world.recipe(drafts, name)
    with pytest.raises(saved.GoesOn):
        world.recipe(drafts, "other", since="exp_1")
    with pytest.raises(saved.BadTime):
        world.recipe(drafts, "other", every="monthly", day=31)

    saved.change(recipe=made, plan=world.plan(drafts, is_enabled=False, every="daily"), actor=audit.FLYWHEEL, now=LATER)
    assert Recipe.objects.get(pk=made.pk).next_at is None
    assert recipes.fire_due(now=LATER + 9 * DAY) == []
    saved.change(recipe=made, plan=world.plan(drafts, "kto", every="monthly"), actor=audit.FLYWHEEL, now=LATER)
    changed = Recipe.objects.get(pk=made.pk)
    assert (changed.request["format"], changed.schedule, changed.next_at is None) == ("kto", "monthly", False)


def test_after_a_deletion_no_recipe_brings_a_trace_back(drafts: Feature, folder: Path) -> None:
    erasures.sent(erasures.record(1), erasures.record(2, user="u-2", input="Plain?", output="Plainly.", metadata={}))
    for number in (1, 2):
        erasures.labeled(f"{erasures.WORD}-{number}")
    whole, onward = world.recipe(drafts, "whole"), world.recipe(drafts, "onward", is_incremental=True)
    firsts = [world.fired(recipe, now=LATER) for recipe in (whole, onward)]
    erasures.erase(drafts, user_key=erasures.WORD)
    erasures.erase(drafts, interaction_id=f"{erasures.WORD}-2")
    again = [world.fired(recipe, Firing.Cause.SCHEDULE, now=LATER + DAY) for recipe in (whole, onward)]
    last = world.fired(onward, Firing.Cause.SCHEDULE, now=LATER + 2 * DAY)

    assert [(firing.status, firing.skip) for firing in again] == [("done", ""), ("done", "")]
    held = {firing.export_id for firing in firsts}
    assert not held & {firing.export_id for firing in again}
    increment = again[1].export
    assert increment is not None
    assert increment.manifest is not None
    assert increment.manifest["withdrawn_by_why"] == {"erased": 2}
    assert last.skip == "nothing_changed"
    texts = "".join(path.read_text() for path in folder.rglob("*") if path.is_file() and "exports" in path.parts)
    assert erasures.WORD not in texts
    assert erasures.traces() == {}
