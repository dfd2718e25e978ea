#!/usr/bin/env python3
"""Asks the targets what the shop's pages ask them, and holds each answer against the sources.

    examples/shop/questions.py [--user ID] [--product ID]

SHOP_POSTGRES, SHOP_MONGODB, SHOP_ELASTICSEARCH, SHOP_NEO4J and SHOP_INFLUXDB name the servers, SHOP_CATALOGUE the database of
MongoDB (default shop). Nothing of Millrace takes part. The sources must stand still, and Millrace must have caught up.
--user     whom to recommend to; the one with most orders without it
--product  what is bought together with it; what was bought most without it
Exit status: 0 every answer is right, 1 one is wrong, 2 a server could not be read.
"""
import argparse
import os
import sys
import time
from collections import Counter, defaultdict
from datetime import datetime, timedelta, timezone
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE / "catalogue"), str(HERE / "graph"), str(HERE / "metrics")]
import compare as shop  # noqa: E402
import influx  # noqa: E402
from bolt import Bolt, Refused  # noqa: E402
from compare_catalogue import SEARCH, found_by_search, lowest_price  # noqa: E402
from documents import Database  # noqa: E402

RECOMMEND = """
MATCH (:User {id: $user})-[:PURCHASED]->(bought:Product)
WITH collect(DISTINCT bought.id) AS bought
MATCH (:User {id: $user})-[:PURCHASED]->(:Product)-[:BELONGS_TO]->(:Category)<-[:BELONGS_TO]-(p:Product)
WHERE NOT p.id IN bought AND p.price IS NOT NULL
RETURN DISTINCT p.id AS id, p.name AS name, p.price AS price ORDER BY price, id LIMIT 10
"""
ALSO_BOUGHT = """
MATCH (u:User {id: $user})-[:PURCHASED]->(p:Product)<-[:PURCHASED]-(other:User) WHERE other.id <> $user
RETURN other.id AS id, other.name AS name, count(DISTINCT p) AS shared ORDER BY shared DESC, id LIMIT 5
"""
TOGETHER = """
MATCH (:Product {id: $product})<-[one:PURCHASED]-(:User)-[two:PURCHASED]->(p:Product)
WHERE one.order_id = two.order_id AND p.id <> $product
RETURN p.id AS id, p.name AS name, count(DISTINCT one.order_id) AS orders ORDER BY orders DESC, id LIMIT 5
"""
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Sources:
    """What the questions are about, as the sources have it."""

    def __init__(self):
        database = Database()
        self.products = {repr(product["_id"]): product for product in database.find("products")}
        self.visits = list(database.find("user_activity"))
        self.machines = list(database.find("system_metrics"))
        self.users = {row["id"]: f"{row['first_name']} {row['last_name']}"
                      for row in shop.rows(["id", "first_name", "last_name"], "users")}
        buyers = {row["id"]: row["user_id"] for row in shop.rows(["id", "user_id"], "orders")}
        self.baskets, self.bought = defaultdict(set), defaultdict(set)
        for row in shop.rows(["order_id", "product_id"], "order_items"):
            self.baskets[row["order_id"]].add(row["product_id"])
            self.bought[buyers[row["order_id"]]].add(row["product_id"])
        self.orders_of = Counter(buyers.values())
        self.orders_with = Counter(product for basket in self.baskets.values() for product in basket)

    def name(self, product):
        return self.products.get(product, {}).get("name")

    def recommendations(self, user):
        mine = self.bought[user]
        categories = {self.products[product]["category"]["id"] for product in mine if product in self.products}
        found = [(float(price), identifier) for identifier, product in self.products.items()
                 if identifier not in mine and product["category"]["id"] in categories
                 and (price := lowest_price(product)) is not None]
        return [[identifier, self.name(identifier), price] for price, identifier in sorted(found)[:10]]

    def also_bought(self, user):
        shared = Counter({other: len(self.bought[user] & products) for other, products in self.bought.items()})
        found = sorted((-count, other) for other, count in shared.items() if count and other != user)
        return [[other, self.users[other], -count] for count, other in found[:5]]

    def together(self, product):
        orders = Counter(other for basket in self.baskets.values() if product in basket for other in basket)
        found = sorted((-count, other) for other, count in orders.items() if other != product)
        return [[other, self.name(other), -count] for count, other in found[:5]]


class Answers:
    """Prints each question with its answer, how long it took, and whether it is what the sources say."""

    def __init__(self):
        self.wrong = 0

    def say(self, question, ask, expected, shown=lambda row: row):
        begin = time.monotonic()
        answer = ask()
        milliseconds = (time.monotonic() - begin) * 1000
        is_right = close(answer, expected)
        self.wrong += not is_right
        print(f"\n{question}  ({len(answer)} in {milliseconds:.0f} ms, {'right' if is_right else 'WRONG'})")
        for row in answer[:3]:
            print("    " + "  ".join(str(part) for part in shown(row)))
        if not is_right:
            print(f"    expected {[row for row in expected if row not in answer][:3]}")


def close(one, other):
    """Equal, where numbers that were added up in another order may differ in their last digits."""
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(close, one, other))
    if isinstance(one, float) or isinstance(other, float):
        return one is not None and other is not None and abs(one - other) <= 1e-9 * max(1, abs(one), abs(other))
    return one == other


def nanoseconds(moment):
    return (moment - EPOCH) // timedelta(microseconds=1) * 1000


def search(sources, answers):
    def ask():
        hits = shop.ask_elasticsearch("POST", "/products/_search", SEARCH)["hits"]["hits"]
        return [[hit["_id"], hit["_source"]["name"], float(hit["_source"]["price"])] for hit in hits]

    # Products of one price come in any order.
    found = {identifier: float(price) for identifier, price in found_by_search(sources.products.values()).items()}
    cheapest = sorted(found.values())[:20]
    answer = ask()
    expected = [[identifier, sources.name(identifier), price]
                for (identifier, *_), price in zip(answer, cheapest) if found.get(identifier) == price]
    answers.say("Gaming laptops between 500 and 2000, the cheapest first", lambda: answer, expected,
                lambda row: (f"{row[2]:>8.2f}", row[1]))


def graph(sources, answers, user, product):
    bolt = Bolt(os.environ["SHOP_NEO4J"])
    answers.say(f"What to recommend to {sources.users[user]}",
                lambda: bolt.run(RECOMMEND, user=user), sources.recommendations(user),
                lambda row: (f"{row[2]:>8.2f}", row[1]))
    answers.say(f"Who bought what {sources.users[user]} bought",
                lambda: bolt.run(ALSO_BOUGHT, user=user), sources.also_bought(user), lambda row: (f"{row[2]:>4}", row[1]))
    answers.say(f"What is bought together with {sources.name(product) or product}",
                lambda: bolt.run(TOGETHER, product=product), sources.together(product),
                lambda row: (f"{row[2]:>4}", row[1]))


def figures(sources, answers):
    now = datetime.now(timezone.utc)

    def since(days=0, hours=0):
        return now - timedelta(days=days, hours=hours)

    week, month, hour = since(days=7), since(days=30), since(hours=1)
    groups = defaultdict(list)
    for visit in sources.visits:
        if visit["timestamp"] >= week:
            start = visit["timestamp"].replace(minute=0, second=0, microsecond=0)
            groups[nanoseconds(start), visit["action"]].append(visit["duration"])
    answers.say(
        "How long visits last, by hour and action, over 7 days",
        lambda: sorted(
            [int(row["time"]), row["action"], float(row["mean"]), int(row["count"])] for row in influx.query(
                # The field has the name of one of InfluxQL's own words.
                'SELECT mean("duration"), count("duration") FROM user_activity '
                f"WHERE time >= {nanoseconds(week)} GROUP BY time(1h), action FILL(none)")),
        sorted([start, action, sum(found) / len(found), len(found)] for (start, action), found in groups.items()),
        lambda row: (EPOCH + timedelta(seconds=row[0] // 10**9), f"{row[1]:<9}", f"{row[2]:8.2f} s", f"{row[3]:>4}"))

    totals = defaultdict(lambda: [0, 0, 0, 0.0])
    for visit in sources.visits:
        if visit["timestamp"] < month or "product_id" not in visit:
            continue
        total = totals[visit["product_id"]]
        place = ["view", "cart_add", "purchase"].index(visit["action"])
        total[place] += 1 if place == 0 else visit["quantity"]
        total[3] += float(visit.get("revenue", 0))
    answers.say(
        "Views, cart additions, purchases and revenue of each product over 30 days",
        lambda: sorted(
            [row["product_id"], *(int(row[name]) for name in ("views", "cart_adds", "purchases")), float(row["revenue"])]
            for row in influx.query(
                "SELECT sum(views) AS views, sum(cart_adds) AS cart_adds, sum(purchases) AS purchases, "
                f"sum(revenue) AS revenue FROM product_metrics WHERE time >= {nanoseconds(month)} GROUP BY product_id")),
        sorted([product, *total] for product, total in totals.items()),
        lambda row: (sources.name(row[0]) or row[0], *(f"{part:>4}" for part in row[1:4]), f"{row[4]:10.2f}"))

    machines = defaultdict(list)
    for machine in sources.machines:
        if machine["timestamp"] >= hour:
            machines[machine["service"]].append((machine["cpu_usage"], machine["response_time"]))
    answers.say(
        "Mean load and response time of each service over an hour",
        lambda: sorted(
            [row["service"], float(row["cpu"]), float(row["response"])] for row in influx.query(
                "SELECT mean(cpu_usage) AS cpu, mean(response_time) AS response FROM system_metrics "
                f"WHERE time >= {nanoseconds(hour)} GROUP BY service")),
        sorted([service, *(sum(column) / len(column) for column in zip(*found))] for service, found in machines.items()),
        lambda row: (f"{row[0]:<10}", f"{row[1]:6.2f} %", f"{row[2]:8.2f} ms"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--user")
    parser.add_argument("--product")
    options = parser.parse_args()
    sources, answers = Sources(), Answers()
    user = options.user or sources.orders_of.most_common(1)[0][0]
    product = options.product or sources.orders_with.most_common(1)[0][0]
    search(sources, answers)
    graph(sources, answers, user, product)
    figures(sources, answers)
    print("\nEvery answer is right." if not answers.wrong else f"\n{answers.wrong} answers are WRONG.")
    return 1 if answers.wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (shop.Unreadable, Refused, OSError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)
