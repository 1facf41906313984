"""GET /api/v1/items."""

from __future__ import annotations

import math
from typing import Any

import pytest

from annotation.models import Cohort, Item
from tests import cast
from tests.api.test_labels import label
from tests.cast import NOW, Machine
from tests.ingest.sent import interaction, signal


@pytest.fixture
def sender(machine: Machine) -> Machine:
    machine.post("/interactions", [interaction(f"g{n}", signals=[signal(id="s-1")]) for n in range(5)])
    return machine


def listed(machine: Machine, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = machine.get("/items", feature="email-drafts", **query).json()["results"]
    return found


def test_an_open_item_names_itself_its_interaction_and_its_signal(sender: Machine) -> None:
    one = listed(sender)[0]
    assert one["id"].startswith("itm_")
    assert (one["interaction_id"], one["signal_id"], one["signal_kind"]) == ("g0", "s-1", "accepted")
    assert (one["queue"], one["purpose"], one["status"], one["weight"]) == ("default", "sample", "open", 1.0)
    decided = ("inclusion_probability", "reason", "outcome", "confidence", "method")
    assert [one[name] for name in decided] == [None] * 5


def test_a_resolved_item_says_what_was_decided_and_how(sender: Machine) -> None:
    sender.post("/labels", label(interaction_id="g2"))
    (one,) = listed(sender, status="resolved")
    assert (one["interaction_id"], one["reason"], one["outcome"]) == ("g2", "verified", "good")
    assert (one["method"], one["confidence"]) == ("single", None)
    assert len(listed(sender, status="open")) == 4


def test_a_closed_cohort_gives_the_chance_of_each_item_of_the_sample(sender: Machine) -> None:
    keys = sorted(key for key in Item.objects.values_list("key", flat=True) if key is not None)
    Cohort.objects.update(closed_at=NOW, threshold=keys[2])
    chances = [one["inclusion_probability"] for one in listed(sender)]
    assert sorted(chance for chance in chances if chance is not None) == [keys[2], keys[2]]


def test_a_cohort_that_was_reached_whole_has_every_item_for_certain(sender: Machine) -> None:
    Cohort.objects.update(closed_at=NOW, threshold=math.inf)
    assert {one["inclusion_probability"] for one in listed(sender)} == {1.0}


def test_items_come_in_pages_and_by_queue(sender: Machine) -> None:
    first = sender.get("/items", feature="email-drafts", limit=3).json()
    second = sender.client.get(first["next"]).json()
    assert [one["interaction_id"] for one in first["results"] + second["results"]] == [f"g{n}" for n in range(5)]
    assert second["next"] is None
    assert listed(sender, queue="other") == []


def test_the_scope_is_read_and_the_feature_has_to_be_named(sender: Machine) -> None:
    assert cast.machine("ingest", "label").get("/items", feature="email-drafts").status_code == 403
    assert sender.get("/items").status_code == 422
    assert sender.get("/items", feature="email-drafts", status="lost").status_code == 422
    bound = cast.machine("read", of=cast.feature("support-chat"))
    assert bound.get("/items", feature="email-drafts").json()["code"] == "forbidden_feature"


def test_the_number_of_queries_does_not_grow_with_the_page(sender: Machine, django_assert_max_num_queries: Any) -> None:
    sender.post("/labels", [label(interaction_id=f"g{n}") for n in range(5)])
    with django_assert_max_num_queries(6):
        assert len(listed(sender)) == 5
