"""The worker's side: Celery rings, the rows are the jobs (docs/adr/0003)."""

from __future__ import annotations

import logging
import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import setup_logging, task_postrun, task_prerun
from kombu.transport.redis import Channel

from annotation.lib import logs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flywheel_app.settings")

# Seconds between two bells of each task.
EVERY = {
    "ring_silent_jobs": 10.0,
    "expire_leases": 20.0,
    "fire_recipes": 30.0,
    "watch_triggers": 60.0,
    "send_webhooks": 10.0,
    "fill_due_signals": 10.0,
    "gather_evidence": 2.0,
    "make_signatures": 5.0,
    "finish_erasures": 30.0,
    "settle_interactions": 60.0,
    "store_quiet_calls": 30.0,
    "close_cohorts": 300.0,
    "audit_signals": 300.0,
    "compare_versions": 3600.0,
    "count_closures": 15.0,
    "count_backlog": 20.0,
    "watch_backlog": 60.0,
    "make_second_looks": 60.0,
    "pair_with_later": 300.0,
    "decide_anew": 60.0,
    "mix_in_gold": 60.0,
    "apply_rules": 15.0,
    "measure_rules": 600.0,
    "drop_waiting_signals": 3600.0,
    "drop_abandoned_imports": 3600.0,
    "drop_ended_sessions": 3600.0,
    "keep_exports": 3600.0,
    "let_go": 3600.0,
}

# At a time of the night (UTC), whenever beat was started.
NIGHTLY = {
    "check_audits": crontab(hour="3", minute="20"),
    "measure_loops": crontab(hour="4", minute="10"),
    "audit_outcomes": crontab(hour="4", minute="50"),
    "check_backlog": crontab(hour="2", minute="10"),
    "check_closures": crontab(hour="2", minute="40"),
}
NIGHTLY_EXPIRES = 6 * 3600.0

BROKER_SECONDS = 4.0
BROKER_SILENT_SECONDS = 5
"""So much later than it should a worker's broker may answer before it is taken for gone, and asked anew."""


# A worker that loses its broker would give back the bells that it has not begun with, by the connection that is gone.
# It then takes itself for broken, takes no more, and ends only once its last job has. The sweep rings again anyway.
Channel.do_restore = False


@setup_logging.connect
def keep_logging(loglevel: int | str | None = None, **_: object) -> None:
    """Workers and beat log as Django's settings say; `--loglevel` is how much of it Celery itself says."""
    if loglevel is not None:
        logging.getLogger("celery").setLevel(loglevel)


@task_prerun.connect
def begin_task(task_id: str, task: Any, **_: object) -> None:
    logs.begin(task=task.name, task_id=task_id)


@task_postrun.connect
def end_task(**_: object) -> None:
    logs.begin()


app = Celery("flywheel")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    broker_connection_retry_on_startup=True,
    # Tasks return nothing: what they did stands in their rows.
    task_ignore_result=True,
    # Acknowledged early. The Redis transport would otherwise start a task a second time while it still runs; what a
    # dead worker leaves behind is found by its row (tasks.ring_silent_jobs).
    task_acks_late=False,
    # Without a timeout, a request that rings would wait for ever on a broker that hangs. A bell is tried twice and no
    # more, since the sweep rings again for what its bell did not reach.
    broker_transport_options={
        "visibility_timeout": 43_200,
        "socket_timeout": BROKER_SECONDS,
        "socket_connect_timeout": BROKER_SECONDS,
        "health_check_interval": BROKER_SILENT_SECONDS,
    },
    # However long the broker is away, a worker tries again, at last every 30 s.
    broker_connection_max_retries=None,
    task_publish_retry_policy={"max_retries": 1, "interval_start": 0},
    worker_prefetch_multiplier=1,
    # A new child that is slow to start on a busy machine isn't killed for it, over and over.
    worker_proc_alive_timeout=30,
    worker_hijack_root_logger=False,
    timezone="UTC",
    imports=("flywheel_app.presence",),
    beat_schedule={
        # Each expires before its next bell: while no worker runs, bells would pile up.
        name.replace("_", "-"): {
            "task": f"annotation.tasks.{name}",
            "schedule": seconds,
            "options": {"expires": seconds},
        }
        for name, seconds in EVERY.items()
    }
    | {
        name.replace("_", "-"): {
            "task": f"annotation.tasks.{name}",
            "schedule": schedule,
            "options": {"expires": NIGHTLY_EXPIRES},
        }
        for name, schedule in NIGHTLY.items()
    },
)
app.autodiscover_tasks()
