#!/usr/bin/env python3
"""Where a recorded run of Millrace spent its processor time.

    where_time_goes.py RECORDING

RECORDING is what `perf record --call-graph dwarf` made of the process. Every sample counts for the innermost piece of the project on its
stack: what the runtime, the allocator, the kernel or a library does is charged to whoever asked for it. Prints a line of
names and one of percentages; what no piece of the project asked for, such as switching between tasks, is `runtime`.
`cores` is how many cores were busy with it on the average: what is missing from all of the machine's was waiting, or was the
servers' beside it.
"""
import collections
import pathlib
import re
import subprocess
import sys

RATE = 499  # samples a second of a busy thread, as bench/common.sh asks for
STEPS = ["receive", "decode", "route", "fold", "encode", "write", "carry", "save", "runtime"]
# What a folder below Sources does; the longest that fits counts. Wire and Change are tools of whoever calls them.
FOLDERS = {
    "PostgresClient": "receive", "PostgresClient/Decoding": "decode", "MongoClient": "receive",
    "MongoClient/ChangeStream": "decode", "SourceConnectors": "receive", "SourceConnectors/MongoDB/Documents": "decode",
    "Engine": "carry", "Engine/Route": "route", "Engine/Joins": "route", "Transforms": "route", "Engine/Fold": "fold",
    "Engine/Spill": "fold", "SinkConnectors": "encode", "RedisCodec": "encode", "BoltCodec": "encode", "Gzip": "encode",
    "SinkConnectors/Elasticsearch/Client": "write", "SinkConnectors/Neo4j/Client": "write",
    "SinkConnectors/Redis/Client": "write", "SinkConnectors/InfluxDB/Client": "write", "Checkpoints": "save",
}
FILES = {
    "ChunkDocuments": "decode", "ChunkRows": "decode", "EventDecoder": "decode", "ElasticsearchClient": "write",
    "InfluxDBClient": "write",
}
# Modules and libraries that only one step uses, by the beginning of their symbols or their file.
LIBRARIES = {
    "NIO": "write", "AsyncHTTPClient": "write", "libhiredis": "write", "GRDB": "save", "libsqlite3": "save",
    "libpq": "receive", "libmongoc": "receive", "libbson": "receive",
}


def steps_of_types():
    """Which step each file's type belongs to, by module and name."""
    sources = pathlib.Path(__file__).resolve().parents[2] / "Sources"
    steps = {}
    for file in sources.rglob("*.swift"):
        name = file.stem.split("+")[0]
        folder = file.relative_to(sources).parent
        fitting = [str(parent) for parent in [folder, *folder.parents] if str(parent) in FOLDERS]
        step = FILES.get(name) or (FOLDERS[fitting[0]] if fitting else None)
        if step:
            steps.setdefault((folder.parts[0], name), step)
            steps.setdefault((folder.parts[0], None), FOLDERS.get(folder.parts[0]))
    return steps


def samples(recording):
    """The samples of a recording: each one's time, and its stack, innermost first, as (symbol, file)."""
    lines = subprocess.Popen(
        ["perf", "script", "-i", recording, "--no-inline", "-F", "time,ip,sym,dso"], stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True)
    time, stack = 0.0, []
    for line in lines.stdout:
        frame = re.match(r"\s+[0-9a-f]+ (.*) \((.*)\)$", line)
        if frame:
            stack.append((re.sub(r"\+0x[0-9a-f]+$", "", frame[1]), frame[2].rsplit("/", 1)[-1]))
        elif line.strip():
            time, stack = float(line.strip().rstrip(":")), []
        elif stack:
            yield time, tuple(stack)
            stack = []


def demangle(symbols):
    answer = subprocess.run(
        ["swift", "demangle", "--compact"], input="\n".join(symbols), capture_output=True, text=True, check=True)
    return dict(zip(symbols, answer.stdout.splitlines()))


def main(recording):
    recorded = list(samples(recording))
    counts = collections.Counter(stack for _, stack in recorded)
    symbols = sorted({symbol for stack in counts for symbol, _ in stack if symbol.startswith("$s")})
    names = demangle(symbols)
    types = steps_of_types()
    modules = {module for module, _ in types}

    def step(symbol, file):
        mangled = re.match(r"\$s(\d+)(\w+)", symbol)
        module = mangled[2][: int(mangled[1])] if mangled else ""
        if module in modules:
            kind = re.search(rf"\b{module}\.(\w+)", names[symbol])
            return types.get((module, kind and kind[1])) or types[(module, None)]
        return next((step for start, step in LIBRARIES.items() if module.startswith(start) or file.startswith(start)), None)

    known = {frame: step(*frame) for stack in counts for frame in stack}
    steps = {stack: next((known[frame] for frame in stack if known[frame]), "runtime") for stack in counts}
    totals = collections.Counter(steps[stack] for _, stack in recorded)
    total = sum(totals.values())
    working = [time for time, stack in recorded if steps[stack] != "runtime"]
    cores = total / RATE / (max(working) - min(working))
    print(" ".join(f"{name:>8}" for name in [*STEPS, "cores"]))
    print(" ".join(f"{100 * totals[name] / total:>7.0f}%" for name in STEPS), f"{cores:>8.1f}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
