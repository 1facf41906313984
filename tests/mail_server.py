"""A mail server over a real socket, as far as a sender needs one (RFC 5321): it takes all that is sent."""

from __future__ import annotations

import contextlib
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self._say("220 here")
        while line := self.rfile.readline():
            match line.split()[0].upper():
                case b"DATA":
                    self._say("354 go on")
                    self._take()
                    self._say("250 taken")
                case b"QUIT":
                    self._say("221 bye")
                    return
                case _:
                    self._say("250 well")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def _take(self) -> None:
        lines = list(iter(self.rfile.readline, b".\r\n"))
        self.server.mails.append(message_from_bytes(b"".join(lines)))  # type: ignore[attr-defined]


@dataclass
class MailServer:
    port: int
    mails: list[Message] = field(default_factory=list)

    @staticmethod
    @contextlib.contextmanager
    def running() -> Iterator[MailServer]:
        with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Handler) as server:
            found = MailServer(server.server_address[1])
            server.mails = found.mails  # type: ignore[attr-defined]
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            try:
                yield found
            finally:
                server.shutdown()
