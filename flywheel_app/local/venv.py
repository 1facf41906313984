"""Make the virtual environment, or say in words what the machine lacks: `python flywheel_app/local/venv.py .venv`.

Runs before anything is installed, and has to be readable for a Python that is too old to run the rest.
"""

import os
import subprocess
import sys

OLDEST = (3, 11)


def problem():
    # type: () -> str | None
    """What keeps this Python from making a virtual environment, in words; None if nothing does."""
    if sys.version_info < OLDEST:
        return (
            "Flywheel needs Python 3.11 or later, and {} is {}.{}. Install a newer one, or name one that you have: "
            "make PYTHON=/path/to/python3.11 ...".format(sys.executable, *sys.version_info[:2])
        )
    try:
        __import__("venv")
        __import__("ensurepip")
    except ImportError as error:
        return (
            "The Python at {0} comes without `{1}`, which makes virtual environments. On Debian and Ubuntu: "
            "apt install python3-venv (or python{2}.{3}-venv). On Fedora: dnf install python3-pip.".format(
                sys.executable, error.name, *sys.version_info[:2]
            )
        )
    return None


def main(folder):
    # type: (str) -> int
    said = problem()
    if said:
        sys.stderr.write(said + "\n")
        return 1
    # Cleared first: an interrupted attempt leaves a Python without pip.
    return subprocess.call([sys.executable, "-m", "venv", "--clear", os.path.abspath(folder)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
