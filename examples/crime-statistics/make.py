"""Makes statistics.xlsx, whose pivot table has the raw records behind it, and statistics-clean.xlsx, which does not.

All crimes are invented.

Usage: python make.py FOLDER
"""

import random
import sys
from collections import Counter
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import xlsxwriter

DIVISIONS = ("Northern", "Coastal", "City")
OFFENCES = ("Burglary", "Criminal damage", "Harassment")
NAMES = ("Ada", "Bram", "Cleo", "Dilys", "Emrys", "Fern", "Gwil", "Hebe")
SURNAMES = ("Ashgrove", "Birchall", "Coldwell", "Dunmere", "Eastlake", "Fairholt")
CRIMES = 1000
FIELDS = ("Division", "Offence", "Victim", "Address")
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def main(folder: Path) -> None:
    """Write both workbooks into ``folder``."""
    dice = random.Random(2026)  # noqa: S311 - invented, and the same every time
    crimes = [
        (
            dice.choice(DIVISIONS),
            dice.choice(OFFENCES),
            f"{dice.choice(NAMES)} {dice.choice(SURNAMES)}",
            f"{dice.randint(1, 200)} Mill Lane",
        )
        for _ in range(CRIMES)
    ]
    clean = folder / "statistics-clean.xlsx"
    with xlsxwriter.Workbook(clean) as book:
        sheet = book.add_worksheet("Crimes")
        sheet.write_row(0, 0, ("Division", "Offence", "Crimes"))
        counts = sorted(Counter(crime[:2] for crime in crimes).items())
        for row, (kind, count) in enumerate(counts, 1):
            sheet.write_row(row, 0, (*kind, count))
    with_pivot(clean, folder / "statistics.xlsx", crimes, len(counts))


def with_pivot(clean: Path, path: Path, crimes: list[tuple[str, ...]], rows: int) -> None:
    """The same workbook with a pivot table over its cells, and what Excel keeps for it."""
    values = [sorted({crime[column] for crime in crimes}) for column in range(len(FIELDS))]
    fields = "".join(
        f'<cacheField name="{name}" numFmtId="0"><sharedItems count="{len(items)}">'
        + "".join(f'<s v="{item}"/>' for item in items)
        + "</sharedItems></cacheField>"
        for name, items in zip(FIELDS, values, strict=True)
    )
    records = "".join(
        "<r>" + "".join(f'<x v="{values[n].index(value)}"/>' for n, value in enumerate(crime)) + "</r>"
        for crime in crimes
    )
    parts = {
        "xl/pivotCache/pivotCacheDefinition1.xml": f'<pivotCacheDefinition xmlns="{MAIN}" xmlns:r="{RELATIONS}" '
        f'r:id="rId1" refreshedBy="Una Eastlake" createdVersion="6" refreshedVersion="6" recordCount="{CRIMES}">'
        f'<cacheSource type="worksheet"><worksheetSource ref="A1:D{CRIMES + 1}" sheet="Crimes"/></cacheSource>'
        f'<cacheFields count="{len(FIELDS)}">{fields}</cacheFields></pivotCacheDefinition>',
        "xl/pivotCache/_rels/pivotCacheDefinition1.xml.rels": relations(
            ("pivotCacheRecords", "pivotCacheRecords1.xml")
        ),
        "xl/pivotCache/pivotCacheRecords1.xml": f'<pivotCacheRecords xmlns="{MAIN}" count="{CRIMES}">{records}'
        "</pivotCacheRecords>",
        "xl/pivotTables/pivotTable1.xml": f'<pivotTableDefinition xmlns="{MAIN}" name="Pivot" cacheId="1" '
        f'dataCaption="Values"><location ref="A1:C{rows + 1}" firstHeaderRow="1" firstDataRow="1" firstDataCol="0"/>'
        '<pivotFields count="4"><pivotField/><pivotField/><pivotField/><pivotField/></pivotFields>'
        "</pivotTableDefinition>",
        "xl/pivotTables/_rels/pivotTable1.xml.rels": relations(
            ("pivotCacheDefinition", "../pivotCache/pivotCacheDefinition1.xml")
        ),
        "xl/worksheets/_rels/sheet1.xml.rels": relations(("pivotTable", "../pivotTables/pivotTable1.xml")),
    }
    types = "".join(
        f'<Override PartName="/{name}" ContentType="{TYPE}.{kind}+xml"/>'
        for name, kind in (
            ("xl/pivotCache/pivotCacheDefinition1.xml", "pivotCacheDefinition"),
            ("xl/pivotCache/pivotCacheRecords1.xml", "pivotCacheRecords"),
            ("xl/pivotTables/pivotTable1.xml", "pivotTable"),
        )
    )
    target = "pivotCache/pivotCacheDefinition1.xml"
    relation = f'<Relationship Id="rId99" Type="{RELATIONS}/pivotCacheDefinition" Target="{target}"/>'
    changes = {
        "[Content_Types].xml": ("</Types>", types + "</Types>"),
        "xl/workbook.xml": (
            "</workbook>",
            '<pivotCaches><pivotCache cacheId="1" r:id="rId99"/></pivotCaches></workbook>',
        ),
        "xl/_rels/workbook.xml.rels": (
            "</Relationships>",
            relation + "</Relationships>",
        ),
    }
    with ZipFile(clean) as source, ZipFile(path, "w", ZIP_DEFLATED) as target:
        for entry in source.infolist():
            text = source.read(entry).decode()
            target.writestr(entry, text.replace(*changes[entry.filename]) if entry.filename in changes else text)
        for name, text in parts.items():
            target.writestr(name, text)


def relations(*targets: tuple[str, str]) -> str:
    """A part of relationships."""
    each = "".join(
        f'<Relationship Id="rId{n}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{PACKAGE}">{each}</Relationships>'


if __name__ == "__main__":
    main(Path(sys.argv[1]))
