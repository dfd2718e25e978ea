#!/usr/bin/env python3
"""Passes HTTP requests on to a server and keeps the bodies of those to a path, one file each, with their headers.

    record_requests.py URL PATH FOLDER

Listens on a free port of 127.0.0.1, which it prints.
"""

import http.client
import http.server
import itertools
import json
import pathlib
import sys
import urllib.parse

url, kept_path, folder = urllib.parse.urlsplit(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
numbers = itertools.count()
KEPT = ("content-type", "content-encoding")


class Recorder(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.server_behind = http.client.HTTPConnection(url.hostname, url.port)

    def pass_on(self):
        body = self.read_body()
        headers = {name: value for name, value in self.headers.items()
                   if name.lower() not in ("transfer-encoding", "content-length", "host")}
        if kept_path in self.path:
            number = next(numbers)
            (folder / f"{number:06}.body").write_bytes(body)
            kept = {name.lower(): value for name, value in headers.items() if name.lower() in KEPT}
            (folder / f"{number:06}.json").write_text(json.dumps({"path": self.path, "headers": kept}))
        self.server_behind.request(self.command, self.path, body or None, headers)
        answer = self.server_behind.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def read_body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def log_message(self, *_):
        pass

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = pass_on


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
print(server.server_address[1], flush=True)
server.serve_forever()
