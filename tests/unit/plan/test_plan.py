"""The plan lets through what the decision clearly lets through, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from narrowgate.errors import EngineUnavailable, NarrowgateError, PolicyInvalid, Refused
from narrowgate.model.actions import Drop, Image, Keep, Mask
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.decision import Decision, Judgement
from narrowgate.model.request import Request
from narrowgate.plan.plan import Plan, make_plan, overriding_actions
from support.gates import DAY

COLUMNS = ("forename", "surname", "pay_number", "posting")


def decision(columns: dict[str, Any], **changes: Any) -> Decision:
    answers = {field: {"action": action, "reason": "because"} for field, action in columns.items()}
    limits = {"max_rows": 10, "max_bad_share": 0.01, "on_leak": "withhold", "on_hidden": "refuse"}
    obligations = {"agreement": "A", "lawful_basis": "public task", "retention_days": 1}
    document = {"effect": "release", "reasons": [], "columns": answers, "limits": limits, "output": {}}
    return Decision.model_validate(document | {"obligations": obligations} | changes)


def plan(catalogue: Catalogue, made: Decision, columns: tuple[str, ...] = COLUMNS, **more: Any) -> Plan:
    request = Request(supplier="cardco", purpose="id_card_print", on=DAY, columns=columns)
    reads, overridable = more.get("reads", ("posting",)), more.get("overridable", ())
    return make_plan(made, request, reads, overridable, catalogue, more.get("with_pictures", True))


def test_only_what_is_clearly_permitted_leaves(catalogue: Catalogue) -> None:
    columns = {
        "forename": {"action": "keep"},
        "surname": {},
        "pay_number": {"action": "shuffle"},
        "posting": {"action": "drop"},
        "salary": {"action": "keep"},
        "shoe_colour": {"action": "keep"},
    }
    made = plan(catalogue, decision(columns))
    assert [column.field for column in made.columns] == ["forename"]
    withheld = {column.field: column.reason for column in made.withheld}
    assert withheld == {
        "surname": "the policy gives it no known action",
        "pay_number": "the policy gives it no known action",
        "posting": "because",
    }


def test_an_action_that_means_nothing_for_the_field_withholds_it(catalogue: Catalogue) -> None:
    columns = {"forename": {"action": "generalise", "to": "year"}, "surname": {"action": "keep"}}
    assert [column.field for column in plan(catalogue, decision(columns)).columns] == ["surname"]


def test_a_column_that_the_decision_forgot_is_withheld(catalogue: Catalogue) -> None:
    made = plan(catalogue, decision({"forename": {"action": "keep"}}))
    assert {column.field for column in made.withheld} == {"surname", "pay_number", "posting"}


@pytest.mark.parametrize(
    ("changes", "more", "error"),
    [
        ({"effect": "refuse", "reasons": ["no"]}, {}, Refused),
        ({"effect": "refuse"}, {}, Refused),
        ({"limits": None}, {}, EngineUnavailable),
        ({"obligations": None}, {}, EngineUnavailable),
        ({"columns": {}}, {}, Refused),
        ({}, {"reads": ("posting", "status")}, Refused),
        ({"output": {"columns": [{"field": "forename", "as": "surname"}]}}, {}, PolicyInvalid),
    ],
)
def test_no_plan(
    catalogue: Catalogue, changes: dict[str, Any], more: dict[str, Any], error: type[NarrowgateError]
) -> None:
    keep = {"action": "keep"}
    columns = changes.pop("columns", {"forename": keep, "surname": keep})
    with pytest.raises(error):
        plan(catalogue, decision(columns, **changes), **more)


def test_order_and_names_are_the_agreements(catalogue: Catalogue) -> None:
    order = [{"field": "surname", "as": "Name"}, {"field": "salary"}, {"field": "forename"}]
    columns = {field: {"action": "keep"} for field in ("forename", "surname", "pay_number")}
    made = plan(catalogue, decision(columns, output={"columns": order}))
    names = [(column.field, column.name) for column in made.columns]
    assert names == [("surname", "Name"), ("forename", "forename"), ("pay_number", "pay_number")]


def test_searched_is_what_may_be_withheld(catalogue: Catalogue) -> None:
    assert plan(catalogue, decision({"forename": {"action": "keep"}})).searched == ("pay_number",)
    kept = decision({"forename": {"action": "keep"}, "pay_number": {"action": "keep"}})
    assert plan(catalogue, kept).searched == ()
    assert plan(catalogue, kept, overridable=("pay_number",)).searched == ("pay_number",)
    masked = decision({"pay_number": {"action": "mask", "keep_last": 2}})
    assert plan(catalogue, masked).searched == ("pay_number",)


def test_overrides(catalogue: Catalogue) -> None:
    made = plan(catalogue, decision({"forename": {"action": "keep"}, "surname": {"action": "keep"}}))
    override: dict[str, Any] = {
        "forename": {"action": "keep"},
        "surname": {"action": "mask", "keep_first": 1},
        "pay_number": {"action": "keep"},
    }
    judgement = Judgement(release=True, reasons=(), override=override)
    assert overriding_actions(made, judgement, catalogue) == {"surname": Mask(keep_first=1)}
    for nonsense in ({"action": "shuffle"}, {}, {"action": "generalise", "to": "year"}):
        judgement = Judgement(release=True, reasons=(), override={"forename": nonsense})
        assert overriding_actions(made, judgement, catalogue) == {"forename": Drop()}


def test_a_plan_is_data(catalogue: Catalogue) -> None:
    made = plan(catalogue, decision({"forename": {"action": "keep"}}))
    assert Plan.model_validate_json(made.model_dump_json(by_alias=True)) == made
    assert isinstance(made.columns[0].action, Keep)


PICTURES = {"surname": {"action": "keep"}, "photo": {"action": "image", "max_px": 100}}


def test_pictures_leave_where_the_release_can_hold_them(catalogue: Catalogue) -> None:
    columns = ("surname", "photo", "posting")
    made = plan(catalogue, decision(PICTURES), columns)
    assert [(column.field, action) for column, action in made.pictures()] == [("photo", Image(max_px=100))]
    made = plan(catalogue, decision(PICTURES), columns, with_pictures=False)
    assert [column.field for column in made.columns] == ["surname"]
    assert "leave only in a ZIP" in {column.field: column.reason for column in made.withheld}["photo"]


def test_only_photos_leave_as_pictures(catalogue: Catalogue) -> None:
    columns = {"surname": {"action": "image", "max_px": 100}, "forename": {"action": "keep"}}
    for with_pictures in (True, False):
        made = plan(catalogue, decision(columns), with_pictures=with_pictures)
        assert [column.field for column in made.columns] == ["forename"]
        assert {each.field: each.reason for each in made.withheld}["surname"] == "the policy gives it no known action"


def test_an_override_makes_no_other_picture(catalogue: Catalogue) -> None:
    """A column's pictures are of one form; in a column of paths, the path would leave."""
    image = {"photo": {"action": "image", "max_px": 100}}
    judgement = Judgement(release=True, reasons=(), override=image)
    kept = plan(catalogue, decision({"photo": {"action": "keep"}}), ("photo", "posting"))
    assert overriding_actions(kept, judgement, catalogue) == {"photo": Drop()}
    pictures = plan(catalogue, decision(PICTURES), ("surname", "photo", "posting"))
    other = Judgement(release=True, reasons=(), override={"photo": {"action": "image", "max_px": 50}})
    assert overriding_actions(pictures, other, catalogue) == {"photo": Drop()}
    assert overriding_actions(pictures, judgement, catalogue) == {}
