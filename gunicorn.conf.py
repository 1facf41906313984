"""gunicorn reads this by itself where it is started: its own lines are of the same shape as all others."""

from __future__ import annotations

import os

from dotenv import dotenv_values
from gunicorn.glogging import Logger

# Its parent process reads no settings, and this one alone matters to it.
_kind = os.environ.get("LOG_FORMAT") or dotenv_values(".env").get("LOG_FORMAT")

logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "annotation.lib.logs.formatter", "kind": "plain" if _kind == "plain" else "json"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"gunicorn.error": {"handlers": ["console"], "level": "INFO", "propagate": False}},
}


class logger_class(Logger):  # noqa: N801 - gunicorn's name for it
    """Without a line of its own about each request: Flywheel tells those (`annotation.operations.requests`), and
    gunicorn would put its together even where nobody takes it."""

    def access(self, resp: object, req: object, environ: object, request_time: object) -> None:
        pass
