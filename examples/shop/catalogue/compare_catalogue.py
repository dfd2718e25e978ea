#!/usr/bin/env python3
"""Reads the shop's catalogue in MongoDB and its targets, each by its own language, and says whether all agree.

    examples/shop/catalogue/compare_catalogue.py [--age SECONDS]

SHOP_MONGODB, SHOP_REDIS and SHOP_ELASTICSEARCH name the servers, SHOP_CATALOGUE the database (default shop). Nothing of
Millrace takes part. The catalogue must stand still, and Millrace must have caught up.
--age   how many seconds ago the first key was written: one whose lifetime is over may be absent, and is only counted
Exit status: 0 all agree, 1 something differs, 2 a server could not be read.
"""
import argparse
import json
import os
import re
import sys
from datetime import datetime
from decimal import Decimal

from documents import Database, ObjectId

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import compare as rows  # noqa: E402

ID = "[0-9a-f]{24}"


def same(value, found):
    """Whether JSON says what a document's value is: decimals as text, ids in hexadecimal, instants as instants."""
    if value is None or isinstance(value, bool):
        return found is value
    if isinstance(value, dict):
        return (isinstance(found, dict) and list(value) == list(found)
                and all(same(value[name], found[name]) for name in value))
    if isinstance(value, (list, tuple)):
        return isinstance(found, list) and len(value) == len(found) and all(map(same, value, found))
    if isinstance(value, ObjectId):
        return found == value.raw.hex()
    if isinstance(value, datetime):
        return isinstance(found, str) and found.endswith("Z") and rows.moment(found) == value
    if isinstance(value, Decimal):
        return isinstance(found, str) and Decimal(found).as_tuple() == value.as_tuple()
    if isinstance(value, (int, float)):
        return isinstance(found, (int, Decimal)) and not isinstance(found, bool) and (
            float(found) == value if isinstance(value, float) else found == value)
    return found == value


def same_document(document, found):
    """The order of a document's own fields is that in which the collection showed them."""
    if not isinstance(document, dict):
        return same(document, found)
    return document.keys() == found.keys() and all(same(document[name], found[name]) for name in document)


def parsed(text):
    return json.loads(text, parse_float=Decimal)


def compare_texts(redis, comparison, expected, pattern, lifetime, age):
    """`expected`: for every key, the value that its JSON stands for."""
    keys = list(expected)
    present = {key for key in redis.keys(pattern[0]) if re.fullmatch(pattern[1], key)}
    answers = iter(redis.ask_all([command for key in keys for command in (["GET", key], ["PTTL", key])]))
    for key in keys:
        text, left = next(answers), next(answers)
        if text is None:
            absent(comparison, key, lifetime, age)
            continue
        differing = [] if same_document(expected[key], parsed(text)) else ["document"]
        comparison.judge(key, differing + lifetime_findings(left, lifetime))
    for key in sorted(present - expected.keys()):
        comparison.extra(key)
    return comparison


def absent(comparison, key, lifetime, age):
    if age >= lifetime:
        comparison.expired += 1
    else:
        comparison.missing(key)


def lifetime_findings(milliseconds, lifetime):
    return [] if 0 < milliseconds <= lifetime * 1000 else [f"lifetime ({milliseconds} ms)"]


def compare_sets(redis, products, age):
    comparison = rows.Comparison("products by category", "Redis category:{id}:products")
    expected = {}
    for product in products:
        expected.setdefault(f"category:{product['category']['id']}:products", set()).add(repr(product["_id"]))
    pattern = f"category:{ID}:products"
    present = {key for key in redis.keys("category:*:products") if re.fullmatch(pattern, key)}
    keys = list(expected)
    answers = iter(redis.ask_all([command for key in keys for command in (["SMEMBERS", key], ["PTTL", key])]))
    for key in keys:
        members, left = set(next(answers)), next(answers)
        if not members:
            absent(comparison, key, 7200, age)
            continue
        differing = [f"member {member}" for member in sorted(expected[key] ^ members)]
        comparison.judge(key, differing + lifetime_findings(left, 7200))
    for key in sorted(present - expected.keys()):
        comparison.extra(key)
    return comparison


def lowest_price(product):
    prices = [variant["price"] for variant in product.get("variants", [])
              if variant.get("isActive") is True and variant.get("price") is not None]
    return min(prices, key=Decimal, default=None)


def same_number(expected, found):
    """Of a search document numbers come as texts, so that none passes through a double on its way here."""
    if expected is None or found is None:
        return expected is found
    return float(found) == expected if isinstance(expected, float) else Decimal(found) == Decimal(expected)


def search_document(product):
    variants = product.get("variants", [])
    attributes = {
        name: [variant["attributes"][name] for variant in variants if name in variant.get("attributes", {})]
        for name in ("color", "size", "material")
    }
    fields = {
        "id": product["_id"], "sku": product["sku"], "name": product["name"],
        "category": product["category"]["id"], "brand": product["brand"]["id"], "attributes": attributes,
        "tags": product["tags"], "is_active": product["isActive"], "created_at": product["createdAt"],
        "updated_at": product["updatedAt"],
    }
    if "description" in product:
        fields["description"] = product["description"]
    return fields


def page_document(page):
    fields = {
        "id": page["_id"], "type": page["type"], "title": page["title"], "slug": page["slug"], "content": page["content"],
        "author": page["author"]["id"], "tags": page["tags"], "status": page["status"],
        "published_at": page["publishedAt"], "created_at": page["createdAt"], "updated_at": page["updatedAt"],
    }
    return fields


def compare_documents(title, index, documents, form, check=lambda source, found: []):
    comparison = rows.Comparison(title, f"Elasticsearch {index}")
    found = rows.documents(index)
    for document in documents:
        identifier = repr(document["_id"])
        actual = found.pop(identifier, None)
        if actual is None:
            comparison.missing(identifier)
            continue
        expected = form(document)
        differing = [name for name in expected if name not in actual or not same(expected[name], actual[name])]
        extra = [f"{name} (not expected)" for name in actual if name not in expected and name != "price"]
        comparison.judge(identifier, differing + extra + check(document, actual))
    for identifier in sorted(found):
        comparison.extra(identifier)
    return comparison


def price_findings(product, found):
    return [] if same_number(lowest_price(product), found.get("price")) else ["price"]


SEARCH = {
    "size": 20, "sort": [{"price": "asc"}],
    "query": {"bool": {
        "must": [{"multi_match": {"query": "gaming laptop", "fields": ["name^2", "description", "tags"]}}],
        "filter": [{"term": {"is_active": True}}, {"range": {"price": {"gte": 500, "lte": 2000}}}],
    }},
}


def found_by_search(products):
    """The prices of what SEARCH should find, by id."""
    wanted = {"gaming", "laptop"}
    found = {}
    for product in products:
        price = lowest_price(product)
        texts = [product["name"], product.get("description") or ""]
        matches = any(wanted & set(text.lower().split()) for text in texts) or "gaming laptop" in product["tags"]
        if matches and product["isActive"] and price is not None and 500 <= price <= 2000:
            found[repr(product["_id"])] = price
    return found


def compare_search(products):
    """The shop's search, against what a reader of the catalogue would find."""
    comparison = rows.Comparison("search for a gaming laptop", "Elasticsearch products")
    expected = found_by_search(products)
    answer = rows.ask_elasticsearch("POST", "/products/_search", SEARCH)
    hits = [hit["_id"] for hit in answer["hits"]["hits"]] if answer else []
    cheapest = sorted(map(float, expected.values()))[:20]
    comparison.judge("hits", ["which"] if [h for h in hits if h not in expected] else [])
    comparison.judge("order", [] if [float(expected.get(hit, 0)) for hit in hits] == cheapest else ["prices"])
    return comparison


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--age", type=int, default=0)
    age = parser.parse_args().age
    try:
        database = Database()
        products, categories, pages = (list(database.find(name)) for name in ("products", "categories", "content"))
        redis = rows.Redis(os.environ["SHOP_REDIS"])
        comparisons = [
            compare_texts(
                redis, rows.Comparison("products", "Redis product:{id}"),
                {f"product:{product['_id']}": product for product in products}, ("product:*", f"product:{ID}"), 3600, age),
            compare_texts(
                redis, rows.Comparison("products", "Redis product:{id}:variants"),
                {f"product:{product['_id']}:variants": product["variants"] for product in products},
                ("product:*:variants", f"product:{ID}:variants"), 3600, age),
            compare_texts(
                redis, rows.Comparison("categories", "Redis category:{id}"),
                {f"category:{category['_id']}": category for category in categories},
                ("category:*", f"category:{ID}"), 7200, age),
            compare_sets(redis, products, age),
            compare_texts(
                redis, rows.Comparison("content", "Redis doc:{slug}"), {f"doc:{page['slug']}": page for page in pages},
                ("doc:*", "doc:.*"), 300, age),
            compare_documents("products", "products", products, search_document, price_findings),
            compare_documents("content", "content", pages, page_document),
            compare_search(products),
        ]
    except (rows.Unreadable, OSError) as error:
        print(f"compare: {error}", file=sys.stderr)
        return 2
    agree = all([comparison.report() for comparison in comparisons])
    print("The catalogue agrees." if agree else "The catalogue does NOT agree.")
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())
