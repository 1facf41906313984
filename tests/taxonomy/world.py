"""Drafts and what is done to them, in one call each."""

from __future__ import annotations

from typing import Any

from annotation import audit, taxonomy
from annotation.labels.remap import job, request
from annotation.models import Reason, Remap, TaxonomyVersion
from annotation.taxonomy import drafts, editing
from annotation.taxonomy.editing import ReasonSpec
from tests.cast import NOW

BY: dict[str, Any] = {"actor": audit.FLYWHEEL, "now": NOW}


def draft() -> TaxonomyVersion:
    taxonomy.publish_default(now=NOW)
    return drafts.begin(**BY)


def reason(version: TaxonomyVersion, code: str, kind: str = "accepted") -> Reason:
    return Reason.objects.select_related("taxonomy_version").get(taxonomy_version=version, signal_kind=kind, code=code)


def spec(code: str, key: str, **changes: Any) -> ReasonSpec:
    values: dict[str, Any] = {"title": code.title(), "definition": f"It is {code}.", "outcome": "good"}
    return ReasonSpec(code=code, key=key, **values | changes)


def changed(found: Reason, *, is_new_meaning: bool = False, **values: Any) -> Reason:
    """The reason of a draft with these fields changed."""
    now = {name: getattr(found, name) for name in ReasonSpec.__dataclass_fields__}
    return editing.change(reason=found, spec=ReasonSpec(**now | values), is_new_meaning=is_new_meaning, **BY)


def merge(version: TaxonomyVersion, code: str, into: str) -> None:
    editing.merge(reason=reason(version, code), into=reason(version, into), **BY)


def split(version: TaxonomyVersion, code: str, *parts: ReasonSpec) -> None:
    editing.split(reason=reason(version, code), parts=parts, **BY)


def published(version: TaxonomyVersion) -> Remap | None:
    return request.publish(version=version, note="", **BY)


def worked(remap: Remap | None) -> Remap:
    """The remap, after a worker has been at it."""
    assert remap is not None
    job.run(remap_id=remap.pk, by="test", clock=lambda: NOW)
    remap.refresh_from_db()
    return remap
