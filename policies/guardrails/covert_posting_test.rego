package narrowgate.guardrails.covert_posting_test

import data.narrowgate

judged(record) := answer if {
	some answer in narrowgate.judgements with input as {
		"request": {"purpose": "made_up", "supplier": "s"},
		"records": [record],
	}
		with data.narrowgate.purposes as {"made_up": {"release": true}}
}

test_covert_never_leaves if {
	some posting in ["covert", "undercover"]
	answer := judged({"status": "active", "posting": posting})
	answer == {"release": false, "reasons": ["covert posting"], "override": {}}
}

test_others_leave if judged({"status": "active", "posting": "response"}).release

test_no_purpose_overrides_it if {
	every purpose, _ in data.narrowgate.purposes {
		answers := narrowgate.judgements with input as {
			"request": {"purpose": purpose, "supplier": "s"},
			"records": [{"status": "active", "posting": "covert"}, {"status": "active", "posting": "undercover"}],
		}
		count([answer | some answer in answers; answer.release]) == 0
	}
}
