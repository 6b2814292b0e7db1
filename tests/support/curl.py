"""The little of curl that the documentation uses, for machines without it."""

from __future__ import annotations

import argparse
import sys
import urllib.error
import urllib.request
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(prog="curl", allow_abbrev=False)
    parser.add_argument("-sS", action="store_true", dest="silent")
    parser.add_argument("--data-binary")
    parser.add_argument("-H", action="append", default=[], dest="headers")
    parser.add_argument("-o", type=Path, dest="output")
    parser.add_argument("url")
    given = parser.parse_args()
    body = Path(given.data_binary.removeprefix("@")).read_bytes() if given.data_binary else None
    request = urllib.request.Request(given.url, data=body)
    for header in given.headers:
        name, _, value = header.partition(": ")
        request.add_header(name, value)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            body = answer.read()
    except urllib.error.HTTPError as error:
        with error:
            body = error.read()
    if given.output:
        given.output.write_bytes(body)
    else:
        sys.stdout.buffer.write(body + b"\n")


if __name__ == "__main__":
    main()
