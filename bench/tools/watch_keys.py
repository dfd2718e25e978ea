#!/usr/bin/env python3
"""Prints when Redis keys are first heard of: the key's number and microseconds since 1970.

    watch_keys.py URL KEYPREFIX COUNT

Ends after COUNT keys, or when nothing was heard for a minute.
"""

import re
import socket
import sys
import time
import urllib.parse

url, prefix, count = urllib.parse.urlsplit(sys.argv[1]), sys.argv[2], int(sys.argv[3])
server = socket.create_connection((url.hostname, url.port), timeout=60)
server.sendall(f"PSUBSCRIBE __keyspace@0__:{prefix}*\r\n".encode())
pattern = re.compile(rb"__keyspace@0__:" + prefix.encode() + rb"(\d+)\r\n")
seen, rest = {}, b""
while len(seen) < count:
    data = server.recv(1 << 16)
    if not data:
        break
    now = time.time_ns() // 1000
    rest += data
    end = 0
    for found in pattern.finditer(rest):
        seen.setdefault(int(found[1]), now)
        end = found.end()
    rest = rest[end:]
for number, time_seen in seen.items():
    print(number, time_seen)
