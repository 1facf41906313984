"""The web process. It keeps a pool of connections; Celery's children and commands open their own."""

from __future__ import annotations

import gc
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flywheel_app.settings")
from flywheel_app import config

os.environ.setdefault("DATABASE_POOL", str(config.WEB_POOL))

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

from django.db import connection  # noqa: E402 - apps are loaded now
from django.utils import timezone  # noqa: E402

from annotation import installation  # noqa: E402
from annotation.errors import Refusal  # noqa: E402

try:
    installation.ensure(now=timezone.now())
except installation.DatabaseAway as refusal:
    # To end here would end gunicorn with all its other processes, and nobody would be told anything in words.
    print(f"Flywheel answers 503 until its database is there: {refusal.message}", file=sys.stderr)
    installation.postpone()
except Refusal as refusal:
    print(f"Flywheel can't start: {refusal.message}", file=sys.stderr)
    # gunicorn's code for "don't try again".
    sys.exit(3)
finally:
    # This thread answers no request, and would keep a connection of the pool from those that do.
    connection.close()

# A batch makes tens of thousands of small objects, none of which form a ring. Looking through them and through all that
# was loaded by now, again and again, took as long as the work itself. Two large batches at once hold under 300,000.
gc.collect()
gc.freeze()
gc.set_threshold(300_000, 20, 50)
