"""What is set up, what is missing, and what to type next."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from annotation.operations import doctor


class Command(BaseCommand):
    help = "Say what is set up, what is missing, and the next command to type. Ends with 1 where something is missing."
    # It says itself what Django's checks would refuse to go on with.
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(doctor.findings())
        for one in found:
            mark = "ok      " if one.is_well else "optional" if one.optional else "MISSING "
            self.stdout.write(f"{mark} {one.what}: {one.says}")
        missing = [one for one in found if not one.is_well and not one.optional]
        if missing:
            self.stdout.write(f"Next: {missing[0].next}")
            sys.exit(1)
        self.stdout.write("Nothing is missing.")
