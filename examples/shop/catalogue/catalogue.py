#!/usr/bin/env python3
"""Fills the shop's catalogue in MongoDB, and keeps it busy as its editors would.

    examples/shop/catalogue/catalogue.py fill [--products N] [--categories N] [--content N] [--seed N]
    examples/shop/catalogue/catalogue.py edit [--rate N] [--count N] [--seed N]

fill   drops and makes `products`, `categories` and `content`; one seed makes the same documents, and the products have the
       ids that orders name (traffic.product in schema.sql)
edit   changes them until it is stopped, or --count times: --rate changes a second, 0 as fast as they go
SHOP_MONGODB is the server, SHOP_CATALOGUE the database (default shop). Ctrl-C or SIGTERM ends it cleanly.
"""
import argparse
import hashlib
import random
import sys
import time
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from documents import Database, ObjectId, updating
from pace import keep_doing

WORDS = "gaming laptop office desk chair lamp wireless mouse mechanical keyboard monitor steel oak travel slim pro".split()
RANGES = ["Gaming", "Travel", "Studio", "Pocket", "Classic"]
THINGS = ["Laptop", "Headphones", "Keyboard", "Camera", "Monitor", "Lamp", "Chair"]
BRANDS = "Weir Sluice Penstock Headrace Tailrace Millpond Flume Leat Spillway Quern Hopper Bolter Cog Lantern".split()
COLORS = ["black", "white", "silver", "red", "blue"]
SIZES = ["S", "M", "L", "XL"]
MATERIALS = ["steel", "oak", "cotton", "glass"]
START = datetime(2026, 1, 1, tzinfo=timezone.utc)


def product_id(number):
    """What orders call the product of this number."""
    return ObjectId(bytes.fromhex(hashlib.md5(f"product:{number}".encode()).hexdigest()[:24]))


class Editor:
    def __init__(self, database, seed):
        self.database = database
        self.chance = random.Random(seed)
        self.seed = seed
        self.made = 0
        self.now = START

    def identifier(self):
        self.made += 1
        return ObjectId(self.seed.to_bytes(4, "big") + b"millr" + self.made.to_bytes(3, "big"))

    def moment(self):
        self.now += timedelta(milliseconds=self.chance.randrange(1, 90_000))
        return self.now

    def words(self, low, high):
        return " ".join(self.chance.choice(WORDS) for _ in range(self.chance.randint(low, high)))

    def price(self):
        """Prices are decimals, but for those that an old import left as doubles or whole numbers."""
        kind = self.chance.random()
        cents = self.chance.randrange(500, 300_000)
        return cents // 100 if kind < 0.05 else cents / 100 if kind < 0.1 else Decimal(cents).scaleb(-2)

    def variant(self, sku, number):
        attributes = {"color": self.chance.choice(COLORS)}
        if self.chance.random() < 0.5:
            attributes["size"] = self.chance.choice(SIZES)
        if self.chance.random() < 0.3:
            attributes["material"] = self.chance.choice(MATERIALS)
        return {
            "id": f"{sku}-{number}", "sku": f"{sku}-{number}", "name": self.words(1, 2), "attributes": attributes,
            "price": self.price(), "weight": self.chance.randrange(1, 5000) / 1000,
            "isActive": self.chance.random() < 0.8,
        }

    def listed(self, number, categories):
        """A product that orders may name."""
        name = f"{RANGES[number % 5]} {THINGS[number % 7]}"
        return {**self.product(categories), "_id": product_id(number), "sku": f"P{number:05}", "name": name}

    def product(self, categories):
        sku = f"SKU-{self.seed}-{self.made}"
        name = self.words(2, 4)
        brand = self.chance.choice(BRANDS)
        created = self.moment()
        product = {
            "_id": self.identifier(), "sku": sku, "name": name, "slug": f"{sku}-{name}".lower().replace(" ", "-"),
            "description": self.words(5, 30), "category": self.reference(self.chance.choice(categories)),
            "brand": {"id": f"b{BRANDS.index(brand)}", "name": brand, "slug": brand.lower()},
            "variants": [self.variant(sku, number) for number in range(self.chance.randrange(0, 5))],
            "images": [{"url": f"https://example.com/{sku}.png", "sortOrder": 0, "isPrimary": True}],
            "inventory": {"quantity": self.chance.randrange(1000), "reservedQuantity": 0},
            "tags": self.chance.sample(WORDS, self.chance.randrange(0, 4)), "isActive": self.chance.random() < 0.9,
            "isDigital": False, "createdAt": created, "updatedAt": created,
        }
        if self.chance.random() < 0.1:
            product["description"] = None
        return product

    @staticmethod
    def reference(category):
        return {"id": category["_id"], "name": category["name"], "slug": category["slug"]}

    def category(self):
        name = self.words(1, 2)
        created = self.moment()
        return {
            "_id": self.identifier(), "name": name, "slug": f"{name}-{self.made}".replace(" ", "-"), "description": None,
            "sortOrder": self.made, "isActive": True, "createdAt": created, "updatedAt": created,
        }

    def page(self):
        title = self.words(2, 5)
        created = self.moment()
        return {
            "_id": self.identifier(), "type": self.chance.choice(["blog_post", "page"]), "title": title,
            "slug": f"{title}-{self.made}".replace(" ", "-"), "content": self.words(20, 200),
            "author": {"id": f"a{self.chance.randrange(9)}", "name": self.words(1, 2)}, "tags": self.words(1, 3).split(),
            "status": self.chance.choice(["draft", "published"]), "publishedAt": None, "createdAt": created,
            "updatedAt": created,
        }

    def fill(self, products, categories, content):
        for name in ("products", "categories", "content"):
            self.database.make_anew(name)
        # A category's products are read again by its id when its set has expired.
        self.database.run({
            "createIndexes": "products", "indexes": [{"key": {"category.id": 1}, "name": "category"}]})
        all_categories = [self.category() for _ in range(categories)]
        self.database.insert("categories", all_categories)
        self.database.insert("products", [self.listed(1 + n, all_categories) for n in range(products)])
        self.database.insert("content", [self.page() for _ in range(content)])

    def load(self):
        """What stands in the database, for editing it."""
        self.categories = list(self.database.find("categories", sort={"_id": 1}))
        self.products = [p["_id"] for p in self.database.find("products", projection={"_id": 1}, sort={"_id": 1})]
        self.pages = [p["_id"] for p in self.database.find("content", projection={"_id": 1}, sort={"_id": 1})]
        # Another editor's seed, and one run after another, must not make the same ids.
        self.made = int(time.time() * 10) & 0x7FFFFF

    def edit(self):
        kind = self.chance.randrange(100)
        if not self.products or kind < 8:
            product = self.product(self.categories)
            self.products.append(product["_id"])
            return self.database.insert("products", [product])
        if kind < 12 and len(self.products) > 10:
            return self.database.delete("products", {"_id": self.take(self.products)})
        if kind < 14:
            page = self.page()
            self.pages.append(page["_id"])
            return self.database.insert("content", [page])
        if kind < 15 and len(self.pages) > 3:
            return self.database.delete("content", {"_id": self.take(self.pages)})
        if kind < 20:
            return self.retitle()
        if kind < 24:
            return self.rename_category()
        if kind < 27:
            return self.move_products()
        self.edit_product(self.chance.choice(self.products), kind)

    def take(self, identifiers):
        return identifiers.pop(self.chance.randrange(len(identifiers)))

    def retitle(self):
        """A page with another slug: its key in the cache moves."""
        if not self.pages:
            return
        self.made += 1
        self.database.update("content", {"_id": self.chance.choice(self.pages)}, {"$set": {
            "slug": f"moved-{self.seed}-{self.made}", "title": self.words(2, 4), "updatedAt": self.moment()}})

    def rename_category(self):
        """Products keep what they say of their category, so that one category has many names."""
        category = self.chance.choice(self.categories)
        category["name"] = self.words(1, 2)
        self.database.update("categories", {"_id": category["_id"]}, {"$set": {
            "name": category["name"], "updatedAt": self.moment()}})

    def move_products(self):
        """Several products change their category at once, or not at all."""
        category = self.reference(self.chance.choice(self.categories))
        moved = self.chance.sample(self.products, min(len(self.products), self.chance.randint(2, 6)))
        self.database.transaction([
            updating("products", {"_id": product}, {"$set": {"category": category}}) for product in moved])

    def edit_product(self, identifier, kind):
        if kind < 40:
            change = {"$set": {"category": self.reference(self.chance.choice(self.categories))}}
        elif kind < 55:
            change = {"$set": {"variants.0.price": self.price(), "variants.0.isActive": self.chance.random() < 0.8}}
        elif kind < 62:
            self.made += 1
            change = {"$push": {"variants": self.variant(f"SKU-{self.seed}", self.made)}}
        elif kind < 68:
            change = {"$pop": {"variants": -1}}
        elif kind < 74:
            change = {"$addToSet": {"tags": self.chance.choice(WORDS)}}
        elif kind < 80:
            change = {"$pull": {"tags": self.chance.choice(WORDS)}}
        elif kind < 84:
            change = {"$unset": {"description": ""}}
        elif kind < 88:
            change = {"$set": {"isActive": self.chance.random() < 0.5}}
        elif kind < 92:
            product = self.product(self.categories)
            product["_id"] = identifier
            return self.database.update("products", {"_id": identifier}, product)
        else:
            change = {"$inc": {"inventory.quantity": -1, "inventory.reservedQuantity": 1}}
        change["$currentDate"] = {"updatedAt": True}
        self.database.update("products", {"_id": identifier}, change)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["fill", "edit"])
    parser.add_argument("--products", type=int, default=2000)
    parser.add_argument("--categories", type=int, default=40)
    parser.add_argument("--content", type=int, default=200)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    editor = Editor(Database(), options.seed)
    if options.what == "fill":
        editor.fill(options.products, options.categories, options.content)
        return 0
    editor.load()
    keep_doing(editor.edit, options.rate, options.count)
    return 0


if __name__ == "__main__":
    sys.exit(main())
