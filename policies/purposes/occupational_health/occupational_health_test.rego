package narrowgate.purposes.occupational_health_test

import data.narrowgate.purposes.occupational_health

released(record) if occupational_health.release with input as {"record": record}

test_permits_only_what_the_purpose_needs if {
	object.keys(occupational_health.permit) == {
		"allergies",
		"blood_group",
		"date_of_birth",
		"email",
		"employee_number",
		"fitness_test_on",
		"forename",
		"gender",
		"phone",
		"sickness_days",
		"surname",
	}
}

test_releases_who_is_served if released({"status": "active"})

test_keeps_back_leaver if not released({"status": "leaver"})

test_keeps_back_records_without_a_status if not released({})
