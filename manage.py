"""Django's commands, and `demo`, which brings the servers that Django needs and so comes before it."""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line

from flywheel_app.local import demo, environment


def main() -> None:
    if sys.argv[1:2] == ["demo"]:
        sys.exit(demo.main(sys.argv[2:]))
    environment.join(os.environ)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flywheel_app.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
