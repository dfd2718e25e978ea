#!/usr/bin/env python3
"""Fills what is known of the shop's visitors and machines in MongoDB, and goes on as they do.

    examples/shop/catalogue/activity.py fill [--activities N] [--metrics N] [--users N] [--seed N]
    examples/shop/catalogue/activity.py watch [--rate N] [--count N] [--users N] [--seed N]

fill    drops and makes `user_activity` and `system_metrics`: one seed makes the same visits, spread over the last 30 days
watch   inserts more until it is stopped, or --count times: --rate documents a second, 0 as fast as they go
--users how many customers of seed.sql the visitors are taken from (default 2000)
SHOP_MONGODB is the server, SHOP_CATALOGUE the database (default shop), which catalogue.py has filled. Ctrl-C or SIGTERM ends it
cleanly.
"""
import argparse
import hashlib
import random
import sys
import uuid
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from documents import Database
from pace import keep_doing

ACTIONS = {"view": 60, "cart_add": 15, "purchase": 8, "search": 12, "login": 5}
PAGES = {"view": "product", "cart_add": "product", "purchase": "checkout", "search": "search", "login": "account"}
SERVICES = ["web", "checkout", "search", "catalogue"]


def user_id(number):
    """What seed.sql calls the customer of this number."""
    return str(uuid.UUID(hashlib.md5(f"user:{number}".encode()).hexdigest()))


class Visitors:
    def __init__(self, database, users, seed):
        self.database = database
        self.users = users
        self.chance = random.Random(seed)
        self.products = list(database.find(
            "products", projection={"category": 1, "brand": 1}, sort={"_id": 1}))

    def visit(self, moment):
        """Few customers and few products draw most visits, as they do."""
        action = self.chance.choices(list(ACTIONS), ACTIONS.values())[0]
        visit = {
            "user_id": user_id(1 + int(self.users * self.chance.random() ** 2)), "action": action, "page": PAGES[action],
            "device": self.chance.choice(["phone", "desktop", "tablet"]),
            "browser": self.chance.choice(["firefox", "chromium", "safari"]),
            "duration": self.chance.randrange(1, 60_000) / 100, "scroll_depth": self.chance.randrange(101) / 100,
            "clicks": self.chance.randrange(20), "timestamp": moment,
        }
        if action in ("view", "cart_add", "purchase"):
            product = self.products[int(len(self.products) * self.chance.random() ** 2)]
            visit["product_id"] = repr(product["_id"])
            visit["category"] = repr(product["category"]["id"])
            visit["brand"] = product["brand"]["id"]
        if action in ("cart_add", "purchase"):
            visit["quantity"] = self.chance.randint(1, 3)
        if action == "purchase":
            visit["revenue"] = Decimal(self.chance.randrange(500, 300_000)).scaleb(-2)
        return visit

    def measurement(self, moment):
        requests = self.chance.randrange(10_000)
        return {
            "service": self.chance.choice(SERVICES), "instance": f"i{self.chance.randrange(4)}",
            "environment": "production", "cpu_usage": self.chance.randrange(10_000) / 100,
            "memory_usage": self.chance.randrange(10_000) / 100, "request_count": requests,
            "error_count": requests // 500, "response_time": self.chance.randrange(1, 90_000) / 100, "timestamp": moment,
        }

    def fill(self, activities, metrics):
        for name in ("user_activity", "system_metrics"):
            self.database.make_anew(name)
        now = datetime.now(timezone.utc)
        for name, count, make, days in (
                ("user_activity", activities, self.visit, 30), ("system_metrics", metrics, self.measurement, 1)):
            step = timedelta(days=days) / max(1, count)
            self.database.insert(name, [make(now - step * (count - number)) for number in range(count)])

    def come(self):
        kind = "user_activity" if self.chance.random() < 0.8 else "system_metrics"
        make = self.visit if kind == "user_activity" else self.measurement
        self.database.insert(kind, [make(datetime.now(timezone.utc))])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["fill", "watch"])
    parser.add_argument("--activities", type=int, default=5000)
    parser.add_argument("--metrics", type=int, default=2000)
    parser.add_argument("--users", type=int, default=2000)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    visitors = Visitors(Database(), options.users, options.seed)
    if options.what == "fill":
        visitors.fill(options.activities, options.metrics)
        return 0
    keep_doing(visitors.come, options.rate, options.count)
    return 0


if __name__ == "__main__":
    sys.exit(main())
