#!/usr/bin/env python3
"""Passes Bolt connections on to a server and keeps the statements that clients run, one file each, as PackStream.

    record_bolt.py HOST PORT FOLDER

Listens on a free port of 127.0.0.1, which it prints.
"""

import itertools
import pathlib
import socket
import sys
import threading

host, port, folder = sys.argv[1], int(sys.argv[2]), pathlib.Path(sys.argv[3])
numbers = itertools.count()
HANDSHAKE_BYTES = 20
RUN = b"\xb3\x10"


class Messages:
    """The messages in what a client sends: chunks with their length before them, the last of a message empty."""

    def __init__(self):
        self.rest, self.message, self.skipped = bytearray(), bytearray(), 0

    def take(self, data):
        left = HANDSHAKE_BYTES - self.skipped
        self.skipped += min(left, len(data))
        self.rest += data[left:]
        start = 0
        while len(self.rest) - start >= 2:
            size = int.from_bytes(self.rest[start:start + 2], "big")
            if len(self.rest) - start < 2 + size:
                break
            self.message += self.rest[start + 2:start + 2 + size]
            start += 2 + size
            if not size and self.message:
                yield bytes(self.message)
                self.message.clear()
        del self.rest[:start]


def pass_on(source, target, take=lambda data: None):
    try:
        while data := source.recv(1 << 18):
            take(data)
            target.sendall(data)
    except OSError:
        pass
    for end in (source, target):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(client):
    server = socket.create_connection((host, port))
    for end in (client, server):
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    messages = Messages()

    def keep(data):
        for message in messages.take(data):
            if message.startswith(RUN):
                (folder / f"{next(numbers):06}.run").write_bytes(message)

    threading.Thread(target=pass_on, args=(server, client), daemon=True).start()
    pass_on(client, server, keep)


listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
