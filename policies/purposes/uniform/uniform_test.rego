package narrowgate.purposes.uniform_test

import data.narrowgate.purposes.uniform

released(record) if uniform.release with input as {"record": record}

test_permits_only_what_the_purpose_needs if {
	object.keys(uniform.permit) == {
		"chest_size",
		"collar_size",
		"forename",
		"height_cm",
		"rank",
		"shoe_size",
		"station",
		"surname",
		"warrant_number",
	}
}

test_releases_who_is_served if released({"status": "active"})

test_keeps_back_leaver if not released({"status": "leaver"})

test_keeps_back_suspended if not released({"status": "suspended"})

test_keeps_back_records_without_a_status if not released({})
