package narrowgate.purposes.vetting_test

import data.narrowgate.purposes.vetting

released(record) if vetting.release with input as {"record": record}

test_permits_only_what_the_purpose_needs if {
	object.keys(vetting.permit) == {
		"date_of_birth",
		"employee_number",
		"forename",
		"former_names",
		"home_address",
		"home_postcode",
		"middle_names",
		"nationality",
		"surname",
		"vetting_expires_on",
		"vetting_level",
	}
}

test_releases_who_is_served if released({"status": "active"})

test_keeps_back_leaver if not released({"status": "leaver"})

test_keeps_back_records_without_a_status if not released({})
