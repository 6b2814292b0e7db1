package narrowgate.guardrails.cumulative_test

import data.narrowgate

request := {
	"supplier": "s", "purpose": "made_up", "on": "2026-06-01", "format": "csv", "columns": ["rank"], "attributes": {},
}

decided(caps, history) := answer if {
	answer := narrowgate.decision with input as {"request": request, "history": history}
		with data.narrowgate.purposes as {"made_up": {
			"meta": {"lawful_basis": "public task", "retention_days": 365},
			"permit": {"rank": {"action": "keep"}},
		}}
		with data.purposes as {"made_up": {"agreements": [{
			"id": "A-1", "supplier": "s", "from": "2026-01-01", "until": "2026-12-31",
			"formats": ["csv"], "max_rows": 10, "retention_days": 30, "max_people": caps,
		}]}}
		with data.suppliers as {"s": {"kind": "payroll bureau"}}
}

given(people) := {"made_up": {"days_30": {"people": 0, "records": 0, "people_after": people, "records_after": people}}}

test_up_to_the_cap_releases if decided({"days_30": 30000}, given(30000)).effect == "release"

test_beyond_the_cap_refuses if {
	answer := decided({"days_30": 30000}, given(30001))
	answer.effect == "refuse"
	answer.reasons == ["s would have been given the data of 30001 people in 30 days, and agreement A-1 allows 30000"]
}

test_without_a_cap_nothing_is_counted if decided({}, given(1000000)).effect == "release"

test_an_unknown_history_refuses if {
	decided({"days_30": 30000}, {}).reasons == ["what the supplier has been given is not known"]
	decided({"days_365": 30000}, given(1)).effect == "refuse"
}
