package narrowgate.guardrails.vetting_level_test

import data.narrowgate

action(supplier) := answer.columns.vetting_level.action.action if {
	answer := narrowgate.decision with input as {"request": {
		"supplier": supplier, "purpose": "made_up", "on": "2026-06-01", "format": "csv",
		"columns": ["vetting_level"], "attributes": {},
	}}
		with data.narrowgate.purposes as {"made_up": {"permit": {"vetting_level": {"action": "keep"}}}}
}

test_leaves_to_a_vetting_provider if {
	action("s") == "keep" with data.suppliers as {"s": {"kind": "vetting provider"}}
}

test_leaves_to_nobody_else if {
	every supplier, profile in data.suppliers {
		leaves_only_to(profile.kind, action(supplier))
	}
}

leaves_only_to("vetting provider", "keep")

leaves_only_to(kind, "drop") if kind != "vetting provider"

test_an_unknown_supplier_is_none if action("nobody") == "drop"
