"""Forms with a file (RFC 7578), taken apart as they arrive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from narrowgate.errors import TooLarge, UsageError
from narrowgate.gateway.sink import Sink

FORM = "multipart/form-data"
FILE = "file"
"""The part that goes to disk."""
_LARGEST = 8 << 10
"""Bytes of a part that stays in memory, where nobody says otherwise."""
_MOST_PARTS = 64
_MALFORMED = UsageError("the body is no form", "have an HTTP client make it: curl -F supplier=… -F file=@staff.csv")


@dataclass
class Form:
    """What a form holds besides its file."""

    fields: list[tuple[str, str]] = field(default_factory=list)
    """Names and values, in order."""
    documents: dict[str, bytes] = field(default_factory=dict)
    """By name, parts that are documents."""
    media_type: str = ""
    """Of the file."""
    file_name: str = ""
    """As the client calls the file. It is nobody else's business: it may be somebody's name."""


class FormReader:
    """Takes a form apart; its file goes to ``sink``.

    Args:
        content_type: of the request.
        documents: by name, the largest size in bytes of parts that are documents. All others are fields.

    Raises:
        UsageError: the form has no boundary.
    """

    def __init__(self, content_type: str, sink: Sink, documents: Mapping[str, int]) -> None:
        self._sink, self._largest, self._form = sink, documents, Form()
        self._seen, self._ended = list[str](), False
        self._header, self._value = bytearray(), bytearray()
        self._headers: dict[bytes, bytes] = {}
        self._name, self._data = "", bytearray()
        boundary = parse_options_header(content_type)[1].get(b"boundary")
        if not boundary:
            raise _MALFORMED
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
                    "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._begin_content,
                    "on_part_data": self._content,
                    "on_part_end": self._end,
                    "on_end": self._finish,
                },
            )
        except FormParserError:
            raise _MALFORMED from None

    def feed(self, piece: bytes) -> None:
        """Take the next piece of the body.

        Raises:
            UsageError: it is malformed.
            TooLarge: a part is.
        """
        try:
            self._parser.write(piece)
        except FormParserError:
            raise _MALFORMED from None

    def form(self) -> Form:
        """What the form held, once all of it has been fed.

        Raises:
            UsageError: it is not whole, or has no file.
        """
        if not self._ended:
            raise _MALFORMED
        if FILE not in self._seen:
            raise UsageError(f"the form has no part {FILE}", f"send the file as {FILE}: curl -F {FILE}=@staff.csv")
        return self._form

    def _begin(self) -> None:
        self._headers, self._data = {}, bytearray()

    def _end_header(self) -> None:
        self._headers[bytes(self._header).lower()] = bytes(self._value)
        self._header, self._value = bytearray(), bytearray()

    def _begin_content(self) -> None:
        _, told = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._name = told.get(b"name", b"").decode(errors="replace")
        if len(self._seen) == _MOST_PARTS or (self._name in self._seen and self._name in {FILE, *self._largest}):
            raise UsageError("the form has too many parts", f"send one {FILE}, and each document once")
        self._seen.append(self._name)
        if self._name == FILE:
            self._form.file_name = told.get(b"filename", b"").decode(errors="replace")
            self._form.media_type = self._headers.get(b"content-type", b"").decode("latin-1")

    def _content(self, data: bytes, start: int, end: int) -> None:
        if self._name == FILE:
            self._sink.add(memoryview(data)[start:end])
            return
        self._data += data[start:end]
        if len(self._data) > self._largest.get(self._name, _LARGEST):
            raise TooLarge("a part of the form is too large", f"send the file as {FILE}")

    def _end(self) -> None:
        if self._name in self._largest:
            self._form.documents[self._name] = bytes(self._data)
        elif self._name != FILE:
            self._form.fields.append((self._name, self._text()))

    def _text(self) -> str:
        try:
            return self._data.decode()
        except UnicodeDecodeError:
            raise UsageError("a field of the form is not UTF-8", "send it as UTF-8") from None

    def _finish(self) -> None:
        self._ended = True
