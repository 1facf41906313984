"""Ask a database of known holes about every pinned package: `make audit`.

It passes only where that database was asked and knew something: first it is asked about a package that is known to have
holes. Who answers nothing to that, or to a network that is away, has not looked.

    python -m tests.audit [the program that looks, with its arguments]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ["uv", "tool", "run", "--from", "pip-audit==2.10.1", "pip-audit"]
OPTIONS = ["--strict", "--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json"]
FILES = ("requirements.txt", "requirements-dev.txt")
# Template injection and more: CVE-2019-8341, CVE-2019-10906.
HOLED = ("jinja2", "2.4.1")


def main(program: list[str]) -> int:
    """0 where all packages were looked up and none has a known hole."""
    with tempfile.TemporaryDirectory() as folder:
        holed = Path(folder) / "holed.txt"
        holed.write_text("==".join(HOLED) + "\n")
        known = _look(program, holed)
    if not known or not _holes(known):
        print("Nothing was looked up: no hole is told of a package that has some.", file=sys.stderr)
        return 1
    return max(_audit(program, ROOT / name) for name in FILES)


def _audit(program: list[str], file: Path) -> int:
    found = _look(program, file)
    pinned = {line.partition("==")[0] for line in file.read_text().splitlines() if "==" in line}
    asked = {one["name"].lower() for one in found} if found is not None else set()
    # Those of other systems and versions of Python have no say here.
    foreign = {line.partition("==")[0] for line in file.read_text().splitlines() if ";" in line}
    if missing := pinned - foreign - asked:
        print(f"{file.name}: not looked up: {', '.join(sorted(missing)[:10])}.", file=sys.stderr)
        return 1
    holes = _holes(found or [])
    print(f"{file.name}: {len(asked)} packages looked up, {len(holes)} known holes.")
    for hole in holes:
        print(f"  {hole}")
    return 1 if holes else 0


def _look(program: list[str], file: Path) -> list[dict[str, Any]] | None:
    """What is known of each package of a file; None where nothing was told."""
    done = subprocess.run([*program, *OPTIONS, "--requirement", str(file)], capture_output=True, text=True, check=False)
    try:
        found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        print(done.stderr[-2000:], file=sys.stderr)
        return None
    return [one for one in found if "skip_reason" not in one]


def _holes(found: list[dict[str, Any]]) -> list[str]:
    return [f"{one['name']} {one['version']}: {hole['id']}" for one in found for hole in one["vulns"]]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or [str(Path(sys.executable).parent / PROGRAM[0]), *PROGRAM[1:]]))
