"""What Flywheel's commands share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from annotation import installation
from annotation.errors import Refusal
from annotation.models import Feature


class FlywheelCommand(BaseCommand):
    """A command of a prepared installation. A refusal ends it with its sentence, not with a traceback."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            installation.ensure(now=timezone.now())
            return super().execute(*args, **options)
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal


def listed(text: str) -> list[str]:
    """What a comma-separated argument names."""
    return [one.strip() for one in text.split(",") if one.strip()]


def features(slugs: Iterable[str], *, hint: str = "") -> list[Feature]:
    """The features with these slugs; where there is none the command ends in words, with the hint."""
    wanted = list(slugs)
    found = {feature.slug: feature for feature in Feature.objects.filter(slug__in=wanted)}
    if missing := [slug for slug in wanted if slug not in found]:
        known = ", ".join(Feature.objects.values_list("slug", flat=True)) or "none yet"
        raise CommandError(f"There is no feature {', '.join(missing)}. The features are: {known}.{hint}")
    return [found[slug] for slug in wanted]
