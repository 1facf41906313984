"""Signatures a second, and what grouping by component costs in time and memory as rows become many."""

from __future__ import annotations

import resource
import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection

from annotation.exports.selection import select
from annotation.ingest import signatures, store
from annotation.models import Export, Feature, Interaction, Reason, SignatureDue
from tests import cast
from tests.benchmarks.records import record
from tests.cast import NOW
from tests.exports import world

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db(transaction=True)]

RECORDS = 5_000
FEW, MANY = 10_000, 300_000

# Three rows a conversation, a user in several of them, and one row in ten says nearly what the one before it says.
INTERACTIONS = """
    WITH added AS (
        INSERT INTO annotation_interaction
            (feature_id, external_id, fingerprint, conversation_id, conversation_rank, user_hash, occurred_at,
             ingested_at, model_version, request_model, response_model, random_number, is_evaluation, clock_ahead_ms)
        SELECT %(feature)s, 'n' || n, '\\x00', 'c' || n / 3, 1, decode(md5((n / 3 %% %(users)s)::text), 'hex'),
               %(now)s, %(now)s, 'drafts-1', '', '', 0.5, false, 0
        FROM generate_series(1, %(count)s) n
        RETURNING id
    ), texts AS (
        INSERT INTO annotation_interactioncontent (interaction_id, input, output, metadata)
        SELECT id, '"Write."', to_jsonb('Dear number ' || id), '{}' FROM added
    ), signed AS (
        INSERT INTO annotation_signature (interaction_id, bands, shingles, ties, answer_tokens)
        SELECT id, '{}', 30, CASE WHEN id %% 10 < 2 THEN ARRAY[id - id %% 10] ELSE '{}' END, 30 FROM added
    ), signals AS (
        INSERT INTO annotation_signal (interaction_id, external_id, kind, observed_at, ingested_at, is_late)
        SELECT id, 's', 'accepted', %(now)s, %(now)s, false FROM added RETURNING id, interaction_id
    ), items AS (
        INSERT INTO annotation_item
            (public_id, feature_id, queue_id, interaction_id, signal_id, signal_kind, purpose, status,
             evidence_version, needed, taken, queued_at, resolved_at)
        SELECT 'i' || id, %(feature)s, 1, interaction_id, id, 'accepted', 'backfill', 'resolved', 1, 1, '{}', %(now)s,
               %(now)s
        FROM signals RETURNING id
    )
    INSERT INTO annotation_consensusrevision (item_id, number, reason_id, method, label_source, label_ids, resolved_at)
    SELECT id, 1, %(reason)s, 'single', 'human', '{}', %(now)s FROM items
"""


def test_signatures_a_second(capsys: pytest.CaptureFixture[str]) -> None:
    cast.feature()
    began = time.perf_counter()
    for start in range(0, RECORDS, 1000):
        store.interactions(records=[(at, record(at)) for at in range(start, start + 1000)], now=NOW)
    stored = time.perf_counter() - began
    began = time.perf_counter()
    while signatures.answer():
        pass
    signed = time.perf_counter() - began
    assert not SignatureDue.objects.exists()
    with capsys.disabled():
        print(
            f"\nsignatures: {RECORDS / signed:,.0f} records/s by one worker; storing the same {RECORDS / stored:,.0f}/s"
        )


@pytest.mark.parametrize("group_by", ["conversation", "component"])
def test_selection_in_time_and_memory(
    group_by: str, settings: LazySettings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.STORAGE_FOLDER = tmp_path
    told = []
    for count in (FEW, MANY):
        feature = cast.feature(f"f{count}")
        _grown(feature, count)
        before = _peak_mib()
        export = world.asked(feature, group_by=group_by)
        Export.objects.filter(pk=export.pk).update(status=Export.Status.RUNNING, attempt=1)
        began = time.perf_counter()
        wanted = world.wanted("sft", feature.slug, group_by=group_by)
        select.rows(export=export, request=wanted, attempt=1, now=world.LATER)
        told.append((count, time.perf_counter() - began, before, _peak_mib()))
    with capsys.disabled():
        print(f"\nselection by {group_by}:")
        for count, seconds, before, after in told:
            print(f"  {count:,} rows in {seconds:.1f} s, {count / seconds:,.0f}/s; peak {before} MiB, then {after} MiB")


def _grown(feature: Feature, count: int) -> None:
    reason = Reason.objects.get(signal_kind="accepted", code="verified")
    values: dict[str, Any] = {
        "feature": feature.pk,
        "count": count,
        "users": count // 10,
        "now": NOW,
        "reason": reason.pk,
    }
    with connection.cursor() as cursor:
        cursor.execute(INTERACTIONS, values)
        for table in ("interaction", "interactioncontent", "signature", "signal", "item", "consensusrevision"):
            cursor.execute(f"ANALYZE annotation_{table}")
    assert Interaction.objects.filter(feature=feature).count() == count


def _peak_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
