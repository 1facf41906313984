"""Make an API token and print it, once."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from annotation import access, audit
from annotation.errors import Refusal
from annotation.models import Feature
from annotation.models.access import SCOPES


class Command(BaseCommand):
    help = "Make an API token. It is printed once and can't be read again; only its hash is stored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", required=True, help="what the token is for, as lists show it")
        parser.add_argument("--scopes", required=True, help=f"comma-separated: {', '.join(SCOPES)}")
        parser.add_argument("--feature", help="bind the token to this feature; without it, it is for all")
        parser.add_argument("--expires-days", type=int, help="days until it expires; without it, never")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        days = options["expires_days"]
        if days is not None and not 1 <= days <= 36_500:
            raise CommandError("--expires-days must lie between 1 and 36500.")
        if not 1 <= len(options["name"]) <= 100:
            raise CommandError("--name must have 1 to 100 characters.")
        try:
            _, secret = access.create_token(
                name=options["name"],
                scopes=[scope.strip() for scope in options["scopes"].split(",") if scope.strip()],
                feature=_feature(options["feature"]),
                expires_at=now + timedelta(days=days) if days else None,
                actor=audit.FLYWHEEL,
                now=now,
            )
        except Refusal as error:
            raise CommandError(error.message) from error
        self.stdout.write(secret)
        self.stderr.write("Keep it: it is shown this once. Send it as “Authorization: Bearer fw_…”.")


def _feature(slug: str | None) -> Feature | None:
    if slug is None:
        return None
    found = Feature.objects.filter(slug=slug).first()
    if found is None:
        known = ", ".join(Feature.objects.values_list("slug", flat=True)) or "none yet"
        raise CommandError(f"There is no feature {slug}. The features are: {known}.")
    return found
