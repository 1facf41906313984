"""The best way is chosen, and times never run backwards, from values alone."""

from __future__ import annotations

from datetime import datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation.closure import chain
from tests.worlds import day

times = st.lists(st.none() | st.integers(0, 20).map(day), min_size=9, max_size=9)


def _tail(*days: float, **more: bool) -> chain.Tail:
    names = ("exported_at", "trained_at", "deployed_at", "first_changed_at")
    found: dict[str, datetime] = {name: day(number) for name, number in zip(names, days, strict=False)}
    return chain.Tail(export_id=1, export="exp", **found, **more)  # type: ignore[arg-type]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(times)
def test_derived_times_never_run_backwards_and_reports_are_kept(reported: list[datetime | None]) -> None:
    steps = chain.derive(reported, reported)
    known = [step.at for step in steps if step.at is not None]
    assert known == sorted(known)
    assert [step.reported_at for step in steps] == reported
    assert any(step.is_inconsistent for step in steps) == chain.runs_backwards(reported)


def test_the_way_that_leads_further_wins_over_the_earlier_one() -> None:
    assert min(_tail(1, 2), _tail(5, 6, 7), key=lambda tail: tail.rank) == _tail(5, 6, 7)


def test_of_ways_that_close_the_earliest_first_changed_wins_then_the_earliest_trained() -> None:
    ways = [_tail(2, 3, 5, 9), _tail(2, 4, 5, 8), _tail(1, 3, 5, 8)]
    assert min(ways, key=lambda tail: tail.rank) == _tail(1, 3, 5, 8)


def test_of_ways_that_lead_equally_far_one_that_runs_forward_wins() -> None:
    assert min(_tail(2, 3, 1, 2), _tail(4, 5, 6, 7), key=lambda tail: tail.rank) == _tail(4, 5, 6, 7)


def test_a_row_to_train_on_wins_over_an_earlier_one_that_is_held_out() -> None:
    held_out = _tail(1, 2, 3, 4).for_split("validation")
    assert held_out.times == (day(1), None, None, None)
    assert min(held_out, _tail(6), key=lambda tail: tail.rank) == _tail(6)


def test_an_interaction_without_items_stands_where_it_was_ingested() -> None:
    found = chain.close(occurred_at=day(0), ingested_at=day(1), ways=[], end=None)
    assert (found.reached, found.waits_at, found.time_to_close) == ("ingested", "ingested", None)
    assert len(found.steps) == len(chain.STAGES)
