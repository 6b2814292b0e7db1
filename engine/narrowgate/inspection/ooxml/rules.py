"""What small XML parts hold, by elements that are counted: comments, properties, caches, connections, ...

A key is ``name`` for elements, ``parent/name`` for those within others, ``name@attribute`` for those with an attribute
that is not empty, and ``name#`` for those with a text of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from narrowgate.inspection.channels import ooxml, spreadsheet
from narrowgate.inspection.channels.channel import Channel
from narrowgate.inspection.markup import Attributes, local, walk
from narrowgate.inspection.ooxml import uris
from narrowgate.model.inspection import Finding

Rule = tuple[Channel, str]
_ITEMS = " ".join(f"{parent}/{name}" for parent in ("sharedItems", "groupItems", "entries") for name in "sndbe")
_PEOPLE = "creator# lastModifiedBy# title# subject# description# keywords# value# category# contentStatus# identifier#"
_CHANGES = "rcc rrc rm ris rsnm rcv rfmt raf rdn rcmt rqt rcft"
RULES: dict[str, tuple[Rule, ...]] = {
    "comments": ((spreadsheet.COMMENTS, "comment"), (ooxml.COMMENT_AUTHORS, "author#")),
    "threadedcomments": ((spreadsheet.COMMENTS, "threadedComment"),),
    "person": ((ooxml.COMMENT_AUTHORS, "person"),),
    "documenttasks": ((spreadsheet.COMMENTS, "Task"),),
    "namedsheetviews": ((ooxml.CUSTOM_VIEWS, "namedSheetView"),),
    "connections": ((spreadsheet.CONNECTIONS, "connection"),),
    "querytable": ((spreadsheet.CONNECTIONS, "queryTable"),),
    "externallink": ((spreadsheet.EXTERNAL_CACHE, "cell/v# value/val#"),),
    "pivotcachedefinition": (
        (spreadsheet.PIVOT_AUTHOR, "pivotCacheDefinition@refreshedBy"),
        (spreadsheet.PIVOT_VALUES, _ITEMS),
    ),
    "pivottable": ((spreadsheet.PIVOT_VALUES, "member@name"),),
    "revisionheaders": ((spreadsheet.REVISIONS, "header"), (spreadsheet.AUTHORS, "header@userName")),
    "revisionlog": ((spreadsheet.REVISIONS, _CHANGES),),
    "usernames": ((spreadsheet.AUTHORS, "userInfo"),),
    "slicercache": ((ooxml.SLICERS, "items/i range/i selections/selection"),),
    "timelinecache": ((ooxml.SLICERS, "selection"),),
    "volatiledependencies": ((ooxml.VOLATILE, "tp/v# stp#"),),
    "metadata": ((ooxml.RICH_DATA, "metadataStrings"),),
    "xmlmaps": ((ooxml.XML_MAPS, "Map"),),
    "tablesinglecells": ((ooxml.XML_MAPS, "singleXmlCell"),),
    "chart": ((spreadsheet.CHART_CACHE, "numCache/pt strCache/pt lvl/pt"),),
    "diagram": ((spreadsheet.SHAPES, "t#"),),
    "webextension": ((ooxml.WEB_EXTENSIONS, "webextension"),),
    "labels": ((ooxml.LABELS, "label"),),
    "signature": ((spreadsheet.SIGNATURES, "Signature"),),
    "core": (
        (spreadsheet.AUTHORS, _PEOPLE),
        (spreadsheet.PROPERTIES, "created# modified# lastPrinted# revision# version# language# contentType#"),
    ),
    "app": (
        (spreadsheet.AUTHORS, "Company# Manager# HyperlinkBase# Template#"),
        (spreadsheet.SHEET_TITLES, "vector/lpstr"),
        (spreadsheet.EXTERNAL_LINKS, "HLinks"),
        (spreadsheet.PROPERTIES, "Application# AppVersion# TotalTime# Pages# Words# Characters# Lines# Paragraphs#"),
        (spreadsheet.SIGNATURES, "DigSig"),
    ),
    "custom": ((spreadsheet.CUSTOM_PROPERTIES, "property"),),
}


def count(blocks: Iterable[bytes], wanted: frozenset[str]) -> Counter[str]:
    """How often each of the keys occurs; ``?`` counts extensions of no known kind.

    Raises:
        Markup: the part is not sound.
        DataError: it does not unpack.
    """
    counts: Counter[str] = Counter()
    extensions: Counter[str] = Counter()
    path: list[str] = [""]
    texts: list[bool] = []

    def note(*keys: str) -> None:
        counts.update(key for key in keys if key in wanted)

    def start(element: str, attributes: Attributes) -> None:
        name = local(element)
        note(name, f"{path[-1]}/{name}")
        note(*(f"{name}@{local(attribute)}" for attribute, value in attributes.items() if value.strip()))
        if name == "ext" and "uri" in attributes:
            extensions[attributes["uri"]] += 1
        path.append(name)
        texts.append(False)

    def text(text: str) -> None:
        if texts and not text.isspace():
            texts[-1] = True

    def end(_: str) -> None:
        name = path.pop()
        if texts.pop():
            note(f"{name}#", f"{path[-1]}/{name}#")

    walk(blocks, start, end, text)
    unknown = uris.unknown(extensions)
    if unknown:
        counts["?"] = unknown
    return counts


def findings(kind: str, blocks: Iterable[bytes], where: str) -> Iterator[Finding]:
    """What the rules find in a part of this kind.

    Raises:
        Markup: the part is not sound.
        DataError: it does not unpack.
    """
    rules = RULES[kind]
    counts = count(blocks, frozenset(key for _, keys in rules for key in keys.split()))
    for channel, keys in rules:
        total = sum(counts[key] for key in keys.split())
        if total:
            yield channel.found(where, total)
    if counts["?"]:
        yield ooxml.UNKNOWN_EXTENSIONS.found(where, counts["?"])
