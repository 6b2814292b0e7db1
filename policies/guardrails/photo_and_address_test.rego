package narrowgate.guardrails.photo_and_address_test

import data.narrowgate

actions(columns, permit) := {column: answer.action.action | some column, answer in decided.columns} if {
	decided := narrowgate.decision with input as {"request": {
		"supplier": "cardco", "purpose": "made_up", "on": "2026-06-01", "format": "csv",
		"columns": columns, "attributes": {},
	}}
		with data.narrowgate.purposes as {"made_up": {"permit": permit}}
}

both := {"photo": {"action": "keep"}, "home_address": {"action": "keep"}}

test_neither_leaves_when_both_would if {
	actions(["photo", "home_address"], both) == {"photo": "drop", "home_address": "drop"}
}

test_masking_one_is_not_enough if {
	masked := object.union(both, {"home_address": {"action": "mask"}})
	actions(["photo", "home_address"], masked) == {"photo": "drop", "home_address": "drop"}
}

test_one_alone_leaves if {
	actions(["photo"], both) == {"photo": "keep"}
	actions(["home_address"], both) == {"home_address": "keep"}
	actions(["photo", "home_address"], {"photo": {"action": "keep"}}) == {"photo": "keep", "home_address": "drop"}
}
