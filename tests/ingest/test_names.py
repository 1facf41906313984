"""Ids are the sender's: whatever characters they have, records and conversations are found again by them."""

from __future__ import annotations

from typing import Any

import pytest

from annotation import copying
from annotation.ingest import store
from annotation.models import Feature, Interaction
from tests.cast import NOW
from tests.ingest.sent import interaction

pytestmark = pytest.mark.django_db

NAMES = [
    '"',
    "\\",
    '\\"',
    "{}",
    "{a,b}",
    ",",
    "NULL",
    "'",
    "a\nb",
    "a\tb",
    " a ",
    "$1",
    "%s",
    "\u00e9\U0001f600",
    "\x01",
]


def send(records: list[Any]) -> tuple[int, int]:
    outcome = store.interactions(records=list(enumerate(records)), now=NOW)
    return outcome.accepted, outcome.duplicates


@pytest.mark.parametrize("others", [0, copying.FEW])
def test_names_of_any_characters_are_found_again(feature: Feature, others: int) -> None:
    names = NAMES + [f"gen_{number}" for number in range(others)]
    firsts = [interaction(name, conversation_id=name, occurred_at="2026-03-02T08:00:00Z") for name in names]
    seconds = [interaction(f"{name} again", conversation_id=name, occurred_at="2026-03-02T07:00:00Z") for name in names]
    assert send(firsts) == (len(names), 0)
    assert send(firsts) == (0, len(names))
    assert send(seconds) == (len(names), 0)
    # What came second occurred first, which is seen only where the conversation was found.
    ranks = dict(Interaction.objects.values_list("external_id", "conversation_rank"))
    assert ranks == dict.fromkeys(names, 2) | {f"{name} again": 1 for name in names}
