"""The default taxonomy, published once and frozen."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from annotation import taxonomy
from annotation.models import Reason, SignalKind, TaxonomyVersion
from annotation.taxonomy import default
from tests.cast import NOW

pytestmark = pytest.mark.django_db

# Page keys of the workbench; a reason's key must never collide with one.
PAGE_KEYS = set("sfumg?")


def test_the_default_is_published_once() -> None:
    first = taxonomy.publish_default(now=NOW)
    assert taxonomy.publish_default(now=NOW) is None
    assert taxonomy.current() == first
    assert (TaxonomyVersion.objects.count(), SignalKind.objects.count()) == (1, 11)


def test_every_queued_kind_has_its_own_reasons_and_the_six_common_ones() -> None:
    version = taxonomy.publish_default(now=NOW)
    assert version is not None
    common = {row.code for row in default.COMMON}
    for kind in taxonomy.queued_kinds(version):
        reasons = list(taxonomy.reasons(version=version, kind=kind))
        assert common < {reason.code for reason in reasons}, kind
        assert not {reason.key for reason in reasons} & PAGE_KEYS, kind
    assert Reason.objects.count() == 64 + 6 * 10
    assert not taxonomy.reasons(version=version, kind="later_result")


def test_outcomes_that_are_no_verdict_permit_no_training() -> None:
    taxonomy.publish_default(now=NOW)
    assert not Reason.objects.filter(outcome__in=["not_about_model", "unknowable"]).exclude(uses=[]).exists()
    assert set(Reason.objects.filter(uses__contains=["sft_edit"]).values_list("code", flat=True)) == {
        "fact_fix",
        "instruction_fix",
    }


@pytest.mark.parametrize("model", [TaxonomyVersion, SignalKind, Reason])
def test_a_published_version_is_frozen(model: type) -> None:
    taxonomy.publish_default(now=NOW)
    row = model.objects.first()  # type: ignore[attr-defined]
    with pytest.raises(DatabaseError, match=r"frozen|Cannot update"), transaction.atomic():
        row.save()
    with pytest.raises(DatabaseError, match=r"frozen|Cannot delete|foreign key"), transaction.atomic():
        model.objects.filter(pk=row.pk)._raw_delete("default")  # type: ignore[attr-defined]


def test_nothing_is_added_to_a_published_version() -> None:
    taxonomy.publish_default(now=NOW)
    version = taxonomy.current()
    with pytest.raises(DatabaseError, match="draft a new one"), transaction.atomic():
        SignalKind.objects.create(taxonomy_version=version, kind="waved", polarity="none", position=99)


def test_nothing_is_moved_from_a_draft_into_a_published_version() -> None:
    taxonomy.publish_default(now=NOW)
    draft = TaxonomyVersion.objects.create(number=2, created_at=NOW)
    SignalKind.objects.create(taxonomy_version=draft, kind="waved", polarity="none", position=99)
    with pytest.raises(DatabaseError, match="draft a new one"), transaction.atomic():
        draft.kinds.update(taxonomy_version=taxonomy.current())
