package narrowgate.purposes.pension_test

import data.narrowgate.purposes.pension

released(record) if pension.release with input as {"record": record}

test_permits_only_what_the_purpose_needs if {
	object.keys(pension.permit) == {
		"date_of_birth",
		"forename",
		"full_time_equivalent",
		"home_address",
		"home_postcode",
		"joined_on",
		"left_on",
		"national_insurance_number",
		"pension_number",
		"pension_scheme",
		"salary",
		"surname",
	}
}

test_releases_who_is_served if released({"status": "active"})

test_keeps_back_records_without_a_status if not released({})
