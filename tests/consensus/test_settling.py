"""What a fit settles many at a time comes out as the whole rule has it, and what isn't plain is left to that rule."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from uuid import uuid4

import pytest
from django.db.models import F

from annotation.consensus import resolve
from annotation.models import ConsensusRevision, Item, Label, Rater
from tests import crowd, stock
from tests.cast import NOW
from tests.consensus import world
from tests.consensus.world import A, B

pytestmark = pytest.mark.django_db(transaction=True)

C = "scaffold"
NEXT_NIGHT = NOW + timedelta(days=1)


def varied(slug: str) -> list[Item]:
    """Many plain items of people who are right by turns, and some of every kind that is not plain."""
    feature = stock.feature(slug)
    world.queue(feature, overlap_max=3)
    random = Random(5)
    truths = [random.choice([A, B]) for _ in range(150)]
    others = {A: B, B: A}
    says = [[one if random.random() < right else others[one] for right in (0.95, 0.9, 0.85)] for one in truths]
    for one, told in list(zip(truths, says, strict=True))[6:16]:
        told.append(one)
    items = world.labeled(feature, [*says, [A], [A, B], [C, C], [A, A]])
    crowd.gold(items[:3], A)
    first = Label.objects.filter(item=items[3]).earliest("pk")
    first.pk, first.rater, first.role, first.submission_id = None, world.person(9), "adjudicator", uuid4()
    first.save(force_insert=True)
    Item.objects.filter(pk=items[4].pk).update(status="flagged")
    Item.objects.filter(pk=items[5].pk).update(needed=F("needed") + 1, extra=1)
    return items


def fitted(item: Item) -> resolve.Told:
    """All of its labels say A, and so does the fit."""
    labels = list(Label.objects.filter(item=item).order_by("pk"))
    ids = [one.pk for one in labels]
    return resolve.Told(item.pk, A, labels[-1].reason_id, 0.99, {A: 0.99, B: 0.01}, ids, len(ids), sum(ids))


def nothing(*args: object, **named: object) -> dict[int, bool]:
    return {}


def written(items: list[Item]) -> list[tuple[object, ...]]:
    """What stands of each item, in terms that two worlds share."""
    return [of_item(place, Item.objects.get(pk=item.pk)) for place, item in enumerate(items)]


def of_item(place: int, item: Item) -> tuple[object, ...]:
    labels = list(Label.objects.filter(item=item).order_by("pk").values_list("pk", flat=True))
    revisions = [of_revision(one, labels) for one in ConsensusRevision.objects.filter(item=item).order_by("number")]
    return place, item.status, item.needed, item.extra, item.resolved_at, revisions


def of_revision(one: ConsensusRevision, labels: list[int]) -> tuple[object, ...]:
    posterior = None if one.posterior is None else {code: round(p, 5) for code, p in one.posterior.items()}
    confidence = None if one.confidence is None else round(one.confidence, 9)
    by = [labels.index(pk) for pk in one.label_ids]
    told = (one.number, one.reason_id, one.method, one.label_source, confidence, posterior, by)
    return *told, one.resolved_at, one.superseded_at


@pytest.mark.parametrize("standing", ["told", "quarantined", "double_labeled"])
def test_both_ways_write_the_same_to_the_last_column(standing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two features with the same labels, decided twice: the second night after it was said that somebody's labels
    count otherwise."""
    settled: list[int] = []
    settle = resolve.settle

    def noting(*args: object, **named: object) -> dict[int, bool]:
        done = settle(*args, **named)  # type: ignore[arg-type]
        settled.extend(done)
        return done

    worlds = {way: varied(way) for way in ("many", "each")}
    for night in (NOW, NEXT_NIGHT):
        for way, items in worlds.items():
            monkeypatch.setattr(resolve, "settle", noting if way == "many" else nothing)
            world.ran(items[0].queue, now=night)
        assert written(worlds["many"]) == written(worlds["each"])
        Rater.objects.filter(pk=world.person(3).pk).update(standing=standing, standing_from=NOW)
    items = worlds["many"]
    assert len(set(settled)) > 100
    unusual = [*items[:5], items[-4]]
    assert not {item.pk for item in unusual} & set(settled)


def test_an_item_labeled_since_the_fit_was_made_is_left(db: None) -> None:
    feature = stock.feature()
    world.queue(feature)
    (item,) = world.labeled(feature, [[A, A]])
    told = fitted(item)
    crowd.gold([item], B)
    assert resolve.settle([told], now=NOW) == {}
    assert not ConsensusRevision.objects.exists()


def test_one_that_stands_so_is_not_written_again(db: None) -> None:
    feature = stock.feature()
    world.queue(feature)
    (item,) = world.labeled(feature, [[A, A]])
    told = fitted(item)
    assert resolve.settle([told], now=NOW) == {item.pk: True}
    assert resolve.settle([told._replace(confidence=0.985)], now=NEXT_NIGHT) == {item.pk: False}
    assert resolve.settle([told._replace(confidence=0.96)], now=NEXT_NIGHT) == {item.pk: True}
    item.refresh_from_db()
    assert (item.status, item.resolved_at, ConsensusRevision.objects.count()) == ("resolved", NOW, 2)
