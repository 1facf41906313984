"""How messages are signed: HMAC-SHA256 as Standard Webhooks spells it, so that its libraries check them.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime

from annotation.lib import keyed

PREFIX = "whsec_"


def secret(*, key: bytes, webhook: str, number: int) -> str:
    """The secret of a webhook, as whoever checks signatures is given it: it stands in no table."""
    made = keyed.digest(key, webhook, str(number), purpose="webhook-secret", size=32)
    return PREFIX + base64.b64encode(made).decode()


def headers(*, secret: str, message: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of a message sent at this moment. `message` is its id, the same at each sending."""
    sent = str(int(at.timestamp()))
    signed = b".".join((message.encode(), sent.encode(), body))
    mac = hmac.new(base64.b64decode(secret.removeprefix(PREFIX)), signed, hashlib.sha256).digest()
    return {
        "webhook-id": message,
        "webhook-timestamp": sent,
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }
