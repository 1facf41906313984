"""Labels mapped through rename, merge and split while people label and a worker is killed: none lost, none doubled."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import connection, connections
from django.utils import timezone

from annotation import audit, tasks
from annotation.errors import Refusal
from annotation.labels import submit
from annotation.labels.remap import request
from annotation.models import ConsensusRevision, Feature, Item, Label, LabelContent, Lease, Rater, Relabel, Remap
from annotation.queues import lease
from annotation.taxonomy import drafts
from tests import stock
from tests.cast import NOW
from tests.taxonomy import world
from tests.workers import Workers, until

pytestmark = pytest.mark.django_db(transaction=True)

# What each label says, in turn; what becomes of it. Two people said the same of each item.
CODES = ("verified", "adequate", "scaffold", "undone_later", "unread")
BECAME = {
    "verified": "checked",
    "adequate": "checked",
    "scaffold": None,
    "undone_later": "taken_back",
    "unread": "unread",
}
WHILE_SECONDS = 60

FILL = """
    WITH n AS (
        INSERT INTO annotation_interaction
            (feature_id, external_id, fingerprint, conversation_rank, occurred_at, ingested_at, model_version,
             request_model, response_model, random_number, is_evaluation, clock_ahead_ms)
        SELECT %(feature)s::bigint, 'gen_' || g, '\\x00', 1, %(now)s::timestamptz, %(now)s::timestamptz, 'v1', '', '',
               0.5, false, 0
        FROM generate_series(1, %(items)s::int) g
        RETURNING id
    ), s AS (
        INSERT INTO annotation_signal (interaction_id, external_id, kind, observed_at, ingested_at, is_late)
        SELECT id, 's', 'accepted', %(now)s::timestamptz, %(now)s::timestamptz, false FROM n
        RETURNING id, interaction_id
    ), i AS (
        INSERT INTO annotation_item
            (public_id, feature_id, queue_id, interaction_id, signal_id, signal_kind, purpose, status, evidence_version,
             needed, taken, queued_at, first_shown_at, resolved_at)
        SELECT 'item_' || id, %(feature)s::bigint, %(queue)s::bigint, interaction_id, id, 'accepted', 'backfill',
               'resolved', 1, 2, %(raters)s::bigint[], %(now)s::timestamptz, %(now)s::timestamptz, %(now)s::timestamptz
        FROM s
        RETURNING id
    ), l AS (
        INSERT INTO annotation_label
            (item_id, rater_id, role, taxonomy_version_id, reason_id, labeled_at, received_at, suggestion_seen,
             submission_id)
        SELECT i.id, rater, 'annotator', r.taxonomy_version_id, r.id, %(now)s::timestamptz, %(now)s::timestamptz, false,
               gen_random_uuid()
        FROM i CROSS JOIN unnest(%(raters)s::bigint[]) rater
        JOIN annotation_reason r ON r.signal_kind = 'accepted' AND r.code = (%(codes)s::text[])[1 + i.id %% 5]
        RETURNING id, item_id, reason_id
    ), c AS (
        INSERT INTO annotation_labelcontent (label_id, comment, correction, quote, explanation)
        SELECT id, 'comment on ' || item_id, '', '', '' FROM l
    )
    INSERT INTO annotation_consensusrevision
        (item_id, number, reason_id, method, label_source, confidence, label_ids, resolved_at)
    SELECT item_id, 1, min(reason_id), 'majority', 'human', 1, array_agg(id ORDER BY id), %(now)s::timestamptz
    FROM l GROUP BY item_id
"""


def test_2000_labels_while_people_label_and_the_worker_is_killed(workers: Workers) -> None:
    _play(workers, labels=2_000, people=3)


@pytest.mark.long
def test_100_000_labels_while_people_label_and_the_worker_is_killed(workers: Workers) -> None:
    _play(workers, labels=100_000, people=3)


def _play(workers: Workers, *, labels: int, people: int) -> None:
    feature = _filled(labels)
    origins = dict(Label.objects.values_list("pk", "reason__code"))
    draft = _draft()
    worker = workers.start_worker()
    with _people_at_work(feature, people) as said:
        until(lambda: len(said) > 2 * people)
        remap = request.publish(version=draft, note="", actor=audit.FLYWHEEL, now=timezone.now())
        assert remap is not None
        began = time.monotonic()
        with _last_held():
            tasks.ring(remap)
            until(lambda: _mapped(remap) > labels // 4, within=600)
            worker.kill()
        assert Remap.objects.get(pk=remap.pk).status == "running"
        workers.start_worker()
        until(lambda: _is_done(remap), within=1800, every=0.5)
        seconds = time.monotonic() - began
    told = f"{labels:,} labels while {people} people saved {len(said):,}, killed once: {seconds:.1f} s"
    print(f"\n{told}, {labels / seconds:,.0f} labels a second")
    _check(Remap.objects.get(pk=remap.pk), origins, said)


def _filled(labels: int) -> Feature:
    feature = stock.feature()
    queue = stock.queue(feature, overlap=2)
    raters = [stock.rater(number).pk for number in (101, 102)]
    at: dict[str, Any] = {"feature": feature.pk, "queue": queue.pk, "items": labels // 2, "raters": raters, "now": NOW}
    with connection.cursor() as cursor:
        cursor.execute(FILL, at | {"codes": list(CODES)})
        cursor.execute("ANALYZE")
    return feature


def _draft() -> Any:
    draft = drafts.begin(**world.BY)
    world.changed(world.reason(draft, "verified"), code="checked")
    world.merge(draft, "adequate", into="checked")
    world.split(draft, "scaffold", world.spec("start", "t"), world.spec("outline", "r"))
    world.changed(world.reason(draft, "undone_later"), code="taken_back", uses=["kto-"])
    return draft


@contextmanager
def _last_held() -> Iterator[None]:
    """The labels of the last item are not mapped meanwhile, however late anybody looks."""
    with psycopg.connect(**connection.get_connection_params()) as own:
        own.execute("SELECT id FROM annotation_item ORDER BY id DESC LIMIT 1 FOR UPDATE")
        yield


def _is_done(remap: Remap) -> bool:
    """And if not, somebody looks for jobs that a dead worker left, as beat does."""
    tasks.ring_silent_jobs.delay()
    return bool(Remap.objects.get(pk=remap.pk).status == "done")


def _mapped(remap: Remap) -> int:
    mapped, again = Remap.objects.values_list("mapped", "again").get(pk=remap.pk)
    return int(mapped + again)


@contextmanager
def _people_at_work(feature: Feature, people: int) -> Iterator[list[Label]]:
    """So many people change labels of theirs and label what is open, until the block ends. Yields what was saved."""
    said: list[Label] = []
    broken: list[BaseException] = []
    ended = threading.Event()
    raters = [stock.rater(number) for number in (101, 102)]

    def work(number: int) -> None:
        dice = random.Random(number)
        try:
            while not ended.is_set():
                said.extend(_change_one(raters[number % 2], dice))
                said.extend(_label_one(stock.rater(number), feature))
        except BaseException as error:
            broken.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=[number]) for number in range(1, people + 1)]
    for thread in threads:
        thread.start()
    try:
        yield said
    finally:
        ended.set()
        for thread in threads:
            thread.join(WHILE_SECONDS)
    assert broken == []


def _change_one(rater: Rater, dice: random.Random) -> list[Label]:
    """Change a label of one's own somewhere, under whichever version is current by then."""
    first, last = Item.objects.earliest("pk").pk, Item.objects.latest("pk").pk
    later = Label.objects.filter(rater=rater, superseded_at=None, item__gte=dice.randint(first, last))
    own = later.select_related("item").order_by("item").first()
    if own is None:
        return []
    for code in ("verified", "checked"):
        answer = submit.Answer(reason_code=code, submission_id=uuid4(), replaces=own.pk, comment=f"instead of {own.pk}")
        try:
            return [submit.label(rater=rater, item=own.item, answer=answer, now=timezone.now())]
        except Refusal:
            continue  # that code belongs to the other version, or somebody changed this label since
    return []


def _label_one(rater: Rater, feature: Feature) -> list[Label]:
    item = lease.take(rater=rater, queue=stock.queue(feature, overlap=2), now=timezone.now())
    if item is None:
        return []
    answer = submit.Answer(reason_code="outline", submission_id=uuid4(), comment="anew")
    return [submit.label(rater=rater, item=item, answer=answer, now=timezone.now())]


def _check(remap: Remap, origins: dict[int, str], said: list[Label]) -> None:
    every = {label.pk: label for label in Label.objects.select_related("reason", "taxonomy_version").order_by("pk")}
    heirs = [label for label in every.values() if label.mapped_from_id is not None]
    asked_again = set(Relabel.objects.values_list("label", flat=True))
    assert len(every) == len(origins) + len(said) + len(heirs), "a label came from nowhere"
    assert (remap.mapped, remap.again) == (len(heirs), len(asked_again))
    _check_heirs(every, heirs)
    _check_nothing_is_left_behind(every, asked_again, {label.mapped_from_id for label in heirs})
    _check_texts(every, heirs)
    _check_items(every)


def _check_heirs(every: dict[int, Label], heirs: list[Label]) -> None:
    """Each has one origin, by the same person about the same item, and says what the mapping makes of it."""
    assert max(Counter(label.mapped_from_id for label in heirs).values()) == 1
    for heir in heirs:
        origin = every[heir.mapped_from_id or 0]
        assert (heir.item_id, heir.rater_id, heir.labeled_at) == (origin.item_id, origin.rater_id, origin.labeled_at)
        assert heir.reason.code == BECAME[origin.reason.code]


def _check_nothing_is_left_behind(every: dict[int, Label], again: set[int], mapped: set[int | None]) -> None:
    """What ended was mapped, asked again, or replaced by its own rater; what stands is of the new version or kept."""
    replaced = Counter((label.item_id, label.rater_id) for label in every.values() if label.mapped_from_id is None)
    for label in every.values():
        if label.superseded_at is None:
            assert label.taxonomy_version.number == 2 or label.reason.code == "unread", label
        elif label.pk not in again and label.pk not in mapped:
            assert replaced[label.item_id, label.rater_id] > 1, label
        if label.pk in again:
            assert label.reason.code == "scaffold"


def _check_texts(every: dict[int, Label], heirs: list[Label]) -> None:
    texts = dict(LabelContent.objects.values_list("label", "comment"))
    assert texts.keys() == every.keys()
    for heir in heirs:
        assert texts[heir.pk] == texts[heir.mapped_from_id or 0]


def _check_items(every: dict[int, Label]) -> None:
    """Places, statuses and decisions agree with the labels that stand."""
    standing: dict[int, list[Label]] = {}
    for label in every.values():
        if label.superseded_at is None:
            standing.setdefault(label.item_id, []).append(label)
    held = {(one.item_id, one.rater_id) for one in Lease.objects.all()}
    decided = {one.item_id: one for one in ConsensusRevision.objects.filter(superseded_at=None)}
    for item in Item.objects.all():
        labels = standing.get(item.pk, [])
        assert set(item.taken) == {one.rater_id for one in labels} | {rater for of, rater in held if of == item.pk}
        assert (item.status == "open") == (len(labels) < item.needed), item
        assert (item.status == "resolved") == (item.pk in decided), item
        if item.pk in decided:
            assert set(decided[item.pk].label_ids) <= {one.pk for one in labels}
