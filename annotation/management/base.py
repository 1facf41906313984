"""What Flywheel's commands share."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from annotation import installation
from annotation.errors import Refusal


class FlywheelCommand(BaseCommand):
    """A command of a prepared installation. A refusal ends it with its sentence, not with a traceback."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            installation.ensure(now=timezone.now())
            return super().execute(*args, **options)
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
