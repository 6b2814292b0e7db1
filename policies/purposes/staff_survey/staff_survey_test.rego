package narrowgate.purposes.staff_survey_test

import data.narrowgate.purposes.staff_survey

released(record) if staff_survey.release with input as {"record": record}

test_permits_only_what_the_purpose_needs if {
	object.keys(staff_survey.permit) == {
		"date_of_birth",
		"division",
		"employee_number",
		"home_postcode",
		"joined_on",
		"rank",
	}
}

test_releases_who_is_served if released({"status": "active"})

test_keeps_back_leaver if not released({"status": "leaver"})

test_keeps_back_suspended if not released({"status": "suspended"})

test_keeps_back_records_without_a_status if not released({})
