"""Labels made elsewhere, many at once."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.labels import imported
from annotation.models import ConsensusRevision, Feature, Item
from tests import stock
from tests.cast import NOW

pytestmark = pytest.mark.django_db


def sent(item: Item) -> imported.Sent:
    return imported.Sent(
        feature=item.feature,
        interaction_id=item.interaction.external_id,
        source="human",
        source_name="somebody",
        reason="verified",
        signal_kind=item.signal_kind,
        comment="Read it.",
    )


def statements(items: Sequence[Item]) -> int:
    labels = [sent(item) for item in items]
    with CaptureQueriesContext(connection) as asked:
        made = list(imported.store(labels=labels, now=NOW))
    assert all(made), made
    return len(asked)


def test_many_labels_take_no_more_statements_than_few(feature: Feature) -> None:
    statements(stock.items(feature, 1))
    few = statements(stock.items(feature, 2))
    assert statements(stock.items(feature, 40)) <= few
    assert ConsensusRevision.objects.count() == 43
