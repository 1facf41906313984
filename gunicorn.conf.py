"""gunicorn reads this by itself where it is started: its own lines are of the same shape as all others."""

from __future__ import annotations

import os

from dotenv import dotenv_values

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
