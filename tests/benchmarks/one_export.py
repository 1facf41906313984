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

django.setup()

from django.utils import timezone  # noqa: E402 - after the setup

from annotation.exports import job, select, write  # noqa: E402
from annotation.models import Export  # noqa: E402


def main(pk: int) -> None:
    spans: dict[str, float] = {}
    for module, name in ((select, "rows"), (write, "shards")):
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
    def timed(**values: Any) -> Any:
        began = time.perf_counter()
        try:
            return function(**values)
        finally:
            spans[name] = time.perf_counter() - began

    return timed


if __name__ == "__main__":
    main(int(sys.argv[1]))
