#!/usr/bin/env python3
"""Prints one EVALSHA call from the output of `redis-cli monitor`, its arguments ended by NUL each.

    recorded_call.py FILE KEYPREFIX

The call is the last one whose first key begins with KEYPREFIX; the number behind it becomes __rand_int__.
"""

import ast
import re
import sys


def main():
    path, prefix = sys.argv[1:]
    found = None
    with open(path, encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            words = re.findall(r'"(?:[^"\\]|\\.)*"', line)
            if len(words) < 4 or words[0].lower() != '"evalsha"':
                continue
            if words[3].startswith('"' + prefix):
                found = words
    if found is None:
        sys.exit(f"{path} has no EVALSHA whose key begins with {prefix}")
    key = ast.literal_eval(found[3])
    for word in found:
        text = ast.literal_eval(word).replace(key, prefix + "__rand_int__")
        sys.stdout.buffer.write(text.encode("latin-1") + b"\0")


main()
