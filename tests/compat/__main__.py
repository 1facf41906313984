"""Everything that needs the libraries of others, in an environment made for it: python -m tests.compat"""

from __future__ import annotations

import sys

import pytest

if __name__ == "__main__":
    sys.exit(pytest.main(["-m", "long", "-n", "0", "-s", "tests/compat", *sys.argv[1:]]))
