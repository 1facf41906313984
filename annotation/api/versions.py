"""Two versions of a dataset side by side."""

from __future__ import annotations

from typing import Any

from ninja import Router, Schema

from annotation.api import auth, problems
from annotation.api.auth import ApiRequest
from annotation.api.exports import UnknownExport
from annotation.errors import Refusal
from annotation.exports.finished.keep import NotDone
from annotation.exports.series import versions
from annotation.models import Export

router = Router(tags=["Datasets"])


class OtherFeature(Refusal):
    """These exports are of two features, so there is no difference to tell. Name two of one feature."""

    code = "other_feature"
    status = 422
    loc = ("query", "to")


class Counts(Schema):
    came: int
    went: int
    changed: int


class ReasonCounts(Counts):
    reason: str
    title: str


class SplitCounts(Counts):
    split: str


class Withdrawn(Schema):
    item_id: str
    interaction_id: str | None
    why: str


class DifferenceShown(Counts):
    """`old` and `new` are the ids. Of what went, the first 1,000 items are named."""

    old: str
    new: str
    identical: bool
    by_reason: list[ReasonCounts]
    by_split: list[SplitCounts]
    withdrawn: list[Withdrawn]


@router.get(
    "/exports/{id}/difference",
    auth=auth.scope("export"),
    response=problems.responses({200: DifferenceShown}, 404, 409, 422),
    summary="What another version has beside this one",
)
def difference(request: ApiRequest, id: str, to: str) -> dict[str, Any]:
    """What came, went and changed from this export to the one named `to`, in rows. An incremental one stands for all
    that is held with it and what it goes on from."""
    old, new = _done(request, id), _done(request, to)
    if old.feature_id != new.feature_id:
        raise OtherFeature
    found = versions.compare(old=old, new=new)
    counts = ("came", "went", "changed")
    return {
        "old": old.public_id,
        "new": new.public_id,
        "identical": found.identical,
        **{name: getattr(found, name) for name in counts},
        "by_reason": [dict(zip(("reason", "title", *counts), told, strict=True)) for told in found.by_reason],
        "by_split": [dict(zip(("split", *counts), told, strict=True)) for told in found.by_split],
        "withdrawn": [
            {"item_id": item, "interaction_id": interaction, "why": why} for item, interaction, why in found.withdrawn
        ],
    }


def _done(request: ApiRequest, public_id: str) -> Export:
    export = auth.visible(request, Export.objects.all()).filter(public_id=public_id).first()
    if export is None:
        raise UnknownExport(id=public_id[:100])
    if export.status != Export.Status.DONE:
        raise NotDone(status=export.status)
    return export
