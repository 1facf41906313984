"""Both servers of a folder, for as long as a block runs: for the tests and for commands that need a database."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path

from flywheel_app.local import keys, place, postgres, process, valkey
from flywheel_app.local.place import Place
from flywheel_app.local.process import Group

# What dies with the machine need not survive it: the tests' servers don't wait for the disk.
# Several processes of tests share them, each with servers and workers of its own.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300"}
DURABLE = {"max_connections": "100"}


@contextlib.contextmanager
def running(folder: Path, *, durable: bool = False, given: Mapping[str, str] | None = None) -> Iterator[dict[str, str]]:
    """The environment's DATABASE_URL and REDIS_URL with servers behind them, those of `given` if it has them.

    Who comes second to a folder waits until the first is done. `durable` servers keep their word when killed.
    """
    given = given or {}
    urls = {name: given[name] for name in ("DATABASE_URL", "REDIS_URL") if given.get(name)}
    if len(urls) == 2:
        yield urls
        return
    with process.lock(folder, wait=True):
        here = place.prepare(folder)
        try:
            yield _start(here, durable=durable) | urls
        finally:
            stop(here)


def stop(here: Place) -> None:
    valkey.stop(here)
    postgres.stop(here)


def for_tests(folder: Path) -> Path:
    """Where the tests of the checkout in `folder` keep their servers."""
    return Path(os.environ.get("FLYWHEEL_TEST_DIR") or folder / ".flywheel-test")


def settings(urls: Mapping[str, str], *, storage: Path) -> dict[str, str]:
    """A whole environment around the two URLs: every setting that Flywheel refuses to start without."""
    return {
        "SECRET_KEY": secrets.token_urlsafe(48),
        # The same in every run, so that what is drawn by hash is the same too.
        "HASH_KEY": "for tests alone, where nobody's data is at stake",
        "ALLOWED_HOSTS": "127.0.0.1,localhost,testserver",
        "STORAGE_URL": storage.resolve().as_uri(),
        **urls,
    }


def _start(here: Place, *, durable: bool) -> dict[str, str]:
    group = Group()
    secret = keys.read_or_make(here.folder, has_data=(here.data / "postgres").exists())["database_password"]
    postgres.start(here, group=group, password=secret, options=DURABLE if durable else FAST)
    valkey.start(here, group=group, durable=durable)
    return {"DATABASE_URL": postgres.url(here, password=secret), "REDIS_URL": valkey.url(here)}
