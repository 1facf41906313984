"""Which later answers stand beside which bad ones."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from annotation import mending
from annotation.mending import drawing, looking, matching
from annotation.models import (
    AuditEvent,
    ConsensusRevision,
    Feature,
    Interaction,
    MendedCase,
    MendedPair,
    MendedSearch,
)
from tests import worlds
from tests.mending import world
from tests.mending.world import LOOKED, prompt


def test_each_bad_answer_that_a_model_was_trained_on_gets_the_nearest_later_one(feature: Feature) -> None:
    items = world.bad(feature, [prompt(number) for number in range(4)])
    # Good, and bad in no export: no model was trained on them as bad ones.
    worlds.labeled(feature)
    world.bad(feature, [prompt(4)])
    world.trained(feature, [*items, worlds.labeled(feature)])
    wordings = [prompt(number, "can you tell me how to") for number in range(5)]
    later = world.answered(feature, [*wordings, "something else is asked for in this very one", "yes"])
    pairs = world.looked()
    found = {pair.case.interaction_id: pair.later_id for pair in pairs}
    assert found == {item.interaction_id: later[place] for place, item in enumerate(items)}
    assert {pair.rank for pair in pairs} == {1}
    assert all(mending.BAR <= pair.similarity < 1 for pair in pairs)
    search = MendedSearch.objects.get()
    assert (search.population, search.read) == ([["accepted", "pleasing_but_wrong", 4]], 7)
    assert AuditEvent.objects.get(verb="mended.drawn").data == {"model_version": "drafts-2", "drawn": 4}


def test_looking_again_goes_on_where_it_stopped(feature: Feature, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "WIDTH", 2)
    world.trained(feature, world.bad(feature, [prompt(0), prompt(1)]))
    world.answered(feature, [prompt(0), prompt(3), prompt(4), prompt(5), prompt(3, "how to")])
    assert len(world.looked()) == 1
    world.answered(feature, [prompt(1)], on=6)
    assert mending.look(now=LOOKED) == 1
    assert mending.look(now=LOOKED) == 0
    assert MendedPair.objects.count() == 2
    assert MendedSearch.objects.get().read == 6


def test_an_answer_stands_in_one_pair_and_a_bad_one_in_three_at_most(feature: Feature) -> None:
    world.trained(feature, world.bad(feature, [prompt(0), prompt(0)]))
    others = [prompt(number) for number in range(1, 6)]
    world.answered(feature, [*others, *others, *(prompt(0, one) for one in ("how to", "tell me how to", "", "please"))])
    pairs = world.looked()
    assert len({pair.later_id for pair in pairs}) == len(pairs) == 4
    # Each has one before any has two.
    assert sorted((pair.case_id, pair.rank) for pair in pairs) == sorted(
        (case, rank) for case in MendedCase.objects.values_list("pk", flat=True) for rank in (1, 2)
    )
    world.answered(feature, [prompt(0) for _ in range(5)], on=6)
    assert len(world.looked()) == 2 * mending.MOST


def test_an_answer_of_before_the_deployment_or_of_another_version_is_none(feature: Feature) -> None:
    world.trained(feature, world.bad(feature, [prompt(0)]))
    world.answered(feature, [prompt(0)], on=3)
    world.answered(feature, [prompt(0)], on=6, version="drafts-3")
    assert world.looked() == []


def test_a_model_that_is_not_deployed_or_whose_run_failed_is_not_followed(feature: Feature) -> None:
    items = world.bad(feature, [prompt(0)])
    export = worlds.export(items, of=feature, on=2)
    worlds.run(export, on=3, makes="idle", name="idle")
    worlds.run(export, on=3, makes="failed", name="failed", status="failed")
    worlds.deploy(feature, on=4, version="failed")
    worlds.deploy(feature, on=4, version="bought")
    world.answered(feature, [prompt(0)], version="bought")
    assert world.looked() == []
    assert not MendedSearch.objects.exists()


def test_held_out_rows_train_nothing_and_a_rejected_answer_does(feature: Feature) -> None:
    held_out, rejected = world.bad(feature, [prompt(0), prompt(1)])
    better = worlds.labeled(feature)
    exports = [
        worlds.export([held_out], of=feature, on=2, split="test"),
        worlds.export([better], of=feature, on=2, rejected=[rejected]),
    ]
    worlds.run(*exports, on=3)
    worlds.deploy(feature, on=4)
    world.looked()
    assert [case.interaction_id for case in MendedCase.objects.all()] == [rejected.interaction_id]


def test_the_draw_is_random_and_has_nothing_to_do_with_how_items_are_sampled(
    feature: Feature, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "DRAWN", 5)
    items = world.bad(feature, [prompt(number) for number in range(12)])
    world.trained(feature, items)
    world.looked()
    drawn = MendedCase.objects.order_by("draw")
    assert len(drawn) == 5
    assert MendedSearch.objects.get().population == [["accepted", "pleasing_but_wrong", 12]]
    everybody = [
        drawing._number(MendedSearch.objects.get(), drawing.Bad(one.interaction_id, 0, "", "")) for one in items
    ]
    assert [case.draw for case in drawn] == sorted(everybody)[:5]
    by_sampling = Interaction.objects.filter(items__in=items).order_by("random_number").values_list("pk", flat=True)
    by_draw = [one.interaction_id for _, one in sorted(zip(everybody, items, strict=True), key=lambda pair: pair[0])]
    assert by_draw != list(by_sampling)
    # Who was drawn stays, and what comes later is drawn from the same numbers.
    monkeypatch.setattr(drawing, "DRAWN", 7)
    mending.look(now=LOOKED + timedelta(days=2))
    assert sorted(MendedCase.objects.values_list("draw", flat=True)) == sorted(everybody)[:7]


def test_a_run_that_is_reported_later_is_drawn_from_at_once(feature: Feature) -> None:
    first, second = world.bad(feature, [prompt(0), prompt(1)])
    world.trained(feature, [first])
    world.looked(worlds.day(5))
    worlds.run(worlds.export([second], of=feature, on=5), on=5.5, name="another")
    mending.look(now=worlds.day(5.6))
    assert MendedCase.objects.count() == 2


def test_what_was_decided_otherwise_since_gets_no_more_company(feature: Feature) -> None:
    (item,) = world.bad(feature, [prompt(0)])
    world.trained(feature, [item])
    world.looked()
    ConsensusRevision.objects.filter(item=item).update(superseded_at=LOOKED)
    world.answered(feature, [prompt(0)])
    assert world.looked() == []


def test_the_order_of_showing_is_drawn_and_so_is_who_is_judged_twice(feature: Feature) -> None:
    matches = [matching.Match(case, later, 0.8, 1) for case in range(40) for later in range(50)]
    search = MendedSearch(feature=feature, model_version="drafts-2")
    made = [looking._made(search, match, 0.5, LOOKED) for match in matches]
    assert abs(sum(pair.later_first for pair in made) - 1000) < 3 * 22.4
    assert abs(sum(pair.needed == 2 for pair in made) - 400) < 3 * 17.9
    assert abs(sum(pair.needed == 2 and pair.later_first for pair in made) - 200) < 3 * 13.5


@pytest.mark.django_db
def test_the_next_answers_are_found_by_the_index(feature: Feature) -> None:
    asked: dict[str, Any] = {"feature": feature.pk, "version": "drafts-2", "at": LOOKED, "id": 5, "width": 10}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {looking.LATER}", asked)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "interaction_version" in plan
    assert "occurred_at" in plan.split("interaction_version", 2)[-1]
