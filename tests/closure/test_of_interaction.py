"""The closure of one interaction: nine stages, the best way through, and what runs backwards said openly."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation import closure
from annotation.labels import raters, submit
from annotation.models import Feature, Interaction, Item, Rater
from tests import stock, worlds
from tests.worlds import day


@pytest.fixture
def drafts(db: None) -> Feature:
    return stock.feature()


def _of(item: Item) -> closure.Closure:
    return closure.of_interaction(interaction=item.interaction)


def _at(item: Item) -> list[datetime | None]:
    return [step.at for step in _of(item).steps]


def test_a_whole_turn_has_nine_times_and_a_time_to_close(drafts: Feature) -> None:
    turned = worlds.turn(drafts)
    assert _at(turned) == [day(0), day(0), day(0), day(1), day(1), day(2), day(3), day(4), day(5)]
    found = _of(turned)
    assert (found.time_to_close, found.waits_at, found.end) == (timedelta(days=5), None, None)
    assert found.tail is not None
    assert (found.tail.run, found.tail.model_version, found.tail.first_changed) == ("run-1", "drafts-2", "gen_000001")


def test_each_step_moves_the_stage_at_which_it_waits(drafts: Feature) -> None:
    item = worlds.item(drafts)
    waits = [_of(item).waits_at]
    worlds.label(item, on=1)
    waits.append(_of(item).waits_at)
    export = worlds.export([item], of=drafts, on=2)
    waits.append(_of(item).waits_at)
    worlds.run(export, on=3)
    waits.append(_of(item).waits_at)
    worlds.deploy(drafts, on=4)
    waits.append(_of(item).waits_at)
    assert waits == ["queued", "resolved", "exported", "trained", "deployed"]


def test_an_interaction_without_a_signal_waits_to_be_queued(drafts: Feature) -> None:
    silent = worlds.answer(drafts, on=0)
    assert closure.of_interaction(interaction=silent).waits_at == "ingested"


def test_a_deployment_reported_before_its_run_closes_once_the_run_comes(drafts: Feature) -> None:
    item = worlds.labeled(drafts)
    export = worlds.export([item], of=drafts, on=2)
    worlds.deploy(drafts, on=4)
    worlds.answer(drafts, on=5)
    assert _of(item).waits_at == "exported"
    worlds.run(export, on=3)
    assert _of(item).time_to_close == timedelta(days=5)
    assert _of(item).inconsistent == ()


def test_what_the_model_answered_before_its_deployment_changed_nothing(drafts: Feature) -> None:
    item = worlds.labeled(drafts)
    worlds.run(worlds.export([item], of=drafts, on=2), on=3)
    worlds.answer(drafts, on=3.5)
    worlds.deploy(drafts, on=4)
    assert _of(item).waits_at == "deployed"
    worlds.answer(drafts, on=4)
    assert _of(item).steps[-1].at == day(4)


def test_another_feature_s_answers_and_deployments_close_nothing(drafts: Feature) -> None:
    item = worlds.labeled(drafts)
    worlds.run(worlds.export([item], of=drafts, on=2), on=3)
    other = stock.feature("chat")
    worlds.deploy(other, on=4)
    worlds.answer(other, on=5)
    assert _of(item).waits_at == "trained"


def test_of_several_ways_the_earliest_changed_answer_counts(drafts: Feature) -> None:
    item = worlds.labeled(drafts)
    first, second = (worlds.export([item], of=drafts, on=on) for on in (2, 3))
    worlds.run(first, on=10, makes="slow", name="slow")
    worlds.run(second, on=4, makes="fast", name="fast")
    worlds.deploy(drafts, on=11, version="slow")
    worlds.deploy(drafts, on=5, version="fast")
    worlds.answer(drafts, on=12, version="slow")
    worlds.answer(drafts, on=6, version="fast")
    found = _of(item)
    assert found.tail is not None
    assert (found.tail.run, found.time_to_close) == ("fast", timedelta(days=6))


def test_two_runs_of_one_model_version_count_from_the_earlier(drafts: Feature) -> None:
    item = worlds.labeled(drafts)
    export = worlds.export([item], of=drafts, on=2)
    worlds.run(export, on=4, name="again")
    worlds.run(export, on=3, name="first")
    worlds.deploy(drafts, on=5)
    worlds.answer(drafts, on=6)
    assert _at(item)[-3:] == [day(3), day(5), day(6)]


def test_a_row_in_the_validation_split_alone_trained_nothing(drafts: Feature) -> None:
    item = worlds.labeled(drafts)
    worlds.run(worlds.export([item], of=drafts, on=2, split="validation"), on=3)
    worlds.deploy(drafts, on=4)
    worlds.answer(drafts, on=5)
    found = _of(item)
    assert (found.reached, found.waits_at, found.end) == ("exported", None, "held_out")


def test_a_retracted_run_takes_back_what_it_closed(drafts: Feature) -> None:
    item = worlds.labeled(drafts)
    export = worlds.export([item], of=drafts, on=2)
    worlds.run(export, on=3)
    worlds.deploy(drafts, on=4)
    worlds.answer(drafts, on=5)
    worlds.run(export, on=3, status="failed")
    assert _of(item).waits_at == "exported"


def test_a_counterpart_of_a_pair_was_trained_on_too(drafts: Feature) -> None:
    chosen, rejected = worlds.labeled(drafts), worlds.labeled(drafts, reason="undone_later")
    export = worlds.export([chosen], of=drafts, on=2, rejected=[rejected])
    worlds.run(export, on=3)
    assert _of(rejected).waits_at == "trained"


def test_an_export_for_analysis_counts_only_once_a_run_names_it(drafts: Feature) -> None:
    item = worlds.labeled(drafts)
    export = worlds.export([item], of=drafts, on=2, format="reasons")
    assert _of(item).waits_at == "resolved"
    worlds.run(export, on=3)
    assert _of(item).waits_at == "trained"


def test_a_clock_that_ran_behind_is_shown_as_inconsistent_and_no_time_runs_backwards(drafts: Feature) -> None:
    item = worlds.labeled(drafts)
    worlds.run(worlds.export([item], of=drafts, on=2), on=3)
    worlds.deploy(drafts, on=1.5)
    worlds.answer(drafts, on=5)
    found = _of(item)
    assert [(step.stage, step.reported_at, step.at) for step in found.inconsistent] == [("deployed", day(1.5), day(3))]
    assert found.time_to_close == timedelta(days=5)


def test_a_way_that_runs_forward_is_preferred_to_one_that_does_not(drafts: Feature) -> None:
    item = worlds.labeled(drafts)
    worlds.deploy(drafts, on=1)
    worlds.answer(drafts, on=1.5)
    worlds.run(worlds.export([item], of=drafts, on=2), on=3)
    assert _of(item).inconsistent != ()
    worlds.deploy(drafts, on=4)
    worlds.answer(drafts, on=5)
    assert _of(item).inconsistent == ()
    assert _of(item).time_to_close == timedelta(days=5)


def test_a_label_taken_back_leaves_the_item_unlabeled(drafts: Feature) -> None:
    item = worlds.labeled(drafts)
    submit.undo(rater=stock.rater(1), item=item, now=day(1.5))
    assert _of(item).waits_at == "queued"


def test_an_exported_row_keeps_its_times_when_the_label_is_corrected_later(drafts: Feature) -> None:
    item = worlds.labeled(drafts)
    worlds.export([item], of=drafts, on=2)
    own = item.labels.get()
    answer = submit.Answer(reason_code="adequate", submission_id=uuid4(), replaces=own.pk)
    submit.label(rater=stock.rater(1), item=item, answer=answer, now=day(3))
    assert _at(item)[3:6] == [day(1), day(1), day(2)]


def test_a_judge_s_label_is_not_a_person_s(drafts: Feature) -> None:
    item = worlds.item(drafts)
    judge = raters.named(kind=Rater.Kind.JUDGE, name="judge-1")
    label = worlds.label(worlds.item(drafts), on=1)
    item.labels.create(
        rater=judge,
        taxonomy_version=label.taxonomy_version,
        reason=label.reason,
        labeled_at=day(1),
        received_at=day(1),
        submission_id=uuid4(),
    )
    assert _of(item).waits_at == "queued"


@pytest.mark.parametrize(
    ("changes", "end"), [({"is_evaluation": True}, "evaluation"), ({"erased_at": day(1)}, "erased")]
)
def test_what_can_lead_no_further_says_why(drafts: Feature, changes: dict[str, object], end: str) -> None:
    item = worlds.item(drafts)
    Interaction.objects.filter(pk=item.interaction_id).update(**changes)
    found = closure.of_interaction(interaction=Interaction.objects.get(pk=item.interaction_id))
    assert (found.reached, found.waits_at, found.end) == ("queued", None, end)


def test_a_meaning_that_permits_no_use_ends_there(drafts: Feature) -> None:
    assert _of(worlds.labeled(drafts, reason="unread")).end == "no_permitted_use"


def test_it_takes_two_statements_however_many_ways_there_are(drafts: Feature) -> None:
    item = worlds.labeled(drafts)
    for number in range(5):
        worlds.run(worlds.export([item], of=drafts, on=2), on=3, name=f"run-{number}", makes=f"drafts-{number + 2}")
        worlds.deploy(drafts, on=4, version=f"drafts-{number + 2}")
    interaction = item.interaction
    with CaptureQueriesContext(connection) as queries:
        closure.of_interaction(interaction=interaction)
    assert len(queries) == 2
