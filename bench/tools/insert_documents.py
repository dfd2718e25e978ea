#!/usr/bin/env python3
"""Inserts numbered documents at a steady rate, and prints of each its number, when it was sent, and when the server said that a
majority has it, in microseconds since 1970.

    insert_documents.py DATABASE COLLECTION COUNT RATE [WRITERS]

SHOP_MONGODB is the server. WRITERS processes (default 4) share the work.
"""
import multiprocessing
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "examples/shop/catalogue"))
from documents import Database  # noqa: E402


def insert(database, collection, numbers, interval):
    server, times = Database(name=database), []
    begin = time.monotonic()
    for place, number in enumerate(numbers):
        time.sleep(max(0, begin + place * interval - time.monotonic()))
        sent = time.time_ns() // 1000
        server.run({"insert": collection, "documents": [{"_id": number, "note": "a document to be seen soon"}],
                    "writeConcern": {"w": "majority"}})
        times.append((number, sent, time.time_ns() // 1000))
    return times


if __name__ == "__main__":
    database, collection, count, rate = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    writers = int(sys.argv[5]) if len(sys.argv) > 5 else 4
    parts = [(database, collection, range(writer, count, writers), writers / rate) for writer in range(writers)]
    with multiprocessing.Pool(writers) as pool:
        for times in pool.starmap(insert, parts, 1):
            for line in times:
                print(*line)
