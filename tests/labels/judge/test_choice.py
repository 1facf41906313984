"""What a run asks about, what can't be started, and whose name a version's answers carry."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, transaction
from django.utils import timezone

from annotation import audit, jobs
from annotation.labels import raters
from annotation.labels.imported import Sent, store
from annotation.labels.judge import chosen, request, versions
from annotation.labels.judge.chosen import Choice
from annotation.labels.judge.server import NoServer
from annotation.models import Feature, Item, JudgeRun, JudgeVersion
from tests import judge_server, stock, worlds
from tests.cast import NOW
from tests.judge_server import JudgeServer
from tests.labels.judge import world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server(settings: LazySettings) -> Iterator[JudgeServer]:
    with judge_server.running() as running:
        world.asks(settings, running)
        yield running


def test_one_run_of_a_version_at_a_time_and_what_can_not_be_started(server: JudgeServer, feature: Feature) -> None:
    version = world.judge()
    with pytest.raises(request.NothingToAsk):
        world.asked(version, feature)
    stock.items(feature, 1)
    for limits in ({"per_second": 0}, {"concurrency": 99}, {"tries": 0}, {"cost_cap": Decimal("NaN")}):
        with pytest.raises(request.WrongChoice):
            world.asked(version, feature, **limits)
    run = world.asked(version, feature)
    with pytest.raises(request.RunRunning, match=run.public_id):
        world.asked(version, feature)
    request.cancel(run=run, actor=audit.FLYWHEEL, now=NOW)
    assert world.asked(version, feature)


def test_without_a_server_nothing_is_started_and_a_run_says_what_to_set(
    server: JudgeServer, feature: Feature, settings: LazySettings
) -> None:
    stock.items(feature, 1)
    run = world.asked(world.judge(), feature)
    settings.JUDGE_BASE_URL = None
    assert "JUDGE_BASE_URL" in world.worked(run).error
    with pytest.raises(NoServer):
        world.asked(run.version, feature)


def test_a_share_is_drawn_by_a_number_of_its_own_and_grows_without_leaving_anybody_out(
    server: JudgeServer, feature: Feature
) -> None:
    stock.items(feature, 400)
    version = world.judge()

    def picked(**choice: Any) -> list[Item]:
        return chosen.first(version=version, feature=feature, choice=Choice(**choice), most=1000)

    some, more = picked(share=0.25), picked(share=0.5)
    assert 60 < len(some) < 140
    assert {one.pk for one in some} < {one.pk for one in more}
    assert len(more) == chosen.count(version=version, feature=feature, choice=Choice(share=0.5))
    # As many of those that queues serve first as of the others.
    early = sum(one.interaction.random_number < 0.5 for one in more)
    assert 0.35 < early / len(more) < 0.65
    assert [len(picked(limit=7)), len(picked(kinds=["edited"])), len(picked(queues=["other"]))] == [7, 0, 0]
    assert len(picked(kinds=["accepted"], queues=["default"], statuses=["open"])) == 400
    assert {one.pk for one in picked(share=0.5, limit=7)} < {one.pk for one in some}


def test_a_version_is_never_changed_and_nobody_else_speaks_for_it(feature: Feature) -> None:
    version = world.judge()
    for change in (
        JudgeVersion.objects.filter(pk=version.pk).update,
        JudgeVersion.objects.filter(pk=version.pk).delete,
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change(**{"prompt": "other"} if change.__name__ == "update" else {})
    with pytest.raises(versions.NameTaken):
        world.judge()
    item = worlds.item(feature)
    sent = Sent(
        feature=feature,
        interaction_id=item.interaction.external_id,
        source="judge",
        source_name="flywheel:Tone v1",
        reason="verified",
        signal_kind="accepted",
    )
    (answer,) = store(labels=[sent], now=NOW)
    assert "Flywheel's own rules and judges" in str(answer)
    # And the other way round: a sender's judge of the same name is another one.
    assert raters.named(kind="judge", name="Tone v1") != JudgeVersion.objects.get().rater


def test_the_sweep_finds_a_run_whose_bell_was_lost(server: JudgeServer, feature: Feature) -> None:
    stock.items(feature, 1)
    run = world.asked(world.judge(), feature)
    assert jobs.unattended(JudgeRun, now=timezone.now() + jobs.BELL_LOST_AFTER * 2) == [run.pk]
