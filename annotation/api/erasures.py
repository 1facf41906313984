"""Erasures: forget a user or an interaction everywhere, and say which exports and models held it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import ConfigDict, Field, model_validator

from annotation import erasure
from annotation.api import auth, problems
from annotation.api.auth import ApiRequest
from annotation.api.shapes import Sent, Slug, Text, named
from annotation.ingest import record

router = Router(tags=["Setting up"])


class ErasureSent(Sent):
    """Exactly one of `user_key` and `interaction_id`, as they were sent with the interactions."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [named("user_key"), named("interaction_id")]})

    feature: Slug
    user_key: Annotated[Text, Field(min_length=1, max_length=1000)] | None = None
    interaction_id: Annotated[Text, Field(min_length=1, max_length=record.ID)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> ErasureSent:
        if (self.user_key is None) == (self.interaction_id is None):
            raise ValueError("name exactly one of user_key and interaction_id")
        return self


class ForgottenShown(Schema):
    """All askings together. Labels are kept as codes, so that counts stay true; `label_texts` is what went of them."""

    interactions: int
    signals: int
    waiting_signals: int
    items_withdrawn: int
    labels_kept: int
    label_texts: int


class HeldShown(Schema):
    id: str
    format: str
    finished_at: datetime | None
    files_erased_at: datetime | None


class TrainedShown(Schema):
    name: str
    status: str
    model_version: str
    exports: list[str]


class DeployedShown(Schema):
    model_version: str
    deployed_at: datetime
    share: float


class MatesShown(Schema):
    """Interactions that stay and may repeat what was said: later turns that were sent with the turns before them, and
    answers made instead of each other. `ids` has the first 100; erase them by their ids if they should go too."""

    total: int
    ids: list[str]


class ErasureShown(Schema):
    """`finished` is false while a worker still goes on with what was too much for one answer; ask again to see."""

    feature: str
    subject: Literal["user", "interaction"]
    first_asked_at: datetime
    asked_at: datetime
    finished: bool
    forgotten: ForgottenShown
    exports: list[HeldShown]
    training_runs: list[TrainedShown]
    model_versions: list[str]
    deployments: list[DeployedShown]
    may_repeat_it: MatesShown
    detail: str


@router.post(
    "/erasures",
    auth=auth.scope("manage"),
    response=problems.responses({200: ErasureShown, 202: ErasureShown}, 404, 503, *problems.WITH_BODY),
    summary="Forget a user or an interaction",
)
def erase(request: ApiRequest, sent: ErasureSent) -> Status[dict[str, Any]]:
    """Forgets everywhere, and names the finished exports and the models that held it. Asked again, it answers the
    same, and forgets what came since. What a user did before is refused from now on; what they do later is new data.
    """
    feature = auth.feature(request, sent.feature)
    if sent.user_key is not None:
        subject = erasure.user(feature=feature, user_key=sent.user_key)
    else:
        subject = erasure.interaction(feature=feature, interaction_id=sent.interaction_id or "")
    done = erasure.erase(subject=subject, actor=auth.actor(request), clock=timezone.now)
    return Status(202 if done.finished_at is None else 200, _shown(erasure.answer(done)))


def _shown(answer: erasure.Answer) -> dict[str, Any]:
    found, learned = answer.erasure, answer.learned
    held = {export.pk: export.public_id for export in learned.exports}
    return {
        "feature": found.feature.slug,
        "subject": found.subject,
        "first_asked_at": found.first_asked_at,
        "asked_at": found.asked_at,
        "finished": found.finished_at is not None,
        "forgotten": {name: getattr(found, name) for name in ForgottenShown.model_fields},
        "exports": [
            {
                "id": export.public_id,
                "format": export.request["format"],
                "finished_at": export.finished_at,
                "files_erased_at": export.files_erased_at,
            }
            for export in learned.exports
        ],
        "training_runs": [
            {
                "name": run.name,
                "status": run.status,
                "model_version": run.model_version,
                "exports": sorted(held[export.pk] for export in run.exports.all() if export.pk in held),
            }
            for run in learned.training_runs
        ],
        "model_versions": learned.model_versions,
        "deployments": learned.deployments,
        "may_repeat_it": {"total": answer.mates_total, "ids": answer.mates},
        "detail": answer.sentence,
    }
