#!/usr/bin/env python3
"""Reads the shop's PostgreSQL and its targets, each by its own language, and says whether every row agrees.

    examples/shop/compare.py [--redis] [--elasticsearch] [--may-have-expired] [--lasting] [--users-where SQL]

SHOP_POSTGRES, SHOP_REDIS and SHOP_ELASTICSEARCH name the servers. Without --redis or --elasticsearch both are read.
Nothing of Millrace takes part. The sources must stand still, and Millrace must have caught up.
--may-have-expired  a key of Redis that is absent may be past its lifetime, so it is counted but not judged
--lasting           keys of Redis live for ever
--users-where       the condition that users in Redis meet, if the pipeline has one
Exit status: 0 all agree, 1 something differs, 2 a server could not be read.
"""
import argparse
import json
import os
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime, timezone
from decimal import Decimal

LIFETIME = 1800
SHOWN = 5
UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Unreadable(Exception):
    """A server that could not be read; says which, and how it answered."""


def rows(columns, table, where="true"):
    """Every row of a table as a dictionary of texts, in PostgreSQL's own form; None for null."""
    fields = ", ".join(f"{name}::text" for name in columns)
    command = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", os.environ["SHOP_POSTGRES"], "-c",
               f"select json_build_array({fields}) from {table} where {where}"]
    result = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PGTZ": "UTC"})
    if result.returncode != 0:
        raise Unreadable(f"PostgreSQL: {result.stderr.strip()}")
    # Not splitlines: a value may hold one of Unicode's other line separators.
    return [dict(zip(columns, json.loads(line))) for line in result.stdout.split("\n") if line]


class Redis:
    """As much of the RESP2 protocol as reading takes."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        try:
            self.link = socket.create_connection((parts.hostname, parts.port or 6379), 30)
        except OSError as error:
            raise Unreadable(f"Redis: {error}") from error
        self.reader = self.link.makefile("rb")
        if parts.password:
            self.ask(["AUTH", *filter(None, [parts.username]), parts.password])
        self.ask(["SELECT", parts.path.strip("/") or "0"])

    def ask(self, command):
        return self.ask_all([command])[0]

    def ask_all(self, commands, block=500):
        answers = []
        for start in range(0, len(commands), block):
            part = commands[start:start + block]
            self.link.sendall(b"".join(self.encoded(command) for command in part))
            answers += [self.answer() for _ in part]
        return answers

    @staticmethod
    def encoded(command):
        words = [str(word).encode() for word in command]
        return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)

    def answer(self):
        line = self.reader.readline().rstrip(b"\r\n")
        kind, rest = line[:1], line[1:]
        if kind == b"+":
            return rest.decode()
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self.reader.read(int(rest) + 2)[:-2].decode()
        if kind == b"*":
            return [self.answer() for _ in range(int(rest))]
        raise Unreadable(f"Redis: {rest.decode() or 'the connection closed'}")

    def keys(self, pattern):
        cursor, found = "0", set()
        while True:
            cursor, part = self.ask(["SCAN", cursor, "MATCH", pattern, "COUNT", 1000])
            found.update(part)
            if cursor == "0":
                return found


class Comparison:
    """What one table and one target have in common, and what not. Names places, never values."""

    def __init__(self, source, target):
        self.title = f"{source} = {target}"
        self.agreeing = 0
        self.expired = 0
        self.findings = []

    def missing(self, place):
        self.findings.append(f"missing    {place}")

    def extra(self, place):
        self.findings.append(f"extra      {place}")

    def judge(self, place, differing):
        if differing:
            self.findings.append(f"different  {place}: {', '.join(differing)}")
        else:
            self.agreeing += 1

    def report(self):
        verdict = "agree" if not self.findings else f"agree, {len(self.findings)} DO NOT"
        expired = f", {self.expired} may have expired" if self.expired else ""
        print(f"{self.title:<52} {self.agreeing:>8} {verdict}{expired}")
        for finding in self.findings[:SHOWN]:
            print(f"    {finding}")
        if len(self.findings) > SHOWN:
            print(f"    and {len(self.findings) - SHOWN} more")
        return not self.findings


def moment(text):
    """A time without zone, or the same written with UTC's."""
    value = datetime.fromisoformat(str(text).replace(" ", "T").replace("Z", "+00:00"))
    return value if value.tzinfo else value.replace(tzinfo=timezone.utc)


def microseconds(text):
    difference = moment(text) - EPOCH
    return (difference.days * 86400 + difference.seconds) * 1_000_000 + difference.microseconds


def same(column, expected, found):
    """Amounts are equal as decimals and times as instants; everything else is equal as text."""
    if expected is None or found is None:
        return expected is found
    try:
        if column.endswith("_at"):
            return moment(expected) == moment(found)
        if column.endswith("_amount") or column == "subtotal":
            return Decimal(expected) == Decimal(found)
    except (ValueError, ArithmeticError):
        return False
    return expected == found


def same_score(expected, score):
    """A score is the time since 1970 in milliseconds, with the microseconds as a fraction."""
    return round(Decimal(score) * 1000) == microseconds(expected)


def differing_fields(expected, found):
    names = [name for name in expected if not same(name, expected[name], found.get(name))]
    # Names that begin with an underscore are Millrace's own, such as a version.
    return names + [f"{name} (not expected)" for name in found if name not in expected and not name.startswith("_")]


def lifetime_findings(milliseconds, options):
    if options.lasting:
        return [] if milliseconds == -1 else [f"lifetime ({milliseconds} ms)"]
    seconds = -(-milliseconds // 1000)
    return [] if 0 < seconds <= LIFETIME else [f"lifetime ({seconds} s)"]


def compare_hashes(redis, comparison, expected, pattern, options):
    """`expected`: for every key, what its hash holds. A null is an absent field."""
    present = {key for key in redis.keys(pattern[0]) if re.fullmatch(pattern[1], key)}
    commands = [command for key in expected for command in (["HGETALL", key], ["PTTL", key])]
    answers = iter(redis.ask_all(commands))
    for key, fields in expected.items():
        flat, left = next(answers), next(answers)
        if not flat:
            if options.may_have_expired:
                comparison.expired += 1
            else:
                comparison.missing(key)
            continue
        found = dict(zip(flat[::2], flat[1::2]))
        comparison.judge(key, differing_fields(fields, found) + lifetime_findings(left, options))
    for key in sorted(present - expected.keys()):
        comparison.extra(key)


def compare_users(redis, options):
    columns = ["id", "email", "first_name", "last_name", "phone", "status", "created_at", "updated_at"]
    comparison = Comparison("users", "Redis user:{id}")
    expected = {f"user:{row['id']}": row for row in rows(columns, "users", options.users_where)}
    compare_hashes(redis, comparison, expected, ("user:*", f"user:{UUID}"), options)
    return comparison


def compare_order_status(redis, options):
    comparison = Comparison("orders", "Redis order:status:{id}")
    expected = {
        f"order:status:{row['id']}": {name: row[name] for name in ("status", "total_amount", "created_at")}
        for row in rows(["id", "status", "total_amount", "created_at"], "orders")
    }
    pattern = ("order:status:*", f"order:status:{UUID}")
    compare_hashes(redis, comparison, expected, pattern, options)
    return comparison


def compare_user_orders(redis, options):
    comparison = Comparison("orders by user", "Redis user:{id}:orders")
    expected = {}
    for row in rows(["id", "user_id", "created_at"], "orders"):
        expected.setdefault(f"user:{row['user_id']}:orders", {})[row["id"]] = row["created_at"]
    present = {key for key in redis.keys("user:*:orders") if re.fullmatch(f"user:{UUID}:orders", key)}
    commands = [command for key in expected for command in (["ZRANGE", key, 0, -1, "WITHSCORES"], ["PTTL", key])]
    answers = iter(redis.ask_all(commands))
    for key, orders in expected.items():
        flat, left = next(answers), next(answers)
        if not flat:
            if options.may_have_expired:
                comparison.expired += 1
            else:
                comparison.missing(key)
            continue
        found = dict(zip(flat[::2], flat[1::2]))
        differing = [f"member {member}" for member in sorted(orders.keys() ^ found.keys())]
        differing += [f"score of {member}" for member in sorted(orders.keys() & found.keys())
                      if not same_score(orders[member], found[member])]
        comparison.judge(key, differing + lifetime_findings(left, options))
    for key in sorted(present - expected.keys()):
        comparison.extra(key)
    return comparison


def ask_elasticsearch(method, path, body=None):
    request = urllib.request.Request(
        os.environ["SHOP_ELASTICSEARCH"].rstrip("/") + path, method=method,
        data=None if body is None else json.dumps(body).encode(), headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            # Numbers stay texts, so that no amount passes through a double.
            return json.loads(response.read(), parse_float=str, parse_int=str)
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise Unreadable(f"Elasticsearch: status {error.code} from {path}") from error
    except OSError as error:
        raise Unreadable(f"Elasticsearch: {error}") from error


def documents(index):
    """Every document of an index by its id."""
    ask_elasticsearch("POST", f"/{index}/_refresh")
    found = {}
    page = ask_elasticsearch("POST", f"/{index}/_search?scroll=1m", {"size": 1000, "sort": ["_doc"]})
    while page and page["hits"]["hits"]:
        found.update((hit["_id"], hit["_source"]) for hit in page["hits"]["hits"])
        page = ask_elasticsearch("POST", "/_search/scroll", {"scroll": "1m", "scroll_id": page["_scroll_id"]})
    if page:
        ask_elasticsearch("DELETE", "/_search/scroll", {"scroll_id": page["_scroll_id"]})
    return found


def compare_order_documents():
    """A document need not hold every column, but what is searched by must be there."""
    searched = {"order_number", "status", "user_id", "total_amount", "created_at"}
    columns = ["id", "user_id", "order_number", "status", "subtotal", "tax_amount", "shipping_amount", "total_amount",
               "currency", "created_at", "updated_at"]
    comparison = Comparison("orders", "Elasticsearch orders")
    found = documents("orders")
    for row in rows(columns, "orders"):
        document = found.pop(row["id"], None)
        if document is None:
            comparison.missing(row["id"])
            continue
        expected = {name: row[name] for name in columns if name in searched or name in document}
        comparison.judge(row["id"], differing_fields(expected, document))
    for identifier in sorted(found):
        comparison.extra(identifier)
    return comparison


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--redis", action="store_true")
    parser.add_argument("--elasticsearch", action="store_true")
    parser.add_argument("--may-have-expired", action="store_true")
    parser.add_argument("--lasting", action="store_true")
    parser.add_argument("--users-where", default="true", metavar="SQL")
    options = parser.parse_args()
    both = not (options.redis or options.elasticsearch)
    needed = {
        "SHOP_POSTGRES": True, "SHOP_REDIS": both or options.redis, "SHOP_ELASTICSEARCH": both or options.elasticsearch
    }
    unset = [name for name in needed if needed[name] and not os.environ.get(name)]
    if unset:
        print(f"compare: not set, and printed by `lab/lab.sh env`: {', '.join(unset)}", file=sys.stderr)
        return 2
    agree = True
    try:
        if both or options.redis:
            redis = Redis(os.environ["SHOP_REDIS"])
            for compare in (compare_users, compare_order_status, compare_user_orders):
                agree = compare(redis, options).report() and agree
        if both or options.elasticsearch:
            agree = compare_order_documents().report() and agree
    except Unreadable as error:
        print(f"compare: {error}", file=sys.stderr)
        return 2
    print("The rows agree." if agree else "The rows do NOT agree.")
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())
