"""Requests to addresses that people type in: none into a network that isn't public, whatever its spelling."""

from __future__ import annotations

import ipaddress
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from annotation.lib import egress
from tests import hook_server

LOCAL = (ipaddress.ip_network("127.0.0.0/8"),)

INSIDE = [
    "127.0.0.1",
    "127.1.2.3",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "192.0.0.8",
    "198.18.0.1",
    "192.0.2.1",
    "203.0.113.5",
    "240.0.0.1",
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "fec0::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::10.0.0.1",
    "2002:7f00:1::",
    "2002:a00:1::1",
]
OUTSIDE = ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]


@pytest.mark.parametrize("address", INSIDE)
def test_no_address_inside_may_be_reached(address: str) -> None:
    assert not egress.may_reach(ipaddress.ip_address(address), allowed=())


@pytest.mark.parametrize("address", OUTSIDE)
def test_public_addresses_may_be_reached(address: str) -> None:
    assert egress.may_reach(ipaddress.ip_address(address), allowed=())


def test_a_network_that_is_allowed_may_be_reached_also_as_ipv6_spells_it() -> None:
    for address in ("127.0.0.1", "::ffff:127.0.0.1"):
        assert egress.may_reach(ipaddress.ip_address(address), allowed=LOCAL)
    assert not egress.may_reach(ipaddress.ip_address("10.0.0.1"), allowed=LOCAL)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://hooks.example.com/",
        "hooks.example.com",
        "https://",
        "https:///path",
        "http://hooks.example.com/",
        "https://me:secret@hooks.example.com/",
        "https://hooks.example.com/#part",
        "https://hooks.example.com/a b",
        "https://hooks.example.com:0/",
        "https://hooks.example.com:99999/",
        "https://höoks.example.com/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://0177.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fe80::1%25eth0]/",
    ],
)
def test_such_an_address_is_refused_before_anything_is_asked(url: str) -> None:
    with pytest.raises(egress.BadAddress):
        egress.check(url, allowed=())


SELF_SIGNED = [
    *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"),
    *("-subj", "/CN=hooks.example.com", "-addext", "subjectAltName=DNS:hooks.example.com"),
]


def resolving(monkeypatch: pytest.MonkeyPatch, **names: list[str]) -> list[str]:
    """Names as this test has them; in the list stands what was looked up."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def look(host: Any, port: Any, *more: Any, **how: Any) -> Any:
        asked.append(str(host))
        known = names.get(str(host).split(".")[0])
        if known is None:
            return real(host, port, *more, **how)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in known]

    monkeypatch.setattr(socket, "getaddrinfo", look)
    return asked


def test_a_name_with_one_address_inside_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, mixed=["93.184.216.34", "10.0.0.1"], metadata=["169.254.169.254"], plain=["93.184.216.34"])
    for url in ("https://mixed.example.com/", "https://metadata.example.com/"):
        with pytest.raises(egress.SendError, match="forbidden"):
            egress.post(url, body=b"{}", headers={}, allowed=())
    # Without TLS only a network that is allowed by name is asked.
    with pytest.raises(egress.SendError, match="forbidden"):
        egress.post("http://plain.example.com/", body=b"{}", headers={}, allowed=LOCAL)
    assert egress.resolve("https://plain.example.com/", allowed=()).address == ipaddress.ip_address("93.184.216.34")


def test_a_name_is_looked_up_once_and_its_address_is_what_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """So a name that leads elsewhere a moment later leads nowhere."""
    with hook_server.running() as server:
        asked = resolving(monkeypatch, hooks=["127.0.0.1"])
        url = f"http://hooks.example.com:{server.port}/a?b=c"
        answer = egress.post(url, body=b"{}", headers={"x-own": "1"}, allowed=LOCAL)
    assert (answer.status, answer.text) == (200, "thanks")
    assert asked.count("hooks.example.com") == 1
    (message,) = server.messages
    assert message.path == "/a?b=c"
    assert message.headers["host"] == f"hooks.example.com:{server.port}"
    assert (message.headers["x-own"], message.headers["accept-encoding"]) == ("1", "identity")


def test_the_certificate_must_be_of_the_name_not_of_the_address(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pem = tmp_path / "hooks.pem"
    subprocess.run(
        [*SELF_SIGNED, "-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "cert")],
        check=True,
        capture_output=True,
    )
    pem.write_text((tmp_path / "key").read_text() + (tmp_path / "cert").read_text())
    resolving(monkeypatch, hooks=["127.0.0.1"], other=["127.0.0.1"])
    with hook_server.running(certificate=pem) as server:
        with pytest.raises(egress.SendError, match="unreachable"):
            egress.post(f"https://hooks.example.com:{server.port}/", body=b"{}", headers={}, allowed=LOCAL)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert"))
        with pytest.raises(egress.SendError, match="unreachable"):
            egress.post(f"https://other.example.com:{server.port}/", body=b"{}", headers={}, allowed=LOCAL)
        told = egress.post(f"https://hooks.example.com:{server.port}/", body=b"{}", headers={}, allowed=LOCAL)
    assert told.status == 200
    assert len(server.messages) == 1


def test_no_redirect_is_followed_no_proxy_asked_and_an_answer_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    there = {"Location": "http://127.0.0.1:1/inside"}
    with hook_server.running((302, there, b"over there"), (200, {}, b"x" * 1_000_000)) as server:
        moved = egress.post(server.url, body=b"{}", headers={}, allowed=LOCAL)
        long = egress.post(server.url, body=b"{}", headers={}, allowed=LOCAL)
    assert (moved.status, len(server.messages)) == (302, 2)
    assert len(long.text) == egress.MAX_BYTES


def test_a_server_that_says_nothing_is_not_waited_for() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        began = time.monotonic()
        with pytest.raises(egress.SendError, match="timed_out"):
            egress.post(
                f"http://127.0.0.1:{silent.getsockname()[1]}/", body=b"{}", headers={}, allowed=LOCAL, seconds=0.2
            )
        assert time.monotonic() - began < 30
        port = silent.getsockname()[1]
    with pytest.raises(egress.SendError, match="unreachable"):
        egress.post(f"http://127.0.0.1:{port}/", body=b"{}", headers={}, allowed=LOCAL)
    with pytest.raises(egress.SendError, match="unknown_host"):
        egress.post("https://no-such-name.invalid/", body=b"{}", headers={}, allowed=())
