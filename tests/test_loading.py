"""What is asked at once: in its order, answered after it, and an error in it is Django's own."""

from __future__ import annotations

import pytest
from django.db import DataError, transaction

from annotation import loading
from annotation.models import Feature


def test_each_statement_asked_at_once_sees_what_those_before_it_did(feature: Feature) -> None:
    with loading.at_once():
        changed = loading.later(
            "UPDATE annotation_feature SET name = 'Letters' WHERE id = $1 RETURNING id", [feature.pk]
        )
        seen = loading.joined_later({"f": Feature}, "annotation_feature f WHERE f.id = $1", [feature.pk])
    assert changed() == [(feature.pk,)]
    assert [found.name for (found,) in seen()] == ["Letters"]


def test_an_error_among_them_leaves_nothing_of_what_went_before(feature: Feature) -> None:
    with pytest.raises(DataError, match="division by zero"):
        _rename_and_fail(feature)
    assert Feature.objects.get().name == feature.name


@transaction.atomic
def _rename_and_fail(feature: Feature) -> None:
    with loading.at_once():
        loading.later("UPDATE annotation_feature SET name = 'Letters' WHERE id = $1", [feature.pk])
        loading.later("SELECT 1 / $1::int", [0])
