"""The audit of dependencies can't pass without having looked."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests import audit

# Answers as pip-audit does; `blind` knows of no hole, `short` leaves a package out, `away` says nothing.
STAND_IN = """
import json, sys
kind, file = sys.argv[1], sys.argv[-1]
lines = [line.split(";")[0].strip().split("==") for line in open(file) if "==" in line]
if kind == "away":
    sys.exit("the network is away")
if kind == "short" and len(lines) > 1:
    lines = [line for line in lines if line[0] != "django"]
holed = {"blind": [], "holed": ["jinja2", "celery"]}.get(kind, ["jinja2"])
known = [n for n, _ in lines if n in holed and (n != "jinja2" or len(lines) == 1)]
told = [{"name": n, "version": v, "vulns": [{"id": "CVE-1"}] if n in known else []} for n, v in lines]
print(json.dumps({"dependencies": told}))
"""


@pytest.mark.parametrize(
    ("kind", "code", "told"),
    [
        ("clean", 0, "0 known holes"),
        ("holed", 1, "celery"),
        ("short", 1, "not looked up: django"),
        ("blind", 1, "Nothing was looked up"),
        ("away", 1, "the network is away"),
    ],
)
def test_it_passes_only_where_everything_was_looked_up(
    kind: str, code: int, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = tmp_path / "stand_in.py"
    program.write_text(STAND_IN)
    assert audit.main([sys.executable, str(program), kind]) == code
    said = capsys.readouterr()
    assert told in said.out + said.err


def test_a_program_that_is_content_with_everything_is_not_believed() -> None:
    assert audit.main(["true"]) == 1
