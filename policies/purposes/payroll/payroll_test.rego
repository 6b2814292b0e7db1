package narrowgate.purposes.payroll_test

import data.narrowgate.purposes.payroll

released(record) if payroll.release with input as {"record": record}

test_permits_only_what_the_purpose_needs if {
	object.keys(payroll.permit) == {
		"allowances",
		"bank_account_number",
		"bank_sort_code",
		"date_of_birth",
		"forename",
		"full_time_equivalent",
		"joined_on",
		"left_on",
		"national_insurance_number",
		"pay_number",
		"pay_point",
		"salary",
		"surname",
		"tax_code",
	}
}

test_releases_who_is_served if released({"status": "active"})

test_keeps_back_records_without_a_status if not released({})
