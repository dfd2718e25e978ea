"""As much of Bolt 5.4 and PackStream as reading a graph takes."""
import socket
import struct
import urllib.parse


class Refused(Exception):
    """The server answered with a failure."""


class Bolt:
    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.database = parts.path.strip("/")
        self.link = socket.create_connection((parts.hostname, parts.port or 7687), 60)
        self.link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = self.link.makefile("rb")
        self.link.sendall(bytes.fromhex("6060b017" "00040405" "00000404" "00000000" "00000000"))
        major_minor = self.reader.read(4)
        user = {"scheme": "basic", "principal": urllib.parse.unquote(parts.username or ""),
                "credentials": urllib.parse.unquote(parts.password or "")}
        if major_minor[3] == 5 and major_minor[2] >= 1:
            self.ask(0x01, {"user_agent": "shop/1.0"})
            self.ask(0x6A, user)
        else:
            self.ask(0x01, {"user_agent": "shop/1.0", **user})

    def run(self, statement, **parameters):
        """Every record of a statement as a list of values."""
        self.ask(0x10, statement, parameters, {"db": self.database} if self.database else {})
        return self.ask(0x3F, {"n": -1})

    def ask(self, tag, *fields):
        message = bytes([0xB0 | len(fields), tag]) + b"".join(map(packed, fields))
        for start in range(0, len(message), 65535):
            chunk = message[start:start + 65535]
            self.link.sendall(struct.pack(">H", len(chunk)) + chunk)
        self.link.sendall(b"\0\0")
        records = []
        while True:
            tag, fields = self.message()
            if tag == 0x71:
                records.append(fields[0])
            elif tag == 0x70:
                return records
            else:
                raise Refused(fields[0].get("code") if fields else "ignored")

    def message(self):
        data = b""
        while True:
            size, = struct.unpack(">H", self.reader.read(2))
            if size:
                data += self.reader.read(size)
            elif data:
                return unpacked(data, 0)[0]


def packed(value):
    if value is None:
        return b"\xC0"
    if isinstance(value, bool):
        return b"\xC3" if value else b"\xC2"
    if isinstance(value, int):
        return struct.pack(">Bq", 0xCB, value)
    if isinstance(value, float):
        return struct.pack(">Bd", 0xC1, value)
    if isinstance(value, str):
        data = value.encode()
        return struct.pack(">BI", 0xD2, len(data)) + data
    if isinstance(value, list):
        return struct.pack(">BI", 0xD6, len(value)) + b"".join(map(packed, value))
    return struct.pack(">BI", 0xDA, len(value)) + b"".join(packed(key) + packed(item) for key, item in value.items())


SIZES = {0xCC: (bytes, 1), 0xCD: (bytes, 2), 0xCE: (bytes, 4), 0xD0: (str, 1), 0xD1: (str, 2), 0xD2: (str, 4),
         0xD4: (list, 1), 0xD5: (list, 2), 0xD6: (list, 4), 0xD8: (dict, 1), 0xD9: (dict, 2), 0xDA: (dict, 4)}
INTEGERS = {0xC8: ">b", 0xC9: ">h", 0xCA: ">i", 0xCB: ">q"}
TINY = {0x80: str, 0x90: list, 0xA0: dict}


def unpacked(data, at):
    """A value and where it ends; a structure is its tag and its fields."""
    marker = data[at]
    at += 1
    if marker < 0x80:
        return marker, at
    if marker >= 0xF0:
        return marker - 256, at
    if marker in (0xC0, 0xC2, 0xC3):
        return {0xC0: None, 0xC2: False, 0xC3: True}[marker], at
    if marker == 0xC1:
        return struct.unpack_from(">d", data, at)[0], at + 8
    if marker in INTEGERS:
        form = INTEGERS[marker]
        return struct.unpack_from(form, data, at)[0], at + struct.calcsize(form)
    if marker & 0xF0 == 0xB0:
        tag, at, fields = data[at], at + 1, []
        for _ in range(marker & 15):
            field, at = unpacked(data, at)
            fields.append(field)
        return (tag, fields), at
    if marker & 0xF0 in TINY:
        kind, count = TINY[marker & 0xF0], marker & 15
    else:
        kind, width = SIZES[marker]
        count, at = int.from_bytes(data[at:at + width], "big"), at + width
    if kind in (str, bytes):
        part = data[at:at + count]
        return part.decode() if kind is str else part, at + count
    values = []
    for _ in range(count * (2 if kind is dict else 1)):
        value, at = unpacked(data, at)
        values.append(value)
    return dict(zip(values[::2], values[1::2])) if kind is dict else values, at
