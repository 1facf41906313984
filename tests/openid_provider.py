"""A small OpenID provider over a real socket: discovery, keys, and the code flow with PKCE, signing RS256 ID tokens.

What it says can be bent, to see what is refused.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.serving import serving

CLIENT, SECRET = "flywheel", "between us"


@cache
def _key(number: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class OpenIdProvider:
    """`claims`: what it knows of who signs in there. `bent`: claims that it makes up instead; None leaves one out.

    `signs_with`: which of its keys (it publishes the first); `userinfo`: what it tells there, if anything.
    """

    url: str = ""
    claims: dict[str, Any] = field(
        default_factory=lambda: {
            "sub": "u-17",
            "email": "ivy@example.com",
            "email_verified": True,
            "name": "Ivy of elsewhere",
        }
    )
    bent: dict[str, Any] = field(default_factory=dict)
    signs_with: int = 0
    algorithm: str = "RS256"
    userinfo: dict[str, Any] | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def authorize(self, address: str) -> str:
        """Where a browser is sent back to that has signed in at this address."""
        sent = dict(parse_qsl(urlsplit(address).query))
        assert (sent["client_id"], sent["response_type"]) == (CLIENT, "code")
        assert "openid" in sent["scope"].split()
        code = secrets.token_urlsafe()
        self.codes[code] = sent
        return f"{sent['redirect_uri']}?{urlencode({'code': code, 'state': sent['state']})}"

    def token(self, sent: dict[str, str]) -> dict[str, Any] | None:
        """The answer of the token endpoint; None where it refuses."""
        begun = self.codes.pop(sent.get("code", ""), None)
        if begun is None or (sent.get("client_id"), sent.get("client_secret")) != (CLIENT, SECRET):
            return None
        challenge = base64.urlsafe_b64encode(hashlib.sha256(sent["code_verifier"].encode()).digest()).rstrip(b"=")
        if challenge.decode() != begun["code_challenge"] or sent["redirect_uri"] != begun["redirect_uri"]:
            return None
        now = int(time.time())
        times = {"iat": now, "exp": now + 300}
        made = {"iss": self.url, "aud": CLIENT, **times, "nonce": begun["nonce"]} | self.claims | self.bent
        told = {name: value for name, value in made.items() if value is not None}
        key: Any = _key(self.signs_with) if self.algorithm == "RS256" else "x" * 32
        id_token = jwt.encode(told, key, algorithm=self.algorithm, headers={"kid": "first"})
        return {"access_token": "opens-userinfo", "token_type": "Bearer", "id_token": id_token}

    def document(self, path: str) -> Any:
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "userinfo_endpoint": f"{self.url}/userinfo",
                "jwks_uri": f"{self.url}/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            }
        if path == "/keys":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(_key(0).public_key()))
            return {"keys": [public | {"kid": "first", "use": "sig", "alg": "RS256"}]}
        return self.userinfo if path == "/userinfo" else None


@contextlib.contextmanager
def running() -> Iterator[OpenIdProvider]:
    provider = OpenIdProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(provider.document(self.path))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer(provider.token({name: value for name, (value, *_) in parse_qs(body).items()}))

        def _answer(self, document: Any) -> None:
            body = json.dumps(document or {"error": "invalid_grant"}).encode()
            self.send_response(200 if document else 400)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with serving(Handler) as port:
        provider.url = f"http://127.0.0.1:{port}"
        yield provider
