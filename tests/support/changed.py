"""Changes to the shipped policies, each with the situations in which it may matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from support.enumerated import Asked, Record, every
from support.paths import POLICIES
from support.policies import purpose

POSTINGS = ("response", "neighbourhood", "investigation", "firearms", "headquarters", "covert", "undercover")
STATUSES = ("active", "suspended", "leaver")
EMPLOYMENT = ("officer", "staff", "community support officer", "special constable")
FORMATS = ("csv", "xlsx", "xlsb")
DAYS = ("2025-12-31", "2026-01-01", "2026-08-15", "2027-12-31", "2028-01-01")
COUNTS = (None, 7, 2_000_000, 2_000_001)
TOGETHER = ((), ("photo",), ("home_address",), ("photo", "home_address"))

SOME: list[Record] = [
    {"posting": posting, "status": status, "employment_type": kind}
    for posting, status, kind in product(POSTINGS, STATUSES, EMPLOYMENT)
] + [
    {"posting": None, "status": "active", "employment_type": "staff"},
    {"posting": "Covert ", "status": "active", "employment_type": "staff"},
    {"posting": "response", "status": "Active", "employment_type": "staff"},
    {"posting": "response", "status": None, "employment_type": "staff"},
    {"posting": "response", "status": "leaver", "employment_type": None},
    {"posting": "firearms", "status": "active", "employment_type": "volunteer"},
    {"posting": None, "status": "active", "employment_type": None},
]
"""Every value of what the shipped rules read, and what is no value of it."""


def with_values(field: str, values: Sequence[Any]) -> list[Record]:
    """Records with each of ``values``, of some postings and statuses."""
    return [
        {"posting": posting, "status": status, "employment_type": "officer", field: value}
        for posting, status, value in product(("response", "covert"), ("active", "leaver"), values)
    ]


@dataclass(frozen=True)
class Change:
    """New texts of files, and what to try."""

    files: Mapping[str, str | None]
    asked: Mapping[str, Sequence[Asked]]
    """By purpose; nothing else changes."""
    widens: bool
    records: Sequence[Record] = tuple(SOME)


def file(name: str, *swaps: tuple[str, str]) -> dict[str, str | None]:
    """A file of the shipped policies with some text in the place of another."""
    text = (POLICIES / name).read_text(encoding="utf-8")
    for old, new in swaps:
        assert old in text, f"{name}: {old}"
        text = text.replace(old, new)
    return {name: text}


def rego(name: str, *swaps: tuple[str, str]) -> dict[str, str | None]:
    """The same for a purpose's rules."""
    return file(f"purposes/{name}/{name}.rego", *swaps)


def more(name: str, rules: str) -> dict[str, str | None]:
    """A purpose's rules, and some more."""
    path = f"purposes/{name}/{name}.rego"
    return {path: (POLICIES / path).read_text(encoding="utf-8") + f"\n{rules}\n"}


def data(name: str, *swaps: tuple[str, str]) -> dict[str, str | None]:
    """The same for a purpose's agreements."""
    return file(f"purposes/{name}/data.yaml", *swaps)


_AGREED = "formats: [csv, tsv, json, ndjson, parquet, xlsx]"
_CAPPED = "max_rows: 2000000\n    max_people: {days_30: 100}"
_USUAL = every(["kitcorp", "oldco"], DAYS, ("csv", "xlsb"), (None, 2_000_000, 2_000_001))
_ONE_DAY = ["2026-08-15"]

CHANGES: dict[str, Change] = {
    "nothing": Change({}, {"uniform": _USUAL}, False),
    "a permit more": Change(
        more("id_card_print", 'permit.date_of_birth := {"action": "generalise", "to": "year"}'),
        {"id_card_print": every(["cardco", "oldco", "paywise"], [*DAYS, "2021-04-01", "2025-03-31"], FORMATS, COUNTS)},
        True,
    ),
    "a permit less": Change(rego("uniform", ('permit.shoe_size.action := "keep"\n', "")), {"uniform": _USUAL}, False),
    "a permit finer": Change(
        rego("foi_publication", ('"width": 5000', '"width": 1000')),
        {"foi_publication": every(["public"], DAYS, FORMATS)},
        True,
    ),
    "a permit coarser": Change(
        rego("uniform", ('"width": 5', '"width": 20')), {"uniform": every(["kitcorp"], DAYS)}, False
    ),
    "a permit in another form": Change(
        rego("uniform", ('"to": "band", "width": 5', '"to": "band", "width": 7')),
        {"uniform": every(["kitcorp"], _ONE_DAY)},
        True,
    ),
    "a permit for one supplier": Change(
        more("id_card_print", 'permit.station := {"action": "keep"} if input.request.supplier == "oldco"'),
        {"id_card_print": every(["cardco", "oldco"], ["2021-04-01", "2025-03-31", "2025-04-01", *DAYS], FORMATS)},
        True,
    ),
    "a permit for one format": Change(
        rego(
            "uniform",
            (
                'permit.station.action := "keep"',
                (
                    'permit.station := {"action": "truncate", "length": 3} if input.request.format != "xlsx"\n\n'
                    'permit.station := {"action": "keep"} if input.request.format == "xlsx"'
                ),
            ),
        ),
        {"uniform": _USUAL},
        False,
    ),
    "a permit from a day on": Change(
        more("uniform", 'permit.unit := {"action": "keep"} if input.request.on >= "2026-09-01"'),
        {"uniform": every(["kitcorp"], [*DAYS, "2026-08-31", "2026-09-01", "2027-01-01"], FORMATS)},
        True,
    ),
    "a permit unless a column is there": Change(
        more("uniform", 'permit.unit := {"action": "keep"} if not "division" in input.request.columns'),
        {"uniform": every(["kitcorp"], DAYS, lacking=[(), ("division",), ("unit",), ("division", "unit")])},
        True,
    ),
    "an override less": Change(
        rego("training", ('override.email := {"action": "drop"} if input.record.posting == "firearms"\n', "")),
        {"training": every(["learnly"], DAYS, FORMATS)},
        True,
    ),
    "an override more": Change(
        more("uniform", 'override.surname := {"action": "mask"} if input.record.posting in {"firearms", "response"}'),
        {"uniform": every(["kitcorp"], DAYS)},
        False,
    ),
    "an override of a status, and another of a posting": Change(
        rego(
            "uniform",
            (
                'release if input.record.status == "active"',
                (
                    'release if input.record.status in {"active", "suspended"}\n\n'
                    'override.surname := {"action": "mask"} if input.record.posting == "firearms"\n\n'
                    'override.surname := {"action": "mask"} if input.record.status == "suspended"'
                ),
            ),
        ),
        {"uniform": every(["kitcorp"], DAYS)},
        True,
    ),
    "a withhold less, and a field that nothing reads": Change(
        rego(
            "pension",
            (
                'withhold contains "no pensionable service" if input.record.employment_type == "special constable"\n',
                "",
            ),
        ),
        {"pension": every(["pensionpoint"], DAYS, attributes=[{}, {"run": "annual statements"}])},
        True,
    ),
    "a withhold more": Change(
        more("uniform", 'withhold contains "volunteer" if input.record.employment_type == "special constable"'),
        {"uniform": every(["kitcorp"], DAYS)},
        False,
    ),
    "a withhold of two values together": Change(
        more(
            "uniform",
            'withhold contains "x" if {\n'
            '\tinput.record.posting == "response"\n\tinput.record.employment_type == "staff"\n}',
        ),
        {"uniform": every(["kitcorp"], DAYS)},
        False,
    ),
    "a release wider": Change(
        rego("staff_survey", ('== "active"', 'in {"active", "leaver"}')),
        {"staff_survey": every(["askaround"], DAYS, FORMATS)},
        True,
    ),
    "a release narrower, a withhold less": Change(
        rego(
            "pension",
            ('{"active", "suspended", "leaver"}', '{"active", "leaver"}'),
            ('== "special constable"', '== "staff"'),
        ),
        {"pension": every(["pensionpoint"], DAYS, attributes=[{}, {"run": "annual statements"}])},
        True,
    ),
    "covert officers leave": Change(
        {"guardrails/covert_posting.rego": None, "guardrails/covert_posting_test.rego": None},
        {
            "uniform": every(["kitcorp"], ["2025-12-31", "2026-01-01"], ("csv", "xlsb")),
            "pension": every(["pensionpoint"], ["2026-01-01"], attributes=[{}, {"run": "annual statements"}]),
            "training": every(["learnly"], ["2026-01-01"]),
        },
        True,
    ),
    "photo and address together": Change(
        more("id_card_print", 'permit.home_address.action := "keep"'),
        {"id_card_print": every(["cardco", "oldco"], [*DAYS, "2025-03-31"], lacking=TOGETHER)},
        True,
    ),
    "an agreement longer": Change(
        data("uniform", ("until: 2027-12-31", "until: 2028-01-01")), {"uniform": _USUAL}, True
    ),
    "an agreement earlier, and shorter": Change(
        data("uniform", ("from: 2026-01-01", "from: 2025-12-31"), ("until: 2027-12-31", "until: 2026-08-15")),
        {"uniform": every(["kitcorp"], [*DAYS, "2026-08-16"], FORMATS, COUNTS)},
        True,
    ),
    "one row more": Change(
        data("payroll", ("2000000", "2000001")),
        {"payroll": every(["paywise"], DAYS, FORMATS, [*COUNTS, 2_000_002])},
        True,
    ),
    "fewer rows": Change(
        data("payroll", ("2000000", "1000")),
        {"payroll": every(["paywise"], DAYS, FORMATS, [*COUNTS, 1000, 1001])},
        False,
    ),
    "a format more, a format less": Change(
        data("uniform", (_AGREED, "formats: [csv, tsv, json, ndjson, parquet, xlsb]")),
        {"uniform": every(["kitcorp"], DAYS, FORMATS)},
        True,
    ),
    "another supplier": Change(data("uniform", ("supplier: kitcorp", "supplier: oldco")), {"uniform": _USUAL}, True),
    "a cap of people": Change(
        data("uniform", ("max_rows: 2000000", _CAPPED)),
        {"uniform": every(["kitcorp"], DAYS, people=[0, 99, 100, 101, 5000])},
        False,
    ),
    "an attribute, and what hangs on it": Change(
        rego(
            "uniform",
            ('"retention_days": 180,', '"retention_days": 180,\n\t"attributes": {"parcel": ["home", "station"]},'),
            (
                'permit.station.action := "keep"',
                (
                    'permit.station := {"action": "keep"} if input.request.attributes.parcel == "station"\n\n'
                    'permit.home_town := {"action": "keep"} if input.request.attributes.parcel == "home"'
                ),
            ),
        ),
        {
            "uniform": every(
                ["kitcorp"],
                DAYS,
                attributes=[{}, {"parcel": "home"}, {"parcel": "station"}, {"parcel": "x"}, {"y": "z"}],
            )
        },
        True,
    ),
    "a value of an attribute": Change(
        rego(
            "pension",
            (
                '["monthly contributions", "annual statements"]',
                '["monthly contributions", "annual statements", "transfer"]',
            ),
        ),
        {
            "pension": every(
                ["pensionpoint"],
                DAYS,
                attributes=[{}, *({"run": run} for run in ("monthly contributions", "annual statements", "transfer"))],
            )
        },
        True,
    ),
    "a purpose more": Change(
        purpose("parking", 'permit.surname := {"action": "mask"}\n\nrelease if input.record.status == "active"\n'),
        {"parking": every(["cardco", "kitcorp"], DAYS, FORMATS)},
        True,
    ),
    "a purpose less": Change(
        {f"purposes/uniform/{name}": None for name in ("uniform.rego", "uniform_test.rego", "data.yaml", "cases.yaml")},
        {"uniform": _USUAL},
        False,
    ),
    "another kind of supplier": Change(
        file("suppliers/data.yaml", ("kind: vetting provider", "kind: screening company")),
        {"vetting": every(["vetright"], DAYS, FORMATS)},
        False,
    ),
    "a kind that may have vetting levels": Change(
        file("suppliers/data.yaml", ("kind: uniform supplier", "kind: vetting provider"))
        | more("uniform", 'permit.vetting_level.action := "keep"'),
        {"uniform": _USUAL},
        True,
    ),
    "rules that disagree": Change(
        more("pension", 'permit.home_address := {"action": "mask"} if input.request.on > "2027-01-01"'),
        {
            "pension": every(
                ["pensionpoint"], [*DAYS, "2027-01-01", "2027-01-02"], attributes=[{}, {"run": "annual statements"}]
            )
        },
        True,
    ),
    "who joined before a day": Change(
        more("uniform", 'withhold contains "old" if input.record.joined_on < "2010-01-01"'),
        {"uniform": every(["kitcorp"], DAYS)},
        False,
        with_values("joined_on", ["1980-05-05", "2009-12-31", "2010-01-01", "2010-01-02", "2024-02-29", None]),
    ),
    "who earns how much": Change(
        more(
            "uniform",
            'override.rank := {"action": "drop"} if input.record.salary < 30000\n\n'
            'override.rank := {"action": "mask"} if {\n'
            "\tinput.record.salary >= 50000\n\tinput.record.salary != 60000\n}",
        ),
        {"uniform": every(["kitcorp"], DAYS)},
        False,
        with_values(
            "salary",
            [100, 29999.99, 30000, 30000.5, 49000, 49999.75, 50000, 50000.5, 59999.5, 60000, 60000.25, 99000, None],
        ),
    ),
    "how many days of sickness": Change(
        more("uniform", "release if input.record.sickness_days in {3, 4, 9}"),
        {"uniform": every(["kitcorp"], DAYS)},
        True,
        with_values("sickness_days", [0, 2, 3, 4, 5, 8, 9, 10, 200, None]),
    ),
    "who is in a unit": Change(
        more("uniform", 'withhold contains "unit" if not input.record.unit in {"Roads", "CID"}'),
        {"uniform": every(["kitcorp"], DAYS)},
        False,
        with_values("unit", ["Roads", "CID", "Coastal Team 4", "Dogs", None]),
    ),
}
