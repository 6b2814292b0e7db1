"""The fields that headers and footers of Parquet know (parquet-format 2.12, parquet.thrift)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Union

from narrowgate.inspection.parquet.thrift import Field, Sequence, Struct

Known = Mapping[int, Union["Known", None]]
"""The fields of a structure: each with those of the structures in it, or with nothing."""


def _plain(*numbers: int) -> dict[int, Known | None]:
    return dict.fromkeys(numbers)


_EMPTY: Known = {}
_STATISTICS: Known = _plain(*range(1, 10))
_KEY_VALUE: Known = _plain(1, 2)
_UNIT: Known = {1: _EMPTY, 2: _EMPTY, 3: _EMPTY}
_LOGICAL_TYPE: Known = {
    **dict.fromkeys((1, 2, 3, 4, 6, 11, 12, 13, 14, 15), _EMPTY),
    5: _plain(1, 2),  # decimal
    7: {1: None, 2: _UNIT},  # time
    8: {1: None, 2: _UNIT},  # time stamp
    10: _plain(1, 2),  # integer
    16: _plain(1),  # variant
    17: _plain(1),  # geometry
    18: _plain(1, 2),  # geography
}
_SCHEMA_ELEMENT: Known = {**_plain(*range(1, 10)), 10: _LOGICAL_TYPE}
_SIZES: Known = _plain(1, 2, 3)
_GEOSPATIAL: Known = {1: _plain(*range(1, 9)), 2: None}
_COLUMN_METADATA: Known = {
    **_plain(1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 14, 15),
    8: _KEY_VALUE,
    12: _STATISTICS,
    13: _plain(1, 2, 3),
    16: _SIZES,
    17: _GEOSPATIAL,
}
_COLUMN_CHUNK: Known = {**_plain(1, 2, 4, 5, 6, 7, 9), 3: _COLUMN_METADATA, 8: {1: _EMPTY, 2: _plain(1, 2)}}
_ROW_GROUP: Known = {1: _COLUMN_CHUNK, **_plain(2, 3, 5, 6, 7), 4: _plain(1, 2, 3)}
_ENCRYPTION: Known = {1: _plain(1, 2, 3), 2: _plain(1, 2, 3)}
FOOTER: Known = {
    **_plain(1, 3, 6, 9),
    2: _SCHEMA_ELEMENT,
    4: _ROW_GROUP,
    5: _KEY_VALUE,
    7: {1: _EMPTY, 2: _EMPTY, 3: _EMPTY},
    8: _ENCRYPTION,
}
PAGE: Known = {
    **_plain(1, 2, 3, 4),
    5: {**_plain(1, 2, 3, 4), 5: _STATISTICS},
    6: _EMPTY,
    7: _plain(1, 2, 3),
    8: {**_plain(1, 2, 3, 4, 5, 6, 7), 8: _STATISTICS},
}
COLUMN_INDEX: Known = _plain(*range(1, 9))
OFFSET_INDEX: Known = {1: _plain(1, 2, 3), 2: None}
BLOOM_FILTER: Known = {1: None, 2: {1: _EMPTY}, 3: {1: _EMPTY}, 4: {1: _EMPTY}}


def unknown(found: Struct, known: Known) -> int:
    """How many fields of ``found``, and of the structures in it, are not ``known``."""
    count = 0
    for number, each in found.fields.items():
        if number not in known:
            count += 1
        else:
            inner = known[number] or _EMPTY
            count += sum(unknown(struct, inner) for struct in _structs(each))
    return count


def _structs(each: Field) -> list[Struct]:
    """The structures right in a field."""
    if isinstance(each.value, Struct):
        return [each.value]
    if isinstance(each.value, Sequence):
        return [item for item in each.value.items if isinstance(item, Struct)]
    return []
