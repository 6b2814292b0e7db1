"""Actions on one line: every action can be written so, and what is no action says what to write."""

from __future__ import annotations

import pytest

from narrowgate.model.actions import action_names, parse_action
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.shorthand import parse_shorthand, shorthands_for

WRITTEN = {
    "keep": {"action": "keep"},
    "drop": {"action": "drop"},
    "mask": {"action": "mask"},
    "mask:1": {"action": "mask", "keep_first": 1},
    "mask:first=1": {"action": "mask", "keep_first": 1},
    "mask:last=4": {"action": "mask", "keep_last": 4},
    "mask:keep_last=4:keep_first=1": {"action": "mask", "keep_first": 1, "keep_last": 4},
    "mask:1:4": {"action": "mask", "keep_first": 1, "keep_last": 4},
    "pseudonymise": {"action": "pseudonymise"},
    "generalise:year": {"action": "generalise", "to": "year"},
    "year": {"action": "generalise", "to": "year"},
    "age_band:10": {"action": "generalise", "to": "age_band", "width": 10},
    "generalise:to=band:width=5000": {"action": "generalise", "to": "band", "width": 5000},
    "outward": {"action": "generalise", "to": "outward"},
    "truncate:1": {"action": "truncate", "length": 1},
    "replace:withheld": {"action": "replace", "value": "withheld"},
    "replace:7": {"action": "replace", "value": "7"},
    "replace:a:b=c": {"action": "replace", "value": "a:b=c"},
    "image:600": {"action": "image", "max_px": 600},
    "image:600:png": {"action": "image", "max_px": 600, "format": "png"},
    "image:px=600:format=png": {"action": "image", "max_px": 600, "format": "png"},
}
WRONG = {
    "kepe": "did you mean keep?",
    "hide": "write one of keep, drop",
    "year:5": "write year alone",
    "keep:1": "write keep alone",
    "band": "write band:WIDTH",
    "band:1": "write band:WIDTH",
    "mask:middle=1": "it has keep_first, keep_last",
    "mask:keep=1": "it has keep_first, keep_last",
    "truncate": "write truncate:LENGTH",
    "truncate:x": "write truncate:LENGTH",
    "image:600:gif": "write image:MAX_PX[:FORMAT]",
    "": "write one of keep, drop",
}


@pytest.mark.parametrize("text", WRITTEN)
def test_a_short_form_is_an_action(text: str) -> None:
    assert parse_shorthand(text) == parse_action(WRITTEN[text])


def test_every_action_has_a_short_form() -> None:
    assert {parse_shorthand(text).action for text in WRITTEN} == set(action_names())


@pytest.mark.parametrize("text", WRONG)
def test_what_is_none_says_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match=r"; ") as raised:
        parse_shorthand(text)
    assert WRONG[text] in str(raised.value)


def test_each_field_has_the_forms_that_suit_it(catalogue: Catalogue) -> None:
    common = {"keep", "mask[:KEEP_FIRST][:KEEP_LAST]", "pseudonymise", "truncate:LENGTH", "replace:VALUE"}
    own = {
        "surname": set(),
        "date_of_birth": {"year", "month", "age_band:WIDTH"},
        "salary": {"band:WIDTH"},
        "home_postcode": {"outward", "area"},
        "photo": {"image:MAX_PX[:FORMAT]"},
    }
    assert {name: set(shorthands_for(catalogue[name])) - common for name in own} == own
    assert all(common <= set(shorthands_for(field)) for field in catalogue.fields.values())
