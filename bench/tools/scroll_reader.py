#!/usr/bin/env python3
"""Reads every document of an Elasticsearch index by a scroll and throws it away; prints how many there were.

    scroll_reader.py URL INDEX
"""

import http.client
import re
import sys
import urllib.parse

url = urllib.parse.urlsplit(sys.argv[1])
server = http.client.HTTPConnection(url.hostname, url.port, timeout=120)
SCROLL = re.compile(rb'"_scroll_id":"([^"]+)"')


def ask(path, body):
    server.request("POST", path, body, {"Content-Type": "application/json"})
    answer = server.getresponse()
    text = answer.read()
    if answer.status != 200:
        sys.exit(f"scroll_reader.py: {answer.status}: {text[:300]!r}")
    return text


text = ask(f"/{sys.argv[2]}/_search?scroll=1m", '{"size": 10000, "sort": ["_doc"], "version": true}')
total = 0
while found := text.count(b'"_id":"'):
    total += found
    scroll = SCROLL.search(text)[1].decode()
    text = ask("/_search/scroll", f'{{"scroll": "1m", "scroll_id": "{scroll}"}}')
print(total)
