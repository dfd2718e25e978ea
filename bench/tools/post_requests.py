#!/usr/bin/env python3
"""Posts recorded requests on some connections at once, to another place than they were recorded for.

    post_requests.py URL FOLDER CONNECTIONS OLD NEW...   OLD is NEW in paths and bodies
    post_requests.py URL --copy-index INDEX OTHER        makes the empty index OTHER with the mapping of INDEX
"""

import gzip
import http.client
import json
import pathlib
import sys
import threading
import urllib.parse


def connect(url):
    parts = urllib.parse.urlsplit(url)
    return http.client.HTTPConnection(parts.hostname, parts.port)


def ask(server, method, path, body=None, headers=None):
    server.request(method, path, body, headers or {"Content-Type": "application/json"})
    answer = server.getresponse()
    content = answer.read()
    if answer.status >= 400:
        sys.exit(f"{method} {path}: {answer.status} {content[:300]!r}")
    return content


def copy_index(url, index, other):
    server = connect(url)
    found = json.loads(ask(server, "GET", f"/{index}"))[index]
    settings = found["settings"]["index"]
    for made_by_server in ("creation_date", "uuid", "version", "provided_name"):
        settings.pop(made_by_server, None)
    server.request("DELETE", f"/{other}")
    server.getresponse().read()
    ask(server, "PUT", f"/{other}", json.dumps({"settings": settings, "mappings": found["mappings"]}))


def load(folder, renamed):
    requests = []
    for described in sorted(pathlib.Path(folder).glob("*.json")):
        request = json.loads(described.read_text())
        body = described.with_suffix(".body").read_bytes()
        is_packed = request["headers"].get("content-encoding") == "gzip"
        text = gzip.decompress(body) if is_packed else body
        path = request["path"]
        for old, new in renamed:
            text, path = text.replace(old.encode(), new.encode()), path.replace(old, new)
        requests.append((path, gzip.compress(text, 1) if is_packed else text, request["headers"]))
    return requests


def post(url, requests):
    server = connect(url)
    while requests:
        try:
            path, body, headers = requests.pop(0)
        except IndexError:
            return
        if b'"errors":true' in ask(server, "POST", path, body, headers):
            sys.exit("a recorded body was refused")


def main():
    if sys.argv[2] == "--copy-index":
        return copy_index(sys.argv[1], *sys.argv[3:])
    url, folder, connections, *names = sys.argv[1:]
    requests = load(folder, list(zip(names[::2], names[1::2])))
    threads = [threading.Thread(target=post, args=(url, requests)) for _ in range(int(connections))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


main()
