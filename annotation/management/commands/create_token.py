"""Make an API token and print it, once."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from annotation import access, audit
from annotation.management.base import FlywheelCommand, features, listed
from annotation.models.access import MAX_PER_SECOND, SCOPES


class Command(FlywheelCommand):
    help = "Make an API token. It is printed once and can't be read again; only its hash is stored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", required=True, help="what the token is for, as lists show it")
        parser.add_argument("--scopes", required=True, help=f"comma-separated: {', '.join(SCOPES)}")
        parser.add_argument("--feature", help="bind the token to this feature; without it, it is for all")
        parser.add_argument(
            "--requests-per-second", type=int, help="its own limit; without it, that of the setting RATE_LIMIT"
        )
        parser.add_argument("--expires-days", type=int, help="days until it expires; without it, never")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        days = options["expires_days"]
        if days is not None and not 1 <= days <= 36_500:
            raise CommandError("--expires-days must lie between 1 and 36500.")
        if not 1 <= len(options["name"]) <= 100:
            raise CommandError("--name must have 1 to 100 characters.")
        per_second = options["requests_per_second"]
        if per_second is not None and not 1 <= per_second <= MAX_PER_SECOND:
            raise CommandError(f"--requests-per-second must lie between 1 and {MAX_PER_SECOND}.")
        bound_to = features([options["feature"]])[0] if options["feature"] else None
        _, secret = access.create_token(
            name=options["name"],
            scopes=listed(options["scopes"]),
            feature=bound_to,
            requests_per_second=per_second,
            expires_at=now + timedelta(days=days) if days else None,
            actor=audit.FLYWHEEL,
            now=now,
        )
        self.stdout.write(secret)
        self.stderr.write("Keep it: it is shown this once. Send it as “Authorization: Bearer fw_…”.")
