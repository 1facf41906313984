"""Position bias: told from what chance swapped, refused where nothing was, an alarm once such rows are exported."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from annotation.ingest import store
from annotation.loops import position
from annotation.models import Feature, Item
from tests import worlds
from tests.cast import NOW
from tests.ingest.sent import interaction, signal

pytestmark = pytest.mark.django_db

SETS = 600


def shown(feature: Feature, *, looked_at: float, is_told: bool = True) -> None:
    """Sets of two: the better is right in 70 of 100, the other in 40; chance swaps half of them."""
    rng = np.random.default_rng(11)
    records: list[dict[str, Any]] = []
    for number in range(SETS):
        is_swapped = rng.random() < 0.5
        for place in (1, 2):
            before = 3 - place if is_swapped else place
            takes = rng.random() < (0.7, 0.4)[before - 1] and (place == 1 or rng.random() < looked_at)
            records.append(
                interaction(
                    f"set-{number}-{place}",
                    exposure={"set_id": f"set-{number}", "rank": place, "of": 2},
                    metadata={"flywheel.rank_before": before} if is_told else None,
                    signals=[signal("accepted", id="s")] if takes else None,
                )
            )
    outcome = store.interactions(records=list(enumerate(records)), now=NOW)
    assert outcome.accepted == len(records)


def test_a_place_that_is_looked_at_less_is_told_from_the_answer_that_stands_there(drafts: Feature) -> None:
    shown(drafts, looked_at=0.5)
    found = position.told(position.measure(drafts))
    assert found.figure is not None
    assert found.figure.low is not None
    assert found.figure.high is not None
    assert found.figure.low < 0.5 < found.figure.high < 0.9
    assert found.alarm == "none"
    assert "Nothing with places has been exported so far" in found.todo
    worlds.label(item := Item.objects.filter(feature=drafts)[0], on=1)
    worlds.export([item], of=drafts, on=2)
    found = position.told(position.measure(drafts))
    assert found.alarm == "amber"
    assert "1 rows of the latest dataset don't allow for it" in found.sentence
    assert "at place 2" in found.todo


def test_places_that_hardly_matter_are_no_alarm(drafts: Feature) -> None:
    shown(drafts, looked_at=1)
    found = position.told(position.measure(drafts))
    assert found.alarm == "none"
    assert found.sentence.endswith("places hardly matter.")


def test_without_ranks_or_chance_position_can_not_be_separated(drafts: Feature) -> None:
    refused = position.told(position.measure(drafts)).refusal
    assert refused.startswith("Position can't be separated from the answer: no answers come with the rank")
    shown(drafts, looked_at=0.5, is_told=False)
    assert "flywheel.rank_before" in position.told(position.measure(drafts)).refusal
