"""Makes export.zip: an HR export, and photos named by pay number that say where each was taken. All is invented.

Usage: python make.py EXPORT FOLDER
"""

import csv
import io
import sys
from pathlib import Path
from zipfile import ZipFile

from PIL import Image, ImageDraw

OFFICERS = 12
GPS, MAKE, ORIENTATION, DESCRIPTION = 0x8825, 0x010F, 0x0112, 0x010E


def main(export: Path, folder: Path) -> None:
    """Write ``export.zip`` into ``folder``."""
    with export.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["posting"] != "Covert "][:OFFICERS]
    with ZipFile(folder / "export.zip", "w") as bundle:
        for number, row in enumerate(rows):
            row["photo"] = f"photos/{row['pay_number']}.jpg"
            if number != 5:  # somebody whose picture is missing
                bundle.writestr(row["photo"], portrait(number, row))
        bundle.writestr("photos/P9999999.jpg", portrait(OFFICERS, rows[0]))  # and one of somebody who has left
        bundle.writestr("notes.txt", "Call Una about the late ones.\n")
        table = io.StringIO()
        writer = csv.DictWriter(table, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        bundle.writestr("export.csv", table.getvalue())


def portrait(number: int, row: dict[str, str]) -> bytes:
    """A face of sorts, lying on its side, with what a telephone adds to it."""
    picture = Image.new("RGB", (960, 720), (40 + 15 * number, 90, 160 - 10 * number))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((330, 210, 630, 510), fill=(230, 200, 170))
    for eye in (430, 520):
        draw.ellipse((eye, 300, eye + 20, 320), fill=(30, 30, 30))
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[MAKE] = "Pocketphone"
    exif[DESCRIPTION] = f"{row['forename']} {row['surname']}, {row['home_address']}"
    exif[GPS] = {1: "N", 2: (54.0, 30.0, number * 2.0), 3: "W", 4: (1.0, 15.0, number * 3.0)}
    target = io.BytesIO()
    picture.save(target, "JPEG", exif=exif, comment=b"taken at home")
    return target.getvalue()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
