"""What the small parts of a binary workbook hold, by records that are counted (MS-XLSB 2.3.2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from narrowgate.inspection.channels import ooxml, spreadsheet
from narrowgate.inspection.channels.channel import Channel
from narrowgate.inspection.xlsb.records import Fields, records
from narrowgate.model.inspection import Finding

_PIVOT_DEFINITION, _RUN = 179, 191
_ITEMS = (21, 22, 23, 24, 25, 28, 29, 30, 31, 32)
"""BrtPCDINumber to BrtPCDIDatetime, and the same with attributes."""
_RULES: dict[str, tuple[tuple[Channel, tuple[int, ...]], ...]] = {
    "comments": ((spreadsheet.COMMENTS, (635,)), (ooxml.COMMENT_AUTHORS, (632,))),
    "connections": ((spreadsheet.CONNECTIONS, (201,)),),
    "querytable": ((spreadsheet.CONNECTIONS, (447,)),),
    "externallink": ((spreadsheet.EXTERNAL_CACHE, (368, 369, 370, 371, 580, 581, 582, 584)),),
    "pivotcachedefinition": ((spreadsheet.PIVOT_VALUES, _ITEMS),),
    "pivotcacherecords": ((spreadsheet.PIVOT_RECORDS, (33, 34)),),
    "slicercache": ((ooxml.SLICERS, (1096, 1098, 1102)),),
    "revisionheaders": ((spreadsheet.REVISIONS, (411,)),),
    "revisionlog": ((spreadsheet.REVISIONS, (405, 407, 409, *range(412, 420), 421)),),
    "usernames": ((spreadsheet.AUTHORS, (400,)),),
    "volatiledependencies": ((ooxml.VOLATILE, (522, 524, 525, 526, 527)),),
    "tablesinglecells": ((ooxml.XML_MAPS, (343,)),),
    "metadata": (),
    "pivottable": (),
}


def findings(kind: str, blocks: Iterable[bytes], where: str) -> Iterator[Finding]:
    """What is found in a part of this kind.

    Raises:
        DataError: it is not sound.
    """
    counts: Counter[int] = Counter()
    refreshed = 0
    for record, data in records(blocks, where):
        counts[record] += 1
        if record == _PIVOT_DEFINITION:
            refreshed += _names_author(Fields(data, where))
        elif record == _RUN and kind == "pivotcachedefinition":
            counts[_ITEMS[0]] += Fields(data, where).skip(2).number(4)
    for channel, kinds in _RULES.get(kind, ()):
        total = sum(counts[each] for each in kinds)
        if total:
            yield channel.found(where, total)
    if refreshed:
        yield spreadsheet.PIVOT_AUTHOR.found(where, refreshed)


def _names_author(fields: Fields) -> bool:
    """Whether BrtBeginPivotCacheDef (2.4.163) says who refreshed it."""
    told = fields.skip(16).number(1) & 1
    return bool(told and fields.skip(4).text())
