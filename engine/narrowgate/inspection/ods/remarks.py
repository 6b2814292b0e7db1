"""Comments and processing instructions in the XML of a package, which no program shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from narrowgate.inspection.channels import ooxml
from narrowgate.inspection.tally import Tally

_DECLARATION = re.compile(rb"(\xef\xbb\xbf)?<\?xml\s")


def watched(blocks: Iterable[bytes], tally: Tally) -> Iterator[bytes]:
    """The blocks as they come, while comments and instructions in them are counted, the XML declaration apart."""
    tail, count = b"", 0
    for number, block in enumerate(blocks):
        count += (tail + block).count(b"<!--") + (tail[-1:] + block).count(b"<?")
        count -= number == 0 and _DECLARATION.match(block) is not None
        tail = (tail + block)[-3:]
        yield block
    tally.add(ooxml.REMARKS, count)
