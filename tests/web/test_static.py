"""What browsers load: from this host alone, the versions that the list says, and not too much."""

from __future__ import annotations

import gzip
import hashlib
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from annotation.templatetags import flywheel

STATIC = Path(__file__).resolve().parents[2] / "annotation/static/annotation"
ROW = re.compile(r"^\| (\S+\.js) \|.*\| ([0-9a-f]{64}) \|$", re.MULTILINE)


def test_vendored_scripts_are_the_listed_ones_to_the_byte() -> None:
    vendor = STATIC / "vendor"
    listed = dict(ROW.findall((vendor / "README.md").read_text()))
    assert {name: hashlib.sha256((vendor / name).read_bytes()).hexdigest() for name in listed} == listed
    assert {file.name for file in vendor.glob("*.js")} == set(listed)


def test_an_address_changes_with_the_content_of_its_file() -> None:
    found = finders.find("annotation/base.css")
    assert isinstance(found, str)
    digest = hashlib.sha256(Path(found).read_bytes()).hexdigest()
    assert flywheel.versioned("annotation/base.css") == f"/static/annotation/base.css?v={digest[:10]}"


def test_a_misspelled_static_file_is_no_silent_404() -> None:
    with pytest.raises(FileNotFoundError):
        flywheel.versioned("annotation/bsae.css")


def test_every_script_and_style_that_the_sign_in_page_names_is_served(client: Client, db: None) -> None:
    page = client.get("/accounts/login/").content.decode()
    addresses = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert len(addresses) >= 4
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert "max-age=604800" in answer.headers["Cache-Control"]


def weight(page: str) -> int:
    """Bytes of the scripts and styles that a page names, each gzipped."""
    names = set(re.findall(r'(?:src|href)="/static/([^"?]+\.(?:js|css))', page))
    return sum(len(gzip.compress(Path(str(finders.find(name))).read_bytes(), 9)) for name in names)
