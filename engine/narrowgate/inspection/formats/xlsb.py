"""Binary workbooks (MS-XLSB): packages of Office Open XML whose workbook, sheets and tables are binary records."""

from __future__ import annotations

from narrowgate.inspection.interface import Found, Inspector, Subject
from narrowgate.inspection.ooxml.book import Form, inspect_workbook, is_workbook
from narrowgate.inspection.ooxml.kinds import is_binary_workbook
from narrowgate.inspection.xlsb.parts import findings
from narrowgate.inspection.xlsb.sheet import read_sheet
from narrowgate.inspection.xlsb.strings import read_strings, unused_texts
from narrowgate.inspection.xlsb.styles import read_styles
from narrowgate.inspection.xlsb.workbook import read_table, read_workbook

_FORM = Form(read_workbook, read_styles, read_strings, unused_texts, read_sheet, read_table, findings)


def _recognises(subject: Subject) -> bool:
    return is_workbook(subject, is_binary_workbook)


def _inspect(subject: Subject) -> Found:
    return inspect_workbook(subject, _FORM)


INSPECTOR = Inspector(recognises=_recognises, inspect=_inspect, order=21)
