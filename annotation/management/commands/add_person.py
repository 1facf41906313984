"""Let a person in, or give one more to do."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.core.validators import validate_email
from django.utils import timezone

from annotation import access, audit
from annotation.management.base import FlywheelCommand, features, listed


class Command(FlywheelCommand):
    help = (
        "Let a person in: a new one gets a random password, printed once. A known one keeps it, and gets these roles "
        "and features beside those they have."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True, help="what the person signs in with")
        parser.add_argument("--name", default="", help="what others see")
        parser.add_argument("--roles", default="", help=f"comma-separated: {', '.join(access.ROLES)}")
        parser.add_argument("--features", default="", help="comma-separated slugs; an admin sees all features anyway")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            validate_email(options["email"])
        except ValidationError as error:
            raise CommandError(f"{options['email']} is not an email address.") from error
        user, password = access.add_person(
            email=options["email"],
            name=options["name"],
            roles=listed(options["roles"]),
            features=features(listed(options["features"])),
            actor=audit.FLYWHEEL,
            now=timezone.now(),
        )
        if password:
            self.stdout.write(password)
            self.stderr.write(f"{user.email} signs in with this password. It is shown this once.")
        else:
            self.stderr.write(f"{user.email} was there already and keeps the password.")
