"""The worker's side: Celery rings, the rows are the jobs (docs/adr/0003)."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flywheel_app.settings")

app = Celery("flywheel")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    broker_connection_retry_on_startup=True,
    # Tasks return nothing: what they did stands in their rows.
    task_ignore_result=True,
    # Acknowledged early. The Redis transport would otherwise start a task a second time while it still runs; what a
    # dead worker leaves behind is found by its row (tasks.ring_silent_jobs).
    task_acks_late=False,
    broker_transport_options={"visibility_timeout": 43_200},
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    timezone="UTC",
    imports=("flywheel_app.presence",),
    beat_schedule={
        # Expires: while no worker runs, the bells would pile up.
        "ring-silent-jobs": {
            "task": "annotation.tasks.ring_silent_jobs",
            "schedule": 10.0,
            "options": {"expires": 10},
        },
        "expire-leases": {"task": "annotation.tasks.expire_leases", "schedule": 20.0},
        "fill-due-signals": {"task": "annotation.tasks.fill_due_signals", "schedule": 10.0},
        "settle-interactions": {"task": "annotation.tasks.settle_interactions", "schedule": 60.0},
        "close-cohorts": {"task": "annotation.tasks.close_cohorts", "schedule": 300.0},
        "drop-waiting-signals": {"task": "annotation.tasks.drop_waiting_signals", "schedule": 3600.0},
    },
)
app.autodiscover_tasks()
