"""The web process. It keeps a pool of connections; Celery's children and commands open their own."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flywheel_app.settings")
os.environ.setdefault("DATABASE_POOL", "6")

application = get_wsgi_application()
