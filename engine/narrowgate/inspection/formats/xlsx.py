"""Workbooks of Office Open XML (ECMA-376, transitional and strict): .xlsx, .xlsm, .xltx, .xltm, .xlam."""

from __future__ import annotations

from narrowgate.inspection.interface import Found, Inspector, Subject
from narrowgate.inspection.ooxml.book import Form, inspect_workbook, is_workbook
from narrowgate.inspection.ooxml.kinds import is_xml_workbook
from narrowgate.inspection.ooxml.sheet import read_sheet
from narrowgate.inspection.ooxml.strings import read_strings, unused_texts
from narrowgate.inspection.ooxml.stylesheet import read_styles
from narrowgate.inspection.ooxml.tables import read_table
from narrowgate.inspection.ooxml.workbook import read_workbook

_FORM = Form(read_workbook, read_styles, read_strings, unused_texts, read_sheet, read_table)


def _recognises(subject: Subject) -> bool:
    return is_workbook(subject, is_xml_workbook)


def _inspect(subject: Subject) -> Found:
    return inspect_workbook(subject, _FORM)


INSPECTOR = Inspector(recognises=_recognises, inspect=_inspect, order=20)
