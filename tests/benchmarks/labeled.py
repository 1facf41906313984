"""Many labeled items at once, as rows: short questions and answers, each its own, four to a conversation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, LiteralString

from django.db import connection

from annotation.models import Feature, Rater, Reason
from annotation.queues import setup
from tests import stock
from tests.cast import NOW

_NUMBERS: LiteralString = "FROM generate_series(%(first)s::bigint, %(first)s::bigint + %(count)s::bigint - 1) n"
_TABLES = (
    "interaction",
    "interactioncontent",
    "signature",
    "signal",
    "item",
    "label",
    "consensusrevision",
    "exportrow",
)

STATEMENTS: tuple[LiteralString, ...] = (
    f"""
    INSERT INTO annotation_interaction (id, feature_id, external_id, fingerprint, conversation_id, conversation_rank,
        occurred_at, ingested_at, model_version, request_model, response_model, random_number, is_evaluation,
        clock_ahead_ms)
    SELECT n, %(feature)s, 'gen_' || lpad(n::text, 9, '0'), decode(lpad(to_hex(n), 32, '0'), 'hex'),
        'conversation_' || n / 4, 1 + n %% 4, %(now)s::timestamptz + n * interval '1.001003 s',
        %(now)s::timestamptz + n * interval '1.001003 s' + interval '2 s', 'drafts-' || 1 + n / 500000, '', '',
        0.5, false, 0
    {_NUMBERS}
    """,
    f"""
    INSERT INTO annotation_interactioncontent (interaction_id, input, output, metadata)
    SELECT n, jsonb_build_array(jsonb_build_object('role', 'user', 'content',
            'Please write to customer ' || n || ' that the order has left, and when it will be there.')),
        to_jsonb('Dear customer ' || n || ',' || E'\\n\\n' || 'your order has left our house today, with the number "'
            || md5(n::text) || '". It will be with you in about ' || 2 + n %% 5 || ' days. Yours'), '{{}}'
    {_NUMBERS}
    """,
    # As they are made at ingest: two in fifty say nearly the same.
    f"""
    INSERT INTO annotation_signature (interaction_id, bands, shingles, ties, answer_tokens)
    SELECT n, '{{}}', 30, CASE WHEN n %% 50 < 2 THEN ARRAY[n - n %% 50 + 1] ELSE '{{}}' END, 30
    {_NUMBERS}
    """,
    f"""
    INSERT INTO annotation_signal (id, interaction_id, external_id, kind, observed_at, ingested_at, is_late)
    SELECT n, n, 'signal-' || n, 'accepted', %(now)s, %(now)s, false
    {_NUMBERS}
    """,
    f"""
    INSERT INTO annotation_item (id, public_id, feature_id, queue_id, interaction_id, signal_id, signal_kind, purpose,
        status, weight, key, cohort_id, evidence_version, needed, extra, full_overlap, taken, queued_at, resolved_at)
    SELECT n, 'itm_' || lpad(n::text, 12, '0'), %(feature)s, %(queue)s, n, n, 'accepted', 'sample',
        'resolved', 0.5 + n %% 3, 0.1, %(cohort)s, 1, 1, 0, false, ARRAY[%(rater)s::bigint], %(now)s, %(now)s
    {_NUMBERS}
    """,
    f"""
    INSERT INTO annotation_label (id, item_id, rater_id, role, taxonomy_version_id, reason_id, labeled_at, received_at,
        suggestion_seen, submission_id)
    SELECT n, n, %(rater)s, 'annotator', %(version)s, %(reason)s,
        %(now)s::timestamptz + n * interval '1.003 s', %(now)s, false, lpad(to_hex(n), 32, '0')::uuid
    {_NUMBERS}
    """,
    """
    INSERT INTO annotation_label (id, item_id, rater_id, role, taxonomy_version_id, reason_id, confidence, labeled_at,
        received_at, suggestion_seen, submission_id)
    SELECT 1000000000 + n, n, %(rule)s, 'annotator', %(version)s, %(reason)s, 0.9, %(now)s, %(now)s, false,
        lpad(to_hex(1000000000 + n), 32, '0')::uuid
    FROM generate_series(%(first)s::bigint, %(first)s::bigint + %(count)s::bigint - 1, 10) n
    """,
    f"""
    INSERT INTO annotation_consensusrevision (id, item_id, number, reason_id, method, label_source, label_ids,
        resolved_at)
    SELECT n, n, 1, %(reason)s, 'single', 'human', ARRAY[n], %(now)s::timestamptz + n * interval '1.003 s'
    {_NUMBERS}
    """,
)


def items(feature: Feature, count: int, *, first: int = 1) -> None:
    """`count` items that one person found right, and a rule one in ten of them, in a closed cohort. Numbers begin with
    `first`."""
    queue = feature.queues.get(name=setup.DEFAULT_QUEUE)
    day = (NOW + timedelta(days=feature.pk)).date()
    cohort = queue.cohorts.create(day=day, closed_at=NOW, threshold=0.4)
    reason = Reason.objects.filter(signal_kind="accepted", code="verified").latest("taxonomy_version__number")
    at: dict[str, Any] = {"feature": feature.pk, "queue": queue.pk, "cohort": cohort.pk, "rater": stock.rater().pk}
    at |= {"rule": Rater.objects.get_or_create(kind=Rater.Kind.RULE, name="a rule")[0].pk}
    at |= {"reason": reason.pk, "version": reason.taxonomy_version_id, "now": NOW, "first": first, "count": count}
    with connection.cursor() as cursor:
        for statement in STATEMENTS:
            cursor.execute(statement, at)
        for table in _TABLES:
            cursor.execute(f"ANALYZE annotation_{table}")
