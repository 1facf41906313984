"""The datasets of a feature that detectors look at: those that are done and hold answers, the latest first."""

from __future__ import annotations

from django.db.models import QuerySet

from annotation.models import Export, Feature


def done(feature: Feature) -> QuerySet[Export]:
    found = Export.objects.filter(feature=feature, status=Export.Status.DONE).exclude(request__format="reasons")
    return found.order_by("-exported_at", "-pk")


def to_train_on(feature: Feature) -> QuerySet[Export]:
    return done(feature).exclude(request__purpose="evaluation")
