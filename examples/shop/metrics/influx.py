"""Asks InfluxDB with Python's standard library."""
import json
import os
import sys
import urllib.parse
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from compare import Unreadable  # noqa: E402


def query(statement):
    """The rows of a statement of InfluxQL as dictionaries, with the tags they are grouped by; times are nanoseconds, and
    numbers texts."""
    parts = urllib.parse.urlsplit(os.environ["SHOP_INFLUXDB"])
    address = f"{parts.scheme}://{parts.netloc}/query?db={parts.path.strip('/')}&epoch=ns"
    body = urllib.parse.urlencode({"q": statement}).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(address, data=body), timeout=60) as response:
            answer = json.loads(response.read(), parse_float=str, parse_int=str)["results"][0]
    except OSError as error:
        raise Unreadable(f"InfluxDB: {error}") from error
    if "error" in answer:
        raise Unreadable(f"InfluxDB: {answer['error']}")
    return [{**series.get("tags", {}), **dict(zip(series["columns"], values))}
            for series in answer.get("series", []) for values in series["values"]]
