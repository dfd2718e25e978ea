#!/usr/bin/env python3
"""Reads the shop's catalogue and visits in MongoDB and what they are in the graph, and says whether all agree.

    examples/shop/catalogue/compare_graph.py

SHOP_MONGODB and SHOP_NEO4J name the servers, SHOP_CATALOGUE the database (default shop). Nothing of Millrace takes part. The
source must stand still, and Millrace must have caught up.
Exit status: 0 all agree, 1 something differs, 2 a server could not be read.
"""
import os
import sys
from collections import Counter
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

from compare_catalogue import lowest_price
from documents import Database, ObjectId

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "graph")]
import compare as shop  # noqa: E402
from bolt import Bolt, Refused  # noqa: E402


def canonical(value):
    """Of both ends one form: numbers are equal by value, instants as instants, ids by their digits."""
    if isinstance(value, tuple):
        seconds, nanoseconds = value[1][:2]
        return datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=seconds, microseconds=nanoseconds // 1000)
    if isinstance(value, (Decimal, int, float)) and not isinstance(value, bool):
        return float(value)
    return repr(value) if isinstance(value, ObjectId) else value


def own(properties):
    return {name: canonical(value) for name, value in properties.items()
            if not name.startswith("millrace_") and value is not None}


def compare_nodes(graph, label, expected, leaves_stubs=False):
    """`leaves_stubs`: other rows' relationships may hold nodes of which nothing but the id is known."""
    comparison = shop.Comparison(label, "graph nodes")
    found = {properties["id"]: own(properties)
             for (properties,) in graph.run(f"MATCH (n:`{label}`) RETURN properties(n)")}
    for place, row in expected.items():
        if place not in found:
            comparison.missing(place)
            continue
        wanted, there = own(row), found.pop(place)
        comparison.judge(place, sorted(n for n in wanted.keys() | there.keys() if wanted.get(n) != there.get(n)))
    for place, there in sorted(found.items()):
        if not leaves_stubs or set(there) != {"id"}:
            comparison.extra(place)
    return comparison


def compare_relationships(graph, kind, expected, end="id"):
    """`expected`: start, end and properties of every relationship, in any order; `end`: what the end is known by."""
    comparison = shop.Comparison(kind, "graph relationships")
    wanted = Counter((start, end, frozenset(own(properties).items())) for start, end, properties in expected)
    found = Counter((start, end, frozenset(own(properties).items())) for start, end, properties in graph.run(
        f"MATCH (a)-[x:`{kind}`]->(b) RETURN a.id, b.`{end}`, properties(x)"))
    for start, end, _ in (wanted & found).elements():
        comparison.judge(f"{start} to {end}", [])
    for start, end, _ in (wanted - found).elements():
        comparison.missing(f"{start} to {end}")
    for start, end, _ in (found - wanted).elements():
        comparison.extra(f"{start} to {end}")
    return comparison


def product_node(product):
    return {
        "id": product["_id"], "sku": product["sku"], "name": product["name"], "category": product["category"]["name"],
        "brand": product["brand"]["name"], "price": lowest_price(product), "is_active": product["isActive"],
        "updated_at": product["updatedAt"],
    }


def visits(documents, action, field):
    return [(visit["user_id"], visit["product_id"], {"timestamp": visit["timestamp"], field: visit[field]})
            for visit in documents if visit["action"] == action and "product_id" in visit]


def main():
    database, graph = Database(), Bolt(os.environ["SHOP_NEO4J"])
    products, categories, activity = (
        list(database.find(name)) for name in ("products", "categories", "user_activity"))
    changed = [{"updated_at": product["updatedAt"]} for product in products]
    brands = {product["brand"]["id"]: product["brand"] for product in products}
    comparisons = [
        compare_nodes(graph, "Product", {repr(p["_id"]): product_node(p) for p in products}, leaves_stubs=True),
        compare_nodes(graph, "Category", {
            repr(c["_id"]): {"id": c["_id"], "name": c["name"], "slug": c["slug"]} for c in categories}),
        compare_nodes(graph, "Brand", brands),
        compare_relationships(graph, "BELONGS_TO", [
            (repr(p["_id"]), repr(p["category"]["id"]), change) for p, change in zip(products, changed)]),
        compare_relationships(graph, "MANUFACTURED_BY", [
            (repr(p["_id"]), p["brand"]["id"], change) for p, change in zip(products, changed)]),
        compare_relationships(graph, "TAGGED", [
            (repr(p["_id"]), tag, change) for p, change in zip(products, changed)
            for tag in dict.fromkeys(p["tags"])], end="name"),
        compare_relationships(graph, "VIEWED", visits(activity, "view", "duration")),
        compare_relationships(graph, "ADDED_TO_CART", visits(activity, "cart_add", "quantity")),
    ]
    agree = all([comparison.report() for comparison in comparisons])
    print("The catalogue's graph agrees." if agree else "The catalogue's graph does NOT agree.")
    return 0 if agree else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (shop.Unreadable, Refused, OSError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)
