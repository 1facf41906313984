"""A finished export is final, for the application's own role too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, transaction

from annotation.models import (
    AuditEvent,
    ConsensusRevision,
    Export,
    ExportRow,
    Item,
    Label,
    SplitAssignment,
    SplitPlan,
)
from tests import cast
from tests.exports import world

pytestmark = pytest.mark.django_db(transaction=True)


REFUSED = r"Cannot (update|delete)|its rows are final|violates foreign key constraint"


def _add_a_row() -> None:
    row = ExportRow.objects.get()
    row.ordinal = 2
    row.save(force_insert=True)


CHANGES: dict[str, Callable[[], object]] = {
    "the manifest": lambda: Export.objects.update(manifest={}),
    "the status": lambda: Export.objects.update(status=Export.Status.FAILED),
    "the export itself": lambda: Export.objects.all()._raw_delete("default"),
    "a row": lambda: ExportRow.objects.update(weight=2.0),
    "a row less": lambda: ExportRow.objects.all()._raw_delete("default"),
    "a row more": _add_a_row,
    "where a group fell": lambda: SplitAssignment.objects.update(split="test"),
    "the ratios": lambda: SplitPlan.objects.update(ratios={"train": 1}),
    "what was recorded": lambda: AuditEvent.objects.update(verb="nothing.happened"),
}


NAMED: dict[str, Callable[[], object]] = {
    "the item": lambda: Item.objects.all()._raw_delete("default"),
    "the revision": lambda: ConsensusRevision.objects.all()._raw_delete("default"),
    "the label": lambda: Label.objects.all()._raw_delete("default"),
}


@pytest.mark.parametrize("what", list(CHANGES | NAMED))
def test_nothing_of_a_finished_export_changes(what: str, settings: LazySettings, tmp_path: Path) -> None:
    settings.STORAGE_FOLDER = tmp_path
    drafts = cast.feature()
    world.decided(drafts, "accepted", "verified")
    assert world.made(drafts).status == Export.Status.DONE
    with pytest.raises(DatabaseError, match=REFUSED), transaction.atomic():
        (CHANGES | NAMED)[what]()
