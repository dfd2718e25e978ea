#!/usr/bin/env python3
"""Reads the shop's PostgreSQL and its graph, each by its own language, and says whether every row agrees.

    examples/shop/graph/compare.py [--with-catalogue]

SHOP_POSTGRES and SHOP_NEO4J name the servers. Nothing of Millrace takes part. The source must stand still, and Millrace must
have caught up. --with-catalogue: users and products are nodes of the catalogue's pipeline too, so that there may be more of them.
Exit status: 0 all agree, 1 something differs, 2 a server could not be read.
"""
import os
import sys
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from bolt import Bolt, Refused  # noqa: E402
from compare import Comparison, Unreadable, rows  # noqa: E402


def moment(value):
    """A time of the graph: the structure of a local date-time, or ISO text."""
    if isinstance(value, tuple):
        seconds, nanoseconds = value[1][:2]
        return datetime(1970, 1, 1) + timedelta(seconds=seconds, microseconds=nanoseconds // 1000)
    return datetime.fromisoformat(str(value).replace(" ", "T"))


def differing(expected, found):
    names = []
    for name, value in expected.items():
        other = found.get(name)
        if value is None or other is None:
            same = value is other
        elif name.endswith("_at"):
            same = moment(value) == moment(other)
        elif name in ("total_amount", "price"):
            same = Decimal(value) == Decimal(other)
        else:
            same = str(value) == str(other)
        if not same:
            names.append(name)
    own = [name for name in found if name not in expected and not name.startswith("millrace_")]
    return names + [f"{name} (not expected)" for name in own]


def compare_nodes(graph, label, expected, is_shared=False):
    """`is_shared`: other pipelines write such nodes too, with properties of their own."""
    comparison = Comparison(label, "graph nodes")
    found = {}
    for (properties,) in graph.run(f"MATCH (n:`{label}`) RETURN properties(n)"):
        if properties["id"] in found:
            comparison.extra(f"a second {properties['id']}")
        found[properties["id"]] = properties
    if is_shared:
        found = {place: {name: found[place].get(name) for name in row} for place, row in expected.items() if place in found}
    judge(comparison, expected, found)
    return comparison


def compare_relationships(graph, kind, expected):
    """`expected`: by start and end, the properties of every relationship, in some order."""
    comparison = Comparison(kind, "graph relationships")
    found = {}
    for start, end, properties in graph.run(f"MATCH (a)-[x:`{kind}`]->(b) RETURN a.id, b.id, properties(x)"):
        found.setdefault((start, end), []).append(properties)
    for place, rows_there in expected.items():
        there = found.pop(place, [])
        if len(there) != len(rows_there):
            comparison.judge(f"{place[0]} to {place[1]}", [f"{len(there)} of {len(rows_there)}"])
            continue
        order = sorted(rows_there, key=key)
        for one, other in zip(order, sorted(there, key=key)):
            comparison.judge(f"{place[0]} to {place[1]}", differing(one, other))
    for place in sorted(found):
        comparison.extra(f"{place[0]} to {place[1]}")
    return comparison


def key(properties):
    return (str(properties.get("order_id", "")), str(properties.get("quantity", "")),
            Decimal(properties.get("price") or 0))


def judge(comparison, expected, found):
    for place, row in expected.items():
        if place not in found:
            comparison.missing(place)
        else:
            comparison.judge(place, differing(row, found[place]))
    for place in sorted(found.keys() - expected.keys()):
        comparison.extra(place)


def main():
    is_shared = "--with-catalogue" in sys.argv[1:]
    graph = Bolt(os.environ["SHOP_NEO4J"])
    users = {row["id"]: {"id": row["id"], "email": row["email"], "created_at": row["created_at"],
                         "name": f"{row['first_name']} {row['last_name']}"}
             for row in rows(["id", "email", "first_name", "last_name", "created_at"], "users")}
    orders = rows(["id", "user_id", "status", "total_amount", "created_at"], "orders")
    items = rows(["order_id", "product_id", "quantity", "unit_price"], "order_items")
    placed, contains, purchased = {}, {}, {}
    buyers = {row["id"]: row["user_id"] for row in orders}
    for row in orders:
        placed.setdefault((row["user_id"], row["id"]), []).append({"created_at": row["created_at"]})
    for row in items:
        contains.setdefault((row["order_id"], row["product_id"]), []).append(
            {"quantity": row["quantity"], "price": row["unit_price"]})
        purchased.setdefault((buyers[row["order_id"]], row["product_id"]), []).append(
            {"order_id": row["order_id"], "quantity": row["quantity"], "price": row["unit_price"]})
    names = ["id", "status", "total_amount", "created_at"]
    results = [
        compare_nodes(graph, "User", users, is_shared),
        compare_nodes(graph, "Order", {row["id"]: {name: row[name] for name in names} for row in orders}),
        # By itself a product is a stub, which only what orders contain holds.
        compare_nodes(graph, "Product", {row["product_id"]: {"id": row["product_id"]} for row in items}, is_shared),
        compare_relationships(graph, "PLACED", placed),
        compare_relationships(graph, "CONTAINS", contains),
        compare_relationships(graph, "PURCHASED", purchased),
    ]
    if all([result.report() for result in results]):
        print("The graph agrees.")
        return 0
    return 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Unreadable, Refused, OSError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)
