#!/usr/bin/env python3
"""Reads visits and measurements in MongoDB and their points in InfluxDB, and says whether all agree.

    examples/shop/catalogue/compare_activity.py

SHOP_MONGODB and SHOP_INFLUXDB name the servers, SHOP_CATALOGUE the database (default shop). Nothing of Millrace takes part. The
source must stand still, and Millrace must have caught up.
Exit status: 0 all agree, 1 something differs, 2 a server could not be read.
"""
import sys
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path

from documents import Database

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "metrics")]
import influx  # noqa: E402
from compare import Comparison, Unreadable  # noqa: E402

VISIT_TAGS = ["user_id", "action", "page", "device", "browser"]
VISIT_FIELDS = ["duration", "scroll_depth", "clicks", "quantity", "revenue"]
PRODUCT_TAGS = ["product_id", "category", "brand"]
PRODUCT_FIELDS = ["views", "cart_adds", "purchases", "revenue"]
MACHINE_TAGS = ["service", "instance", "environment"]
MACHINE_FIELDS = ["cpu_usage", "memory_usage", "request_count", "error_count", "response_time"]
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def product_metric(visit):
    counts = {"view": "views", "cart_add": "cart_adds", "purchase": "purchases"}
    row = {**visit, "views": 0, "cart_adds": 0, "purchases": 0, "revenue": 0}
    row[counts[visit["action"]]] = 1 if visit["action"] == "view" else visit["quantity"]
    if visit["action"] == "purchase":
        row["revenue"] = visit["revenue"]
    return row


def number(value):
    return None if value is None else float(value)


def compare_points(measurement, documents, tags, fields):
    comparison = Comparison(measurement, f"InfluxDB {measurement}")
    expected = Counter(
        ((document["timestamp"] - EPOCH) // timedelta(milliseconds=1), *(document.get(tag) for tag in tags),
         *(number(document.get(field)) for field in fields)) for document in documents)
    # Below the millisecond stands what sets documents of one time apart.
    found = Counter(
        (int(point["time"]) // 1_000_000, *(point.get(tag) for tag in tags),
         *(number(point.get(field)) for field in fields)) for point in influx.query(f"SELECT * FROM {measurement}"))
    for point in (expected & found).elements():
        comparison.judge(str(point[0]), [])
    for point in (expected - found).elements():
        comparison.missing(f"at {point[0]} ms")
    for point in (found - expected).elements():
        comparison.extra(f"at {point[0]} ms")
    return comparison


def main():
    database = Database()
    visits, machines = (list(database.find(name)) for name in ("user_activity", "system_metrics"))
    comparisons = [
        compare_points("user_activity", visits, VISIT_TAGS, VISIT_FIELDS),
        compare_points("product_metrics", [product_metric(visit) for visit in visits if "product_id" in visit],
                       PRODUCT_TAGS, PRODUCT_FIELDS),
        compare_points("system_metrics", machines, MACHINE_TAGS, MACHINE_FIELDS),
    ]
    agree = all([comparison.report() for comparison in comparisons])
    print("The activity agrees." if agree else "The activity does NOT agree.")
    return 0 if agree else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Unreadable, OSError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)
