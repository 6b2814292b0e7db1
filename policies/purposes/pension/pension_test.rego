package narrowgate.purposes.pension_test

import data.narrowgate.purposes.pension

released(record) if pension.release with input as {"record": record}

posting_statements := {"request": {"attributes": {"run": "annual statements"}}}

test_permits_only_what_the_purpose_needs if {
	permit := pension.permit with input as posting_statements
	object.keys(permit) == {
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

test_addresses_leave_only_with_statements if {
	every attributes in [{}, {"run": "monthly contributions"}] {
		permit := pension.permit with input as {"request": {"attributes": attributes}}
		not permit.home_address
		not permit.home_postcode
	}
}

test_volunteers_have_no_pension if {
	"no pensionable service" in pension.withhold with input as {"record": {"employment_type": "special constable"}}
	count(pension.withhold) == 0 with input as {"record": {"employment_type": "officer"}}
}
