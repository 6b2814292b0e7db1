"""``narrowgate inspect``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from narrowgate.cli import options
from narrowgate.cli.commands.filter import spooled


def inspect_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file; - for standard input.", show_default=False)],
    read_as: Annotated[
        str,
        typer.Option("--from", help="Kind of a text file whose name does not tell it: csv, tsv, json, ndjson."),
    ] = "",
    severity: Annotated[
        Literal["low", "medium", "high"],
        typer.Option("--severity", help="Leave out what is less severe.", show_default=True),
    ] = "low",
    as_json: options.Json = False,
) -> None:
    """List every channel by which a file says more than it shows: hidden sheets, caches, comments, GPS and the like.

    Workbooks (xlsx, xlsm, xlsb, xls, ods), Parquet, JPEG, PNG, ZIP, gzip, CSV, TSV and JSON. It says what there is and
    how much, and never what it says.

    [dim]narrowgate inspect answer.xlsx[/]
    [dim]narrowgate inspect photos.zip --json[/]

    Exit codes: 0 nothing found, 1 something found, 2 it cannot be looked into.
    """
    with spooled(file, read_as or "file") as readable:
        from narrowgate.cli.render import print_inspection
        from narrowgate.inspection.inspect import inspect_file
        from narrowgate.model.inspection import InspectionReport

        name = f"file.{read_as}" if read_as else file.name
        inspection = inspect_file(readable, name)
        looked_for = {"low", "medium", "high"} if severity == "low" else {severity, "high"}
        findings = tuple(finding for finding in inspection.findings if finding.severity in looked_for)
        report = InspectionReport(kind=inspection.kind, findings=findings)
        print_inspection(report, file, as_json)
    if not report.clean:
        raise typer.Exit(1)
