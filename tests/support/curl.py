"""The little of curl that the documentation uses, for machines without it."""

from __future__ import annotations

import argparse
import sys
import urllib.error
import urllib.request
from pathlib import Path

BOUNDARY = "narrowgate-form"


def main() -> None:
    parser = argparse.ArgumentParser(prog="curl", allow_abbrev=False)
    parser.add_argument("-sS", action="store_true", dest="silent")
    parser.add_argument("--data-binary", "-d")
    parser.add_argument("-H", action="append", default=[], dest="headers")
    parser.add_argument("-F", action="append", default=[], dest="form")
    parser.add_argument("-D", type=Path, dest="head")
    parser.add_argument("-o", type=Path, dest="output")
    parser.add_argument("url")
    given = parser.parse_args()
    body = _data(given.data_binary) if given.data_binary else None
    request = urllib.request.Request(given.url, data=_form(given.form) if given.form else body)
    if given.form:
        request.add_header("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
    for header in given.headers:
        name, _, value = header.partition(": ")
        request.add_header(name, value)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            head, body = answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            head, body = error.headers, error.read()
    if given.head:
        _put("".join(f"{name.lower()}: {value}\r\n" for name, value in head.items()).encode(), given.head)
    if given.output:
        _put(body, given.output)
    else:
        sys.stdout.buffer.write(body + b"\n")


def _data(given: str) -> bytes:
    """A file's content, or the text itself."""
    return Path(given[1:]).read_bytes() if given.startswith("@") else given.encode()


def _form(parts: list[str]) -> bytes:
    """A form (RFC 7578), whose files are told by an @ before their names."""
    lines = []
    for name, _, value in (part.partition("=") for part in parts):
        file = Path(value[1:]) if value.startswith("@") else None
        more = f'; filename="{file.name}"' if file else ""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'
        lines += [head.encode(), file.read_bytes() if file else value.encode(), b"\r\n"]
    return b"".join([*lines, f"--{BOUNDARY}--\r\n".encode()])


def _put(content: bytes, place: Path) -> None:
    if str(place) == "-":
        sys.stdout.buffer.write(content)
    else:
        place.write_bytes(content)


if __name__ == "__main__":
    main()
