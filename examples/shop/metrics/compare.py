#!/usr/bin/env python3
"""Reads the shop's PostgreSQL and its figures in InfluxDB, each by its own language, and says whether every row agrees.

    examples/shop/metrics/compare.py

SHOP_POSTGRES and SHOP_INFLUXDB name the servers. Nothing of Millrace takes part. The source must stand still, and Millrace must
have caught up. MINIMUM_TRANSACTIONS says how many rows of transactions were inserted since the stream began, at least. Exit status: 0 all agree, 1 something differs, 2 a server could not be read.
"""
import os
import sys
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from compare import Comparison, Unreadable, rows  # noqa: E402
from influx import query  # noqa: E402


def moment(nanoseconds):
    # Below the microsecond stands what sets rows of one time apart.
    return datetime(1970, 1, 1) + timedelta(microseconds=int(nanoseconds) // 1000)


def compare_orders():
    comparison = Comparison("orders", "InfluxDB orders")
    found = {}
    for point in query("SELECT * FROM orders WHERE deleted = false"):
        if point["id"] in found:
            comparison.extra(f"a second point of {point['id']}")
        found[point["id"]] = point
    items = Counter(row["order_id"] for row in rows(["order_id"], "order_items"))
    for row in rows(["id", "status", "currency", "total_amount", "tax_amount", "created_at"], "orders"):
        point = found.pop(row["id"], None)
        if point is None:
            comparison.missing(row["id"])
            continue
        names = [name for name in ("status", "currency") if row[name] != point[name]]
        names += [name for name in ("total_amount", "tax_amount") if Decimal(row[name]) != Decimal(point[name])]
        if int(point["item_count"]) != items[row["id"]]:
            names.append("item_count")
        if datetime.fromisoformat(row["created_at"].replace(" ", "T")) != moment(point["time"]):
            names.append("created_at")
        comparison.judge(row["id"], names)
    for identifier in sorted(found):
        comparison.extra(identifier)
    return comparison


def order_of(point):
    """The order of changes: of one transaction, the time and the rest of the tag count."""
    return int(point["millrace_version"]), int(point["time"]), int((point["seq"].split(".") + ["0"])[1])


def compare_transactions():
    """The last event of a row says what the row is; each insert has one event, and no other has its place."""
    comparison = Comparison("transactions", "InfluxDB transactions")
    known = {row["id"]: row for row in rows(["id", "user_id", "amount", "transaction_type"], "transactions")}
    last, inserted = {}, set()
    for point in query("SELECT * FROM transactions"):
        if point["op"] == "insert":
            if point["id"] in inserted:
                comparison.extra(f"a second insert of {point['id']}")
            inserted.add(point["id"])
        if point["id"] not in last or order_of(last[point["id"]]) < order_of(point):
            last[point["id"]] = point
    for identifier, point in sorted(last.items()):
        row = known.get(identifier)
        if (row is None) != (point["op"] == "delete"):
            comparison.judge(identifier, ["its last event"])
        elif row is not None:
            names = [name for name in ("user_id", "transaction_type") if row[name] != point[name]]
            if Decimal(row["amount"]) != Decimal(point["amount"]):
                names.append("amount")
            comparison.judge(identifier, names)
    wanted = int(os.environ.get("MINIMUM_TRANSACTIONS", "0"))
    if len(inserted) < wanted:
        comparison.missing(f"{wanted - len(inserted)} of {wanted} inserts")
    return comparison


if __name__ == "__main__":
    try:
        if all([compare_orders().report(), compare_transactions().report()]):
            print("The figures agree.")
            sys.exit(0)
        sys.exit(1)
    except Unreadable as error:
        print(error, file=sys.stderr)
        sys.exit(2)
