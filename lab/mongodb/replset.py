"""Makes a MongoDB server a replica set of one member and waits for its primary, with no driver.

Usage: replset.py PORT. Speaks OP_MSG of the wire protocol. A set that exists already is left as it is.
"""
import socket
import struct
import sys
import time

OP_MSG = 2013


def element(kind, name, payload):
    return bytes([kind]) + name.encode() + b"\0" + payload


def int32(name, value):
    return element(0x10, name, struct.pack("<i", value))


def text(name, value):
    raw = value.encode() + b"\0"
    return element(0x02, name, struct.pack("<i", len(raw)) + raw)


def document(*elements):
    body = b"".join(elements)
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def receive(link, count):
    data = b""
    while len(data) < count:
        part = link.recv(count - len(data))
        if not part:
            raise ConnectionError("the server closed the connection")
        data += part
    return data


def ask(port, command):
    """Sends one command and returns the raw bytes of the answer."""
    message = struct.pack("<iiii", 21 + len(command), 1, 0, OP_MSG) + b"\0\0\0\0\0" + command
    with socket.create_connection(("127.0.0.1", port), 5) as link:
        link.sendall(message)
        length = receive(link, 4)
        return receive(link, struct.unpack("<i", length)[0] - 4)


def main(port):
    member = document(int32("_id", 0), text("host", f"127.0.0.1:{port}"))
    members = element(0x04, "members", document(element(0x03, "0", member)))
    config = element(0x03, "replSetInitiate", document(text("_id", "rs0"), members))
    ask(port, document(config, text("$db", "admin")))
    hello = document(int32("hello", 1), text("$db", "admin"))
    for _ in range(240):
        if b"isWritablePrimary\0\x01" in ask(port, hello):
            return
        time.sleep(0.25)
    sys.exit("lab: the replica set elected no primary")


main(int(sys.argv[1]))
