"""Where a request comes from, and by what: as far as it can be believed."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final

from django.conf import settings
from django.http import HttpRequest

NOWHERE: Final = "0.0.0.0"  # noqa: S104 - no address to listen on: a proxy on a socket tells none


def address(request: HttpRequest) -> str:
    """The client's address: the one that the outermost of our own proxies saw (TRUSTED_PROXIES), else the peer's.

    Each proxy adds whom it saw at the end of X-Forwarded-For; what stands before is the client's word. A header that is
    too short came around the proxies.
    """
    count = settings.TRUSTED_PROXIES
    told = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")] if count else []
    peer = request.META.get("REMOTE_ADDR", "")
    return _parsed(told[-count] if len(told) >= count > 0 else peer) or _parsed(peer) or NOWHERE


def agent(request: HttpRequest) -> str:
    return request.headers.get("User-Agent", "").replace("\\0", "")[:300]


def _parsed(text: str) -> str:
    try:
        found = ip_address(text)
    except ValueError:
        return ""
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)
