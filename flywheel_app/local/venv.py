"""Make the virtual environment, or say in words what the machine lacks: `python flywheel_app/local/venv.py .venv`.

Runs before anything is installed, and a Python that is too old for the rest has to be able to read it.
"""

import os
import subprocess
import sys

OLDEST = (3, 11)


def problem() -> "str | None":
    """What keeps this Python from making a virtual environment, in words; None if nothing does."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if sys.version_info < OLDEST:
        return (
            f"Flywheel needs Python 3.11 or later, and {sys.executable} is {version}. Install a newer one, or name one "
            "that you have: make PYTHON=/path/to/python3.11 demo"
        )
    try:
        __import__("venv")
        __import__("ensurepip")
    except ImportError as error:
        return (
            f"The Python at {sys.executable} comes without `{error.name}`, which makes virtual environments. "
            f"On Debian and Ubuntu: apt install python3-venv (or python{version}-venv). Then try again."
        )
    return None


def is_usable(folder: str) -> bool:
    """Whether a virtual environment is there already, with pip and a Python that is new enough."""
    python = os.path.join(folder, "bin", "python")
    code = f"import pip, sys; sys.exit(sys.version_info < {OLDEST})"
    return os.path.exists(python) and subprocess.call([python, "-c", code], stderr=subprocess.DEVNULL) == 0


def main(folder: str) -> int:
    if is_usable(folder):
        return 0
    said = problem()
    if said:
        sys.stderr.write(said + "\n")
        return 1
    # Cleared first: an interrupted attempt leaves a Python without pip, an upgraded machine a link to nowhere.
    return subprocess.call([sys.executable, "-m", "venv", "--clear", os.path.abspath(folder)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
