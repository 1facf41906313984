"""Lists come page by page, each row once, whatever arrives meanwhile."""

from __future__ import annotations

import pytest

from annotation.models import Feature
from tests import cast
from tests.cast import Machine


def slugs(machine: Machine, address: str) -> tuple[list[str], str | None]:
    page = machine.client.get(address).json()
    return [row["slug"] for row in page["results"]], page["next"]


def test_following_next_gives_each_row_once_though_rows_arrive(feature: Feature, machine: Machine) -> None:
    for number in range(4):
        cast.feature(f"f-{number}")
    seen: list[str] = []
    address: str | None = "/api/v1/features?limit=2"
    while address:
        found, address = slugs(machine, address)
        seen += found
        if len(seen) == 2:
            cast.feature("late")
    assert seen == ["email-drafts", "f-0", "f-1", "f-2", "f-3", "late"]


def test_a_last_page_that_is_full_says_that_it_is_the_last(feature: Feature, machine: Machine) -> None:
    assert slugs(machine, "/api/v1/features?limit=1") == (["email-drafts"], None)


def test_an_empty_list_is_an_empty_page(machine: Machine, feature: Feature) -> None:
    bound = cast.machine(of=cast.feature("other"))
    bound.client.get("/api/v1/features")
    assert slugs(cast.machine(), "/api/v1/features?cursor=f_________8") == ([], None)


@pytest.mark.parametrize("cursor", ["f_________8", "AAAAAAAAAAA"])
def test_a_cursor_is_a_place_and_not_a_row(machine: Machine, cursor: str) -> None:
    assert machine.get("/features", cursor=cursor).status_code == 200
