"""Reads and writes MongoDB with Python's standard library: BSON, and commands over OP_MSG.

Nothing of Millrace takes part, so that what it has done can be compared with what it should have.
"""
import os
import socket
import struct
import urllib.parse
import uuid
from datetime import datetime, timedelta, timezone
from decimal import Decimal

OP_MSG = 2013
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
BIAS = 6176


class ObjectId:
    """Twelve bytes; equal and ordered by them."""

    def __init__(self, raw):
        self.raw = raw

    def __repr__(self):
        return self.raw.hex()

    def __eq__(self, other):
        return isinstance(other, ObjectId) and self.raw == other.raw

    def __lt__(self, other):
        return self.raw < other.raw

    def __hash__(self):
        return hash(self.raw)


class Int64(int):
    """A whole number that is stored with 64 bits."""


class Refused(Exception):
    """What the server says of a command that it did not perform."""

    def __init__(self, answer):
        super().__init__(answer.get("errmsg") or answer.get("writeErrors"))
        self.labels = answer.get("errorLabels", [])


def decimal_bytes(value):
    sign, digits, exponent = value.as_tuple()
    number = int("".join(map(str, digits)) or "0") | (exponent + BIAS) << 113 | sign << 127
    return number.to_bytes(16, "little")


def decimal_of(raw):
    number = int.from_bytes(raw, "little")
    exponent = (number >> 113 & 0x3FFF) - BIAS
    digits = tuple(map(int, str(number & (1 << 113) - 1)))
    return Decimal((number >> 127, digits, exponent))


def encode(document):
    body = b"".join(element(name, value) for name, value in document.items())
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def element(name, value):
    kind, payload = encoded(value)
    return bytes([kind]) + name.encode() + b"\0" + payload


def encoded(value):
    if value is None:
        return 0x0A, b""
    if isinstance(value, bool):
        return 0x08, bytes([value])
    if isinstance(value, Int64):
        return 0x12, struct.pack("<q", value)
    if isinstance(value, int):
        return (0x10, struct.pack("<i", value)) if -2**31 <= value < 2**31 else (0x12, struct.pack("<q", value))
    if isinstance(value, float):
        return 0x01, struct.pack("<d", value)
    if isinstance(value, str):
        raw = value.encode() + b"\0"
        return 0x02, struct.pack("<i", len(raw)) + raw
    if isinstance(value, dict):
        return 0x03, encode(value)
    if isinstance(value, (list, tuple)):
        return 0x04, encode({str(index): item for index, item in enumerate(value)})
    if isinstance(value, bytes):
        return 0x05, struct.pack("<ib", len(value), 0) + value
    if isinstance(value, uuid.UUID):
        return 0x05, struct.pack("<ib", 16, 4) + value.bytes
    if isinstance(value, ObjectId):
        return 0x07, value.raw
    if isinstance(value, datetime):
        return 0x09, struct.pack("<q", (value - EPOCH) // timedelta(milliseconds=1))
    if isinstance(value, Decimal):
        return 0x13, decimal_bytes(value)
    raise TypeError(f"no BSON for {type(value).__name__}")


def decode(raw, start=0):
    end = start + struct.unpack_from("<i", raw, start)[0] - 1
    document, position = {}, start + 4
    while position < end:
        kind = raw[position]
        stop = raw.index(b"\0", position)
        name = raw[position + 1:stop].decode()
        document[name], position = value_at(kind, raw, stop + 1)
    return document


def value_at(kind, raw, at):
    if kind in (0x03, 0x04):
        inner = decode(raw, at)
        return (inner if kind == 0x03 else list(inner.values())), at + struct.unpack_from("<i", raw, at)[0]
    if kind == 0x02:
        length = struct.unpack_from("<i", raw, at)[0]
        return raw[at + 4:at + 3 + length].decode(), at + 4 + length
    if kind == 0x05:
        length = struct.unpack_from("<i", raw, at)[0]
        content = bytes(raw[at + 5:at + 5 + length])
        return (uuid.UUID(bytes=content) if raw[at + 4] == 4 else content), at + 5 + length
    if kind == 0x01:
        return struct.unpack_from("<d", raw, at)[0], at + 8
    if kind == 0x07:
        return ObjectId(bytes(raw[at:at + 12])), at + 12
    if kind == 0x08:
        return raw[at] == 1, at + 1
    if kind == 0x09:
        return EPOCH + timedelta(milliseconds=struct.unpack_from("<q", raw, at)[0]), at + 8
    if kind == 0x0A:
        return None, at
    if kind == 0x10:
        return struct.unpack_from("<i", raw, at)[0], at + 4
    if kind == 0x11:
        return struct.unpack_from("<Q", raw, at)[0], at + 8
    if kind == 0x12:
        return Int64(struct.unpack_from("<q", raw, at)[0]), at + 8
    if kind == 0x13:
        return decimal_of(raw[at:at + 16]), at + 16
    raise ValueError(f"the shop has no values of the BSON type {kind}")


class Database:
    """One database behind SHOP_MONGODB, over one connection to its first host; SHOP_CATALOGUE names it (shop)."""

    def __init__(self, url=None, name=None):
        parts = urllib.parse.urlsplit(url or os.environ["SHOP_MONGODB"])
        host, _, port = parts.netloc.rpartition("@")[2].split(",")[0].partition(":")
        self.name = name or os.environ.get("SHOP_CATALOGUE", "shop")
        self.link = socket.create_connection((host, int(port or 27017)), 60)
        self.count = 0

    def run(self, command, database=None):
        self.count += 1
        body = encode({**command, "$db": database or self.name})
        self.link.sendall(struct.pack("<iiii", 21 + len(body), self.count, 0, OP_MSG) + b"\0\0\0\0\0" + body)
        length = struct.unpack("<i", self.receive(4))[0]
        answer = decode(self.receive(length - 4)[17:])
        if not answer.get("ok") or answer.get("writeErrors"):
            raise Refused(answer)
        return answer

    def receive(self, count):
        parts = []
        while count:
            part = self.link.recv(min(count, 1 << 20))
            if not part:
                raise ConnectionError("MongoDB closed the connection")
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def find(self, collection, **more):
        page = self.run({"find": collection, "readConcern": {"level": "majority"}, **more})["cursor"]
        yield from page["firstBatch"]
        while page["id"]:
            page = self.run({"getMore": Int64(page["id"]), "collection": collection})["cursor"]
            yield from page["nextBatch"]

    def make_anew(self, collection):
        """An empty collection that keeps pre-images: keys in the targets are made of fields that a change may replace, and the
        document as it was says where it stood."""
        there = self.run({"listCollections": 1, "filter": {"name": collection}, "nameOnly": True})
        if there["cursor"]["firstBatch"]:
            self.run({"drop": collection})
        self.run({"create": collection, "changeStreamPreAndPostImages": {"enabled": True}})

    def insert(self, collection, documents, block=500):
        for start in range(0, len(documents), block):
            self.run({"insert": collection, "documents": documents[start:start + block]})

    def update(self, collection, query, change):
        self.run(updating(collection, query, change))

    def delete(self, collection, query):
        self.run({"delete": collection, "deletes": [{"q": query, "limit": 1}]})

    def transaction(self, commands):
        """Runs commands as one transaction, anew while another one is in its way."""
        while True:
            session = {"lsid": {"id": uuid.uuid4()}, "txnNumber": Int64(1), "autocommit": False}
            try:
                for number, command in enumerate(commands):
                    self.run({**command, **session, **({} if number else {"startTransaction": True})})
                return self.run({"commitTransaction": 1, **session}, "admin")
            except Refused as refusal:
                if "TransientTransactionError" not in refusal.labels:
                    raise


def updating(collection, query, change):
    return {"update": collection, "updates": [{"q": query, "u": change}]}
