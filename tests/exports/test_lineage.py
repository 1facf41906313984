"""Of each row it can be told where it comes from and where it led: in the room, over the API, on its page."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings

from annotation.exports.finished import lineage
from annotation.exports.rows import read
from annotation.labels import raters
from annotation.models import Export, Feature, Item, Label, Rater, User
from tests import cast, worlds
from tests.cast import NOW, Machine
from tests.erasure import world as erasures
from tests.exports import world
from tests.web import pages

pytestmark = pytest.mark.django_db(transaction=True)

SPLIT = {"train": 0.5, "test": 0.5}


@pytest.fixture(autouse=True)
def storage(settings: LazySettings, tmp_path: Any) -> None:
    settings.STORAGE_FOLDER = tmp_path


@pytest.fixture
def labeled(feature: Feature, annotator: User) -> Feature:
    """Eight answers in as many conversations, labeled by Ann; a judge said the same before, and decided nothing."""
    for number in range(8):
        item = world.waiting(world.shown(feature, conversation_id=f"c{number}"), "accepted")
        world.label(item, "verified", by=raters.for_user(annotator), now=NOW + timedelta(minutes=10))
        judged(item)
    return feature


def judged(item: Item) -> None:
    said = Label.objects.get(item=item)
    at = NOW + timedelta(minutes=5)
    said.pk, said.rater, said.confidence = None, raters.named(kind=Rater.Kind.JUDGE, name="strict"), 0.7
    said.labeled_at, said.received_at, said.submission_id = at, at, uuid4()
    said.save(force_insert=True)


@pytest.fixture
def done(labeled: Feature) -> Export:
    """In two shards a split, so that a line is not the ordinal."""
    return world.made(labeled, splits=SPLIT, shard_rows=2)


def in_split(export: Export, split: str) -> int:
    row = export.rows.filter(split=split).order_by("-ordinal").first()
    assert row
    return row.ordinal


def turned(export: Export) -> None:
    worlds.run(export, on=1, name="bad-night", status="failed")
    worlds.run(export, on=2, name="night")
    worlds.deploy(export.feature, on=3)
    world.shown(export.feature, now=worlds.day(4), model_version="drafts-2")


def test_a_row_leads_from_the_users_action_to_the_first_changed_interaction(done: Export) -> None:
    turned(done)
    ordinal = in_split(done, "train")
    found = lineage.of_row(export=done, ordinal=ordinal)
    (row,) = read.rows(export=done, first=ordinal, last=ordinal)
    own = found.own
    names = ("interaction_id", "item_id", "signal_id", "signal_kind", "model_version")
    assert {name: getattr(own, name) for name in names} == {name: row[name] for name in names}
    assert own.decided
    assert (own.decided.reason, own.decided.method, own.decided.superseded_at) == ("verified", "single", None)
    assert [(one.rater, one.source, one.counts) for one in own.labels] == [
        ("strict", "judge", False),
        ("Ann", "human", True),
    ]
    assert [(run.name, run.status, len(run.deployments)) for run in found.runs] == [
        ("bad-night", "failed", 0),
        ("night", "succeeded", 1),
    ]
    changed = found.first_changed
    assert changed
    assert (changed.deployed_at, changed.first_changed_at) == (worlds.day(3), worlds.day(4))
    shard = done.shards.get(first_ordinal__lte=ordinal, last_ordinal__gte=ordinal)
    assert shard.first_ordinal > 1
    assert (found.file, found.line) == (shard.name, ordinal - shard.first_ordinal + 1)
    held_out = lineage.of_row(export=done, ordinal=in_split(done, "test"))
    assert (held_out.is_held_out, held_out.first_changed) == (True, None)


def test_a_label_row_is_traced_to_its_label_alone(labeled: Feature) -> None:
    export = world.made(labeled, "reasons")
    found = [lineage.of_row(export=export, ordinal=row.ordinal) for row in export.rows.filter(row_kind="label")]
    assert all(one.own.decided is None for one in found)
    assert sorted(sum(said.counts for said in one.own.labels) for one in found) == [1] * 16


def test_a_reason_that_people_changed_since_is_said(done: Export, annotator: User, engineer: User) -> None:
    item, later = done.rows.get(ordinal=1).item, world.LATER + timedelta(hours=1)
    said = Label.objects.get(item=item, rater__user=annotator)
    world.label(item, "undone_later", by=said.rater, now=later, replaces=said.pk)
    found = lineage.of_row(export=done, ordinal=1)
    assert found.own.decided
    assert (found.own.decided.reason, found.own.decided.superseded_at) == ("verified", later)
    assert [one.reason for one in found.own.labels] == ["verified", "verified"]
    page = pages.sign_in(engineer).get(f"/datasets/{done.public_id}/rows/1/")
    assert "People have come to another reason since" in pages.words(page)


def test_what_was_erased_has_no_names_and_keeps_its_times(done: Export, engineer: User) -> None:
    before = lineage.of_row(export=done, ordinal=1)
    assert before.own.interaction_id
    erasures.erase(done.feature, interaction_id=before.own.interaction_id)
    done.refresh_from_db()
    after = lineage.of_row(export=done, ordinal=1)
    assert (after.own.interaction_id, after.own.signal_id) == (None, None)
    assert after.own.occurred_at == before.own.occurred_at
    assert lineage.find(export=done, interaction_id=before.own.interaction_id) == []
    page = pages.text(pages.sign_in(engineer).get(f"/datasets/{done.public_id}/rows/1/"))
    assert "It was erased since." in page
    assert before.own.interaction_id not in page


def test_the_api_tells_the_same(done: Export, machine: Machine) -> None:
    turned(done)
    answer = machine.get(f"/exports/{done.public_id}/rows/1/lineage")
    assert answer.status_code == 200
    told = answer.json()
    found = lineage.of_row(export=done, ordinal=1)
    assert told["own"]["interaction_id"] == found.own.interaction_id
    assert [label["rater"] for label in told["own"]["labels"]] == ["strict", "Ann"]
    assert told["runs"][1]["deployments"][0]["first_changed"] is not None
    for ordinal, status in (("9", 404), ("0", 422), ("x", 422)):
        assert machine.get(f"/exports/{done.public_id}/rows/{ordinal}/lineage").status_code == status
    other = cast.machine("export", of=cast.feature("support-chat"))
    assert other.get(f"/exports/{done.public_id}/rows/1/lineage").json()["code"] == "unknown_export"


def test_one_click_leads_from_the_dataset_to_the_way_of_a_row(done: Export, engineer: User) -> None:
    turned(done)
    client = pages.sign_in(engineer)
    ordinal = in_split(done, "train")
    here = f"/datasets/{done.public_id}/"
    assert f'href="{here}rows/{ordinal}/"' in pages.text(client.get(here))
    traced = lineage.of_row(export=done, ordinal=ordinal)
    found = client.get(f"{here}rows/", {"interaction": traced.own.interaction_id or ""})
    assert found.headers["Location"] == f"{here}rows/{ordinal}/"
    page = client.get(found.headers["Location"])
    said = pages.words(page)
    way = [
        "A user got an answer",
        "accepted this answer",
        "Labeled",
        "Decided",
        "Became a row",
        "was trained",
        "deployed",
    ]
    places = [said.index(step, said.index("The way of this row")) for step in [*way, "saw the changed behavior"]]
    assert places == sorted(places)
    assert "strict" in said
    for address in re.findall(r'<p class="meta"><a href="([^"]+)"', pages.text(page)):
        assert client.get(address).status_code == 200, address
    answer = client.get(f"/datasets/{done.public_id}/rows/", {"interaction": "gen_of\x00_nobody"})
    assert "No row of this dataset holds the interaction “gen_of_nobody”." in pages.words(answer)
    assert client.get(f"/datasets/{done.public_id}/rows/99/").status_code == 404


def test_rows_are_paged_and_every_one_is_reached(done: Export, engineer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotation.web.datasets.rows.ROWS_AT_ONCE", 3)
    client = pages.sign_in(engineer)
    address, seen = f"/datasets/{done.public_id}/rows/", []
    query = "?from=1"
    while query:
        page = pages.text(client.get(address + query))
        seen += re.findall(rf'href="{address}(\d+)/"', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        query = following[1] if following else ""
    assert [int(one) for one in seen] == list(range(1, 9))
