"""How what every batch asks is found: one key after the other, where a join would read the whole table."""

from __future__ import annotations

import pytest
from django.db import connection

from annotation import loading
from annotation.ingest import found, ranks
from annotation.models import Feature, Interaction
from tests.cast import NOW

pytestmark = pytest.mark.django_db

STORED, SENT = 3_000, 1_000


@pytest.fixture
def stored(feature: Feature) -> Feature:
    Interaction.objects.bulk_create(
        Interaction(
            feature=feature,
            external_id=f"gen_{number}",
            fingerprint=number.to_bytes(16),
            conversation_id=f"c{number}",
            occurred_at=NOW,
            ingested_at=NOW,
            model_version="drafts-1",
            random_number=0.5,
        )
        for number in range(STORED)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE annotation_interaction")
    return feature


def test_a_large_batch_reads_no_more_than_what_it_names(stored: Feature) -> None:
    keys = loading.pairs([(stored.pk, f"gen_{number}") for number in range(SENT)])
    plan = loading.asked(f"EXPLAIN {found.KNOWN}", keys)
    assert "Index Scan using interaction_once" in str(plan)
    assert "Seq Scan" not in str(plan)


def test_so_do_the_ranks_of_its_conversations(stored: Feature) -> None:
    conversations = loading.pairs([(stored.pk, f"c{number}") for number in range(SENT)])
    plan = loading.fetched(f"EXPLAIN {ranks.WRONG}", conversations)
    assert "Index Scan using interaction_conversation" in str(plan)
    assert "Seq Scan" not in str(plan)
