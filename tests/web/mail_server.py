"""A mail server of a few lines, which tests can make slow or silent."""

from __future__ import annotations

import socketserver
from threading import Event, Thread
from typing import Self


class MailServer:
    """
    A mail server on a port of its own.

    Parameters
    ----------
    silent
        Whether it takes letters and then hangs up instead of saying so.
    """

    def __init__(self, *, silent: bool = False) -> None:
        self.silent = silent
        self.taken: list[str] = []
        self.arrived = Event()
        """Set when the content of a letter has come."""
        self.answers = Event()
        """While it is not set, no letter is answered."""
        self.answers.set()
        self._server = _Server(("127.0.0.1", 0), _Conversation)
        self._server.owner = self
        self.port = int(self._server.server_address[1])

    def __enter__(self) -> Self:
        """Begin to listen."""
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.answers.set()
        self._server.shutdown()
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    owner: MailServer


class _Conversation(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        self.say("220 ready")
        for line in self.rfile:
            word = line.strip().upper()
            if word == b"DATA":
                self.say("354 go on")
                if not self.letter():
                    return
            elif word == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def letter(self) -> bool:
        """Take a letter and return whether the conversation goes on."""
        owner = self.server.owner
        owner.taken.append(b"".join(iter(self.rfile.readline, b".\r\n")).decode())
        owner.arrived.set()
        owner.answers.wait(60)
        if not owner.silent:
            self.say("250 taken")
        return not owner.silent

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())
