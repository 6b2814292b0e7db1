package narrowgate.purposes.training_test

import data.narrowgate.purposes.training

released(record) if training.release with input as {"record": record}

test_permits_only_what_the_purpose_needs if {
	object.keys(training.permit) == {
		"email",
		"forename",
		"joined_on",
		"rank",
		"surname",
		"unit",
		"warrant_number",
	}
}

test_releases_who_is_served if released({"status": "active"})

test_keeps_back_leaver if not released({"status": "leaver"})

test_keeps_back_suspended if not released({"status": "suspended"})

test_keeps_back_records_without_a_status if not released({})

test_firearms_officers_attend_under_an_initial if {
	overridden := training.override with input as {"record": {"posting": "firearms"}}
	overridden.surname == {"action": "mask", "keep_first": 1}
	overridden.unit.action == "replace"
	overridden.email.action == "drop" # it spells the name out
}

test_others_attend_under_their_names if {
	training.override == {} with input as {"record": {"posting": "response"}}
}
