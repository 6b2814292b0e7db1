package narrowgate.guardrails.agreement_test

import data.narrowgate

agreement(changes) := object.union(
	{
		"id": "A-1", "supplier": "s", "from": "2026-01-01", "until": "2026-12-31",
		"formats": ["csv"], "max_rows": 10, "retention_days": 30,
	},
	changes,
)

request(changes) := object.union(
	{"supplier": "s", "purpose": "made_up", "on": "2026-06-01", "format": "csv", "columns": ["rank"], "attributes": {}},
	changes,
)

decided(changes, agreements) := answer if {
	answer := narrowgate.decision with input as {"request": request(changes)}
		with data.narrowgate.purposes as {"made_up": {
			"meta": {"lawful_basis": "public task", "retention_days": 365},
			"permit": {"rank": {"action": "keep"}},
		}}
		with data.purposes as {"made_up": {"agreements": agreements}}
		with data.suppliers as {"s": {"kind": "payroll bureau"}, "t": {"kind": "payroll bureau"}}
}

test_in_force_releases if decided({}, [agreement({})]).effect == "release"

test_first_and_last_day_are_in_force if {
	decided({"on": "2026-01-01"}, [agreement({})]).effect == "release"
	decided({"on": "2026-12-31"}, [agreement({})]).effect == "release"
}

test_before_and_after_refuse if {
	some day in ["2025-12-31", "2027-01-01"]
	answer := decided({"on": day}, [agreement({})])
	answer.effect == "refuse"
	contains(answer.reasons[0], "is not in force")
}

test_none_refuses if decided({}, []).reasons == ["s has no agreement for made_up"]

test_of_another_supplier_refuses if decided({"supplier": "t"}, [agreement({})]).effect == "refuse"

test_unknown_supplier_refuses if {
	decided({"supplier": "u"}, [agreement({"supplier": "u"})]).reasons == ["u is not a supplier we know"]
}

test_two_at_once_refuse if {
	answer := decided({}, [agreement({}), agreement({"id": "A-2"})])
	answer.effect == "refuse"
	answer.reasons == ["2 agreements are in force at once, where there must be one"]
}

test_successors_do_not_overlap if {
	later := agreement({"id": "A-2", "from": "2027-01-01", "until": "2027-12-31"})
	decided({}, [agreement({}), later]).obligations.agreement == "A-1"
	decided({"on": "2027-06-01"}, [agreement({}), later]).obligations.agreement == "A-2"
}

test_another_format_refuses if decided({"format": "json"}, [agreement({})]).effect == "refuse"

test_rows_within_the_limit_release if decided({"row_count": 10}, [agreement({})]).effect == "release"

test_rows_beyond_the_limit_refuse if decided({"row_count": 11}, [agreement({})]).effect == "refuse"

test_the_shorter_retention_counts if {
	decided({}, [agreement({"retention_days": 7})]).obligations.retention_days == 7
	decided({}, [agreement({"retention_days": 9999})]).obligations.retention_days == 365
}

test_undeclared_attribute_refuses if {
	decided({"attributes": {"x": "1"}}, [agreement({})]).reasons == ["the purpose declares no attribute x"]
}

test_unknown_purpose_refuses if {
	answer := narrowgate.decision with input as {"request": request({"purpose": "nothing"})}
	answer.effect == "refuse"
	"there is no purpose nothing" in answer.reasons
}

on_hidden(meta, changes) := answer.limits.on_hidden if {
	answer := narrowgate.decision with input as {"request": request({})}
		with data.narrowgate.purposes as {"made_up": {
			"meta": object.union({"lawful_basis": "public task", "retention_days": 365}, meta),
			"permit": {"rank": {"action": "keep"}},
		}}
		with data.purposes as {"made_up": {"agreements": [agreement(changes)]}}
		with data.suppliers as {"s": {"kind": "payroll bureau"}}
}

test_hidden_cells_refuse if on_hidden({}, {}) == "refuse"

test_an_agreement_may_leave_them_out if on_hidden({"publication": false}, {"on_hidden": "leave_out"}) == "leave_out"

test_a_publication_refuses_anything if {
	on_hidden({"publication": true}, {}) == "refuse_anything"
	on_hidden({"publication": true}, {"on_hidden": "leave_out"}) == "refuse_anything"
}
