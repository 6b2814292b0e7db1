"""Third-party files that hide data, where they lie beside the repository: each channel that another scanner counted."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from narrowgate.inspection.inspect import inspect_file
from support.paths import ROOT

FOLDER = ROOT.parent / "shared" / "data" / "hidden-data"

ANSWERS: dict[str, tuple[str, ...]] = {
    "hiddenSheet": ("hidden_sheet",),
    "veryHiddenSheet": ("very_hidden_sheet",),
    "hiddenRow": ("hidden_rows", "filtered_rows", "zero_height_rows"),
    "filteredRow": ("filtered_rows",),
    "hiddenCol": ("hidden_columns", "zero_width_columns"),
    "grouped_row": ("grouped_rows",),
    "scenario": ("scenarios",),
    "sparkline": ("sparklines",),
    "phonetic_run": ("phonetics",),
    "sharedString_orphan": ("orphan_strings",),
    "sheet_part_missing": ("sheet_part_missing",),
    "pivotCacheRecords_rows": ("pivot_records",),
    "pivotCache_sharedItems_values": ("pivot_values",),
    "pivotCache_refreshedBy": ("pivot_author",),
    "externalLink": ("external_links",),
    "externalLink_cached_cells": ("external_cache",),
    "rel_external_externalLinkPath": ("external_links",),
    "rel_external_oleObject": ("external_links",),
    "rel_external_hyperlink": ("hyperlinks",),
    "hyperlink_tooltip": ("link_tooltips",),
    "formula_external_ref": ("external_formulas",),
    "chart_cache_points": ("chart_cache",),
    "definedName_comment": ("name_comments",),
    "customSheetProperty": ("sheet_properties",),
    "printerSettings": ("printer_settings",),
    "ods_printerSetup": ("printer_settings",),
    "headerFooter": ("headers_footers",),
    "sheetProtection": ("protection",),
    "workbookProtection": ("protection",),
    "embedding": ("embedded_objects",),
    "hiddenShape": ("shapes",),
    "absPath": ("paths",),
    "richData": ("rich_data",),
    "dialogsheet": ("dialog_sheets",),
    "docProps_thumbnail": ("thumbnail",),
    "ods_thumbnail": ("thumbnail",),
    "ods_databaseRange": ("database_ranges",),
    "ods_embeddedObject": ("embedded_objects",),
    "ods_objectReplacement": ("object_pictures",),
    "ods_meta_user-defined": ("custom_properties",),
    "png_tEXt": ("png_text",),
    "png_tIME": ("png_time",),
    "jpeg_comment": ("jpeg_comment",),
    "icc": ("icc",),
    "xmp": ("xmp",),
    "exif_thumbnail": ("exif_thumbnail",),
    "exif_MakeModel": ("exif_camera",),
    "exif_MakerNote": ("exif_maker_note",),
    "exif_ImageDescription": ("exif_texts",),
    "exif_UserComment": ("exif_texts",),
    "exif_Artist": ("exif_people",),
    "exif_Copyright": ("exif_people",),
    "photoshop_thumbnail": ("photoshop_thumbnail",),
    "media_exif_thumbnail": ("exif_thumbnail",),
    "media_photoshop_thumbnail": ("photoshop_thumbnail",),
    "media_xmp": ("xmp",),
    "media_png_other_cmPP": ("png_unknown_chunk",),
    "parquet_created_by": ("parquet_created_by",),
    "parquet_column_index": ("parquet_column_index",),
    "parquet_minmax": ("parquet_statistics",),
    "zip_mtime": ("zip_times",),
    "zip_suspicious_name": ("zip_suspicious_name",),
}
"""Channels that the other scanner counts one by one as we do."""

COUNTED_OTHERWISE: dict[str, tuple[str, ...]] = {
    "activeX": ("embedded_objects",),  # a control's property part and its picture are one control
    "altText": ("shapes",),  # a shape's texts are one shape
    "textbox_text": ("shapes",),
    "autofilter_active": ("filters",),  # ODS: conditions are what a filter holds
    "comments": ("comments",),  # threads and their replies each count
    "comments_part": ("comments",),
    "threadedComments": ("comments",),
    "persons": ("comment_authors",),
    "connections": ("connections",),  # and tables of queries
    "dataModel": ("data_model",),  # in bytes
    "dataValidation_inlineList": ("validation",),
    "dataValidation_prompt": ("validation",),
    "dataValidation_refList": ("validation",),  # a rule with a list and a prompt is one rule
    "definedName": ("defined_names", "hidden_names"),
    "definedName_hidden": ("hidden_names",),
    "definedName_external": ("external_formulas",),
    "definedName_literal": ("name_constants",),
    "docProps_custom": ("custom_properties",),  # each property
    "exif": ("exif",),  # tags
    "media_exif": ("exif",),
    "exif_DateTime": ("exif_times",),
    "exif_DateTimeOriginal": ("exif_times",),
    "media_exif_DateTime": ("exif_times",),
    "exif_GPSLatLong": ("exif_gps",),
    "exif_GPS_IFD": ("exif_gps",),
    "iptc": ("iptc",),  # data sets
    "photoshop_irb": ("photoshop_irb", "iptc", "photoshop_thumbnail"),  # resources apart from those two
    "media_photoshop_irb": ("photoshop_irb",),
    "png_iTXt": ("xmp", "png_text"),  # XMP is in it
    "png_zTXt": ("png_text", "exif", "iptc"),  # what is packed in it, if known
    "grouped_col": ("grouped_columns",),  # each column of a run
    "hiddenRow_cells": ("hidden_rows", "filtered_rows", "zero_height_rows"),
    "hiddenRow_withData": ("hidden_rows", "filtered_rows", "zero_height_rows"),
    "hiddenCol_cells": ("hidden_columns", "zero_width_columns"),
    "hiddenSheet_cells": ("hidden_sheet", "very_hidden_sheet"),
    "ods_basic_macro": ("macros",),  # lists of libraries are no modules
    "orphan_part": ("orphan_parts",),
    "pivotCacheDefinition": ("pivot_values",),
    "pivotCacheRecords_part": ("pivot_records",),
    "vbaProject": ("macros",),  # modules
    "volatileDependencies": ("volatile_values",),
    "xlm_macrosheet": ("macro_sheets",),
    "zip_extra_field": ("zip_extra_field",),  # fields of both headers
    "zip_prefix_data": ("zip_prefix",),  # bytes
    "core_creator": ("authors",),
    "core_lastModifiedBy": ("authors",),
    "core_title": ("authors",),
    "core_subject": ("authors",),
    "core_description": ("authors",),
    "core_keywords": ("authors",),
    "core_category": ("authors",),
    "app_Company": ("authors",),
    "app_Manager": ("authors",),
    "app_TitlesOfParts": ("sheet_titles",),  # each title
    "ods_meta_creator": ("authors",),
    "ods_meta_initial-creator": ("authors",),
}
"""Channels of which both find something, and count other things."""

VALUES = {"hiddenRow_cells", "hiddenCol_cells", "hiddenSheet_cells"}
"""Channels that are what another one holds."""

DIFFERENCES: dict[tuple[str, str], str] = {
    ("", "zeroHeight_default"): "rows that are flat by default and hold nothing are no channel; those that do are",
    ("", "no_workbook_part"): "its names have backslashes, and are followed all the same",
    ("", "far_cell(col>100)"): "they adjoin their neighbours: no ten empty columns lie before them",
    ("", "parquet_dictionary_page"): "what every cell shows is not hidden: see test_dictionaries",
    ("DrawingSizeInPx.xlsx", "media_iptc"): "its block of IPTC is empty",
    ("TemplateWithTableSourcePivotTables.xlsx", "formula_external_ref"): "they name tables of the same workbook",
    ("issue_530.xlsx", "zip_mtime"): "its times are all zero, which is none",
    ("wtf_path.xlsx", "hiddenCol_cells"): "the fourth is an array's formula without a value",
    ("covered.ods", "ods_printerSetup"): "a printer's name and its setup are two settings",
    ("issue127.ods", "ods_printerSetup"): "a printer's name and its setup are two settings",
    ("DateTimeGroupAutoFilter.xlsx", "definedName"): "the filter's own name says no more than the filter",
    ("TopBottomAutoFilter.xlsx", "definedName"): "the filter's own name says no more than the filter",
    ("autofilter.xlsx", "definedName"): "the filter's own name says no more than the filter",
    ("DateTimeGroupAutoFilter.xlsx", "definedName_hidden"): "the filter's own name says no more than the filter",
    ("TopBottomAutoFilter.xlsx", "definedName_hidden"): "the filter's own name says no more than the filter",
    ("autofilter.xlsx", "definedName_hidden"): "the filter's own name says no more than the filter",
}
"""By file ("" for all) and channel, why our answer is another. Each has been looked into."""


def rows() -> list[dict[str, str]]:
    if not FOLDER.is_dir():
        return []
    with (FOLDER / "INDEX.tsv").open(encoding="utf-8", newline="") as index:
        return [{"file": row[0], "channels": row[5]} for row in list(csv.reader(index, delimiter="\t"))[1:]]


ROWS = rows()


@pytest.mark.parametrize("row", ROWS, ids=[row["file"].rpartition("__")[2] for row in ROWS])
def test_every_channel_is_found(row: dict[str, str]) -> None:
    inspection = inspect_file(FOLDER / row["file"])
    counts: Counter[str] = Counter()
    values: Counter[str] = Counter()
    for finding in inspection.findings:
        counts[finding.channel] += finding.count
        values[finding.channel] += finding.holds or 0
    name = row["file"].rpartition("__")[2]
    for each in row["channels"].split("; "):
        channel, _, number = each.rpartition("=")
        if channel.startswith("parquet_kv:"):
            assert counts["parquet_metadata"] + counts["parquet_schema_copy"], channel
        elif ("", channel) in DIFFERENCES or (name, channel) in DIFFERENCES:
            continue
        elif channel in ANSWERS:
            assert sum(counts[ours] for ours in ANSWERS[channel]) == int(number), channel
        elif channel in VALUES:
            assert sum(values[ours] for ours in COUNTED_OTHERWISE[channel]) == int(number), channel
        else:
            assert sum(counts[ours] for ours in COUNTED_OTHERWISE[channel]), channel


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.parquet")), ids=lambda path: path.name.rpartition("__")[2])
def test_dictionaries(path: Path) -> None:
    """No dictionary has more values than the column's cells; where that cannot be told, a finding says so."""
    channels = {finding.channel for finding in inspect_file(path).findings}
    assert "parquet_unused_dictionary" not in channels
    assert ("parquet_unverified_dictionary" in channels) == path.name.endswith("int96_from_spark.parquet")
