"""Crowds whose items have a known answer, through the public API: what comes out is as right as it should be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from annotation.consensus.runs import job, request
from annotation.models import ConsensusFit, ConsensusRun
from tests import cast
from tests.cast import NOW, Machine
from tests.realdata import crowds, requires
from tests.realdata.crowds import Crowd

pytestmark = pytest.mark.django_db(transaction=True)

REASONS = ("verified", "unread", "adequate", "scaffold", "no_alternative")
"""What each class of a crowd is called here."""

FEATURE = "crowd"
CHUNK = 2_000

# Everything that is likelier than not is an answer, so that each item has one.
WEIGHED = {"consensus": "dawid_skene", "overlap": 2, "overlap_max": 50, "stop_at": 0.5, "full_overlap_share": 0}


def posted(crowd: Crowd, **queue: Any) -> Machine:
    """The crowd's items as interactions with a signal, and its labels, each as that of another annotator."""
    cast.feature()
    machine = cast.machine()
    assert machine.post("/features", {"slug": FEATURE, "name": "A crowd"}).status_code == 201
    assert machine.patch(f"/queues/{FEATURE}/default", queue).status_code == 200
    for chunk in _chunks([_interaction(item) for item in crowd.items]):
        assert machine.post("/interactions", chunk).json()["accepted"] == len(chunk)
    for chunk in _chunks([_label(*place, crowd, answer) for place, answer in crowd.said.items()]):
        assert machine.post("/labels", chunk).json()["accepted"] == len(chunk)
    return machine


def night() -> ConsensusRun:
    (run,) = request.ask_due(now=NOW + timedelta(days=1))
    job.run(run_id=run.pk, by="test", clock=lambda: NOW + timedelta(days=1))
    run.refresh_from_db()
    assert run.status == "done", run.error
    return run


def answers(machine: Machine) -> dict[str, dict[str, Any]]:
    """Every item as the API lists it, by its interaction."""
    found: dict[str, dict[str, Any]] = {}
    following = f"/api/v1/items?feature={FEATURE}&limit=500"
    while following:
        page = machine.client.get(following).json()
        found |= {one["interaction_id"]: one for one in page["results"]}
        following = page["next"]
    return found


def accuracy(crowd: Crowd, found: dict[str, dict[str, Any]]) -> float:
    """What has no answer counts by the chance that drawing among the most said hits the truth."""
    return round(sum(_right(crowd, item, found[item]["reason"]) for item in crowd.items) / len(crowd.items), 4)


def _right(crowd: Crowd, item: str, reason: str | None) -> float:
    truth = _reason(crowd, crowd.truth[item])
    if reason is not None:
        return float(reason == truth)
    counts = Counter(_reason(crowd, answer) for (_, one), answer in crowd.said.items() if one == item)
    most = [one for one, count in counts.items() if count == max(counts.values())]
    return (truth in most) / len(most)


def _reason(crowd: Crowd, answer: str) -> str:
    return REASONS[crowd.classes.index(answer)]


def _interaction(item: str) -> dict[str, Any]:
    at = NOW.isoformat()
    signal = {"kind": "accepted", "observed_at": at}
    return {"feature": FEATURE, "id": item, "occurred_at": at, "output": f"Item {item}.", "signals": [signal]}


def _label(worker: str, item: str, crowd: Crowd, answer: str) -> dict[str, Any]:
    return {
        "feature": FEATURE,
        "interaction_id": item,
        "signal_kind": "accepted",
        "source": "human",
        "source_name": worker,
        "reason": _reason(crowd, answer),
    }


def _chunks(records: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(records), CHUNK):
        yield records[start : start + CHUNK]


def test_a_small_crowd_is_counted_by_day_and_weighed_by_night() -> None:
    """Ann, Ben and Cleo are right; Dan and Eve say 1 whatever it is, a draw where one of the three is away."""
    truth = {f"i{number}": "01"[number % 2] for number in range(44)}
    said = {
        (who, item): answer if who in ("ann", "ben", "cleo") else "1"
        for item, answer in truth.items()
        for who in ("ann", "ben", "cleo", "dan", "eve")
        if who != "cleo" or int(item[1:]) < 36
    }
    crowd = Crowd(said, truth)
    machine = posted(crowd, **WEIGHED | {"overlap_max": 4})
    by_day = answers(machine)
    assert {by_day[item]["status"] for item in ("i36", "i38", "i40", "i42")} == {"disputed"}
    assert accuracy(crowd, by_day) == round(42 / 44, 4)
    assert night().changed == 44
    by_night = answers(machine)
    assert accuracy(crowd, by_night) == 1
    assert {(one["method"], one["status"]) for one in by_night.values()} == {("dawid_skene", "resolved")}


@pytest.mark.long
@requires(*crowds.NAMES)
@pytest.mark.parametrize(
    ("crowd", "majority", "low", "high"),
    [(crowds.bluebirds, 0.7593, 0.889, 1), (crowds.barzan, 0.696, 0.709, 0.712)],
)
def test_where_it_helps_people_are_weighed(
    crowd: Callable[[], Crowd], majority: float, low: float, high: float
) -> None:
    found = crowd()
    machine = posted(found, **WEIGHED)
    assert accuracy(found, answers(machine)) == majority
    night()
    assert ConsensusFit.objects.get().why == "fitted"
    assert low <= accuracy(found, answers(machine)) <= high


@pytest.mark.long
@requires(*crowds.NAMES)
@pytest.mark.parametrize(("name", "majority"), [("CF", 0.8822), ("CF_amt", 0.8533)])
def test_where_it_does_not_the_vote_stays(name: str, majority: float) -> None:
    found = crowds.sentiment(name)
    machine = posted(found, **WEIGHED)
    night()
    fit = ConsensusFit.objects.get()
    assert (fit.is_used, fit.why) == (False, "too_few")
    assert fit.missing > 0
    listed = answers(machine)
    assert {one["method"] for one in listed.values()} <= {"majority", "single", None}
    assert accuracy(found, listed) == majority
