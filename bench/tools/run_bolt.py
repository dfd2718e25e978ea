#!/usr/bin/env python3
"""Runs recorded statements by the official driver, as a user would: rows in transactions of one statement each.

    run_bolt.py URL DATABASE FOLDER BATCH

What changes the schema is run first. Then the rows of each statement, in the order in which they were recorded, are
sent BATCH at a time; when that began and ended is printed, in seconds since 1970.
"""

import pathlib
import sys
import time
import urllib.parse

import neo4j
from neo4j._codec.hydration.v2 import HydrationHandler
from neo4j._codec.packstream.v1 import UnpackableBuffer, Unpacker


def load(folder):
    handler = HydrationHandler()
    for path in sorted(pathlib.Path(folder).glob("*.run")):
        unpacker = Unpacker(UnpackableBuffer(path.read_bytes()[2:]))
        hooks = handler.new_hydration_scope().hydration_hooks
        yield unpacker.unpack(hooks), unpacker.unpack(hooks)


def regroup(statements, size):
    """The statements with their parameters, each with `size` rows, as a caller has them ready."""
    rows = {}
    for text, parameters in statements:
        found = parameters["rows"]
        # Of relationships each row stands under its id.
        pairs = found.items() if isinstance(found, dict) else ((None, row) for row in found)
        # What was sent again after a refusal counts once.
        rows.setdefault(text, {}).update((row["t"], (name, row, parameters["now"])) for name, row in pairs)
    for text, found in rows.items():
        pairs = list(found.values())
        for start in range(0, len(pairs), size):
            batch = pairs[start:start + size]
            parameters = {"now": batch[0][2], "rows": [row for _, row, _ in batch]}
            for number, row in enumerate(parameters["rows"]):
                row["i"] = number
            if batch[0][0] is not None:
                parameters["ids"] = [name for name, _, _ in batch]
                parameters["rows"] = {name: row for name, row, _ in batch}
            yield text, parameters


def write(transaction, text, parameters):
    return sum(len(record[0]) if isinstance(record[0], list) else 1 for record in transaction.run(text, parameters))


def main():
    url, database, folder, size = sys.argv[1:]
    parts = urllib.parse.urlsplit(url)
    recorded = list(load(folder))
    batches = list(regroup([run for run in recorded if "rows" in run[1]], int(size)))
    rows = sum(len(parameters["rows"]) for _, parameters in batches)
    driver = neo4j.GraphDatabase.driver(
        f"bolt://{parts.hostname}:{parts.port}", auth=(parts.username, parts.password))
    with driver, driver.session(database=database) as session:
        for text, parameters in recorded:
            if text.startswith("CREATE "):
                session.run(text, parameters).consume()
        begin = time.time()
        applied = sum(session.execute_write(write, text, parameters) for text, parameters in batches)
        print(begin, time.time())
    if applied != rows:
        sys.exit(f"{applied} of {rows} rows were applied")


main()
