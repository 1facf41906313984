"""Run by a process of its own, as a worker would: make one export, and say what it took as a line of JSON.

python -m tests.benchmarks.one_export ID
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import django
import psutil

django.setup()

from django.db import connection  # noqa: E402 - after the setup
from django.utils import timezone  # noqa: E402

from annotation.exports import job  # noqa: E402
from annotation.exports.files import shards  # noqa: E402
from annotation.exports.selection import select  # noqa: E402
from annotation.models import Export  # noqa: E402


def main(pk: int) -> None:
    spans: dict[str, float] = {}
    for module, name in ((select, "rows"), (shards, "write_all"), (job, "_finish")):
        setattr(module, name, _timed(getattr(module, name), name, spans))
    began = time.perf_counter()
    job.run(export_id=pk, by="benchmark", clock=timezone.now)
    spans["all"] = time.perf_counter() - began
    export = Export.objects.get(pk=pk)
    told = {"status": export.status, "error": export.error, "rows": export.rows_total, "spans": spans}
    print(json.dumps(told | {"mib": _peak()}))


def _peak() -> float:
    """MiB. What `resource` tells begins with what the parent had."""
    told = Path("/proc/self/status").read_text()
    return int(told.partition("VmHWM:")[2].split()[0]) / 1024


def _timed(function: Any, name: str, spans: dict[str, float]) -> Any:
    def timed(*values: Any, **named: Any) -> Any:
        began, spent = time.perf_counter(), cpu()
        try:
            return function(*values, **named)
        finally:
            spans[name] = time.perf_counter() - began
            own, of_database = (after - before for before, after in zip(spent, cpu(), strict=True))
            spans[f"{name}: CPU of its own"], spans[f"{name}: CPU of the database"] = own, of_database

    return timed


def cpu() -> tuple[float, float]:
    """Seconds of this process, and of the database's process that works for it: others on the machine don't count."""
    connection.ensure_connection()
    backend = psutil.Process(connection.connection.info.backend_pid).cpu_times()
    return time.process_time(), backend.user + backend.system


if __name__ == "__main__":
    main(int(sys.argv[1]))
