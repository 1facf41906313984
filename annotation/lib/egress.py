"""Requests to addresses that people type in, kept out of the network that Flywheel stands in.

A name is resolved once, each of its addresses is checked, and the connection goes to one that was checked, whatever
the name leads to a moment later. Redirects are not followed, no proxy is asked, and an answer has an end.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from urllib.parse import SplitResult, urlsplit

import httpx

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

CONNECT_SECONDS: Final = 5.0
SECONDS: Final = 20.0
MAX_BYTES: Final = 16 * 1024
"""Of an answer no more is read."""

PORTS: Final = {"https": 443, "http": 80}

# Addresses of IPv6 that lead on to one of IPv4, which stands in their last 32 bits: NAT64 (RFC 6052, RFC 8215), and
# IPv4-compatible ones (RFC 4291), which nobody routes. IPv4-mapped, 6to4 and Teredo ones `ipaddress` takes apart.
_CARRY_IPV4: Final = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "::/96")))

# Reserved ranges that not every version of `ipaddress` counts as such: IPv4's benchmarking and protocol assignments,
# the shared range of carriers, and of IPv6 site-local and what is set apart for documentation.
_NOT_PUBLIC: Final = tuple(
    map(
        ipaddress.ip_network,
        ("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15", "240.0.0.0/4", "fec0::/10", "2001:db8::/32"),
    )
)


class BadAddress(ValueError):
    """What was typed in is no address to send to; its text says why."""


class SendError(Exception):
    """Nothing was answered. `code`: forbidden, unknown_host, unreachable, timed_out or cut_off."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Target:
    """A checked address: where the connection goes, and what the server is asked for."""

    url: str
    host: str
    address: Address


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str


def check(url: str, *, allowed: Sequence[Network]) -> SplitResult:
    """The parts of an address that may be sent to, without asking for its name. Raises BadAddress."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadAddress("is no address") from error
    if parts.scheme not in PORTS or not parts.hostname or port == 0:
        raise BadAddress("must be https:// and a host")
    if parts.username is not None or parts.password is not None:
        raise BadAddress("must not hold a name or password")
    if parts.fragment or any(letter.isspace() or not letter.isprintable() for letter in url) or not url.isascii():
        raise BadAddress("must be spelled in ASCII, without spaces and without #")
    literal = _literal(parts.hostname)
    if literal is not None and not may_reach(literal, allowed=allowed):
        raise BadAddress("leads into a network that is not public")
    if parts.scheme == "http" and not allowed:
        raise BadAddress("must be https://")
    return parts


def may_reach(address: Address, *, allowed: Iterable[Network]) -> bool:
    """Whether an address is public, or in one of the networks that are allowed all the same."""
    return _is_within(address, allowed) or (_is_public(_inner(address)) and _leads_out(address))


def resolve(url: str, *, allowed: Sequence[Network]) -> Target:
    """Where to connect for an address. Raises BadAddress, SendError.

    Each address that the name has must be one that may be reached: one that leads inside makes the name one that may
    not be asked, whichever would have been taken. Without TLS nobody vouches for the server, so that is for networks
    that are allowed by name.
    """
    parts = check(url, allowed=allowed)
    host = parts.hostname or ""
    found = _addresses(host, parts.port or PORTS[parts.scheme])
    if not all(may_reach(address, allowed=allowed) for address in found):
        raise SendError("forbidden")
    if parts.scheme == "http" and not all(_is_within(address, allowed) for address in found):
        raise SendError("forbidden")
    return Target(url=url, host=host, address=found[0])


def post(
    url: str, *, body: bytes, headers: Mapping[str, str], allowed: Sequence[Network], seconds: float = SECONDS
) -> Answer:
    """Send it once. Raises BadAddress, SendError."""
    target = resolve(url, allowed=allowed)
    until = time.monotonic() + seconds
    try:
        with (
            httpx.Client(
                timeout=httpx.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds)),
                follow_redirects=False,
                # SSL_CERT_FILE names the authorities of a company's own; nothing else of the environment counts.
                verify=httpx.create_ssl_context(trust_env=True),
                trust_env=False,
            ) as client,
            client.stream("POST", **_pinned(target, headers), content=body) as answer,
        ):
            text = _read(answer, until)
            return Answer(status=answer.status_code, headers=dict(answer.headers), text=text)
    except httpx.TimeoutException as error:
        raise SendError("timed_out") from error
    except httpx.ConnectError as error:
        raise SendError("unreachable") from error
    except httpx.HTTPError as error:
        raise SendError("cut_off") from error


def _pinned(target: Target, headers: Mapping[str, str]) -> dict[str, Any]:
    """The request to the address itself. The server is asked for the name, and its certificate must be of the name."""
    url = httpx.URL(target.url)
    named = {"Host": url.netloc.decode(), "Accept-Encoding": "identity", **headers}
    return {
        "url": url.copy_with(host=str(target.address)),
        "headers": named,
        "extensions": {"sni_hostname": target.host},
    }


def _read(answer: httpx.Response, until: float) -> str:
    """The beginning of what was answered, as it came: unpacking could make much of little."""
    read = bytearray()
    for piece in answer.iter_raw():
        read += piece
        if len(read) >= MAX_BYTES:
            break
        if time.monotonic() > until:
            raise httpx.ReadTimeout("an answer that does not end")
    return bytes(read[:MAX_BYTES]).decode("utf-8", "replace")


def _addresses(host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise SendError("unknown_host") from error
    # A zone ("%eth0") is part of a link-local address, which is refused without it too.
    return [ipaddress.ip_address(str(address[0]).partition("%")[0]) for *_, address in found]


def _literal(host: str) -> Address | None:
    """The address that a host is, also in the short spellings that resolvers take: 127.1, 0x7f000001, 2130706433."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host)) if host[:1].isdigit() else None
    except OSError:
        return None


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 one leads on to, or the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    carried = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
    if carried is None and any(address in network for network in _CARRY_IPV4):
        carried = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return carried or address


def _is_public(address: Address) -> bool:
    is_set_apart = any(address.version == one.version and address in one for one in _NOT_PUBLIC)
    return address.is_global and not address.is_multicast and not is_set_apart


def _leads_out(address: Address) -> bool:
    """Whether an address is itself one of the public network. IPv4-mapped ones the socket takes as what they carry."""
    is_mapped = isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None
    return is_mapped or _is_public(address)


def _is_within(address: Address, allowed: Iterable[Network]) -> bool:
    inner = _inner(address)
    return any(one.version == network.version and one in network for one in {address, inner} for network in allowed)
