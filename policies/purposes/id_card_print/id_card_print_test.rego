package narrowgate.purposes.id_card_print_test

import data.narrowgate.purposes.id_card_print

released(record) if id_card_print.release with input as {"record": record}

test_permits_only_what_the_purpose_needs if {
	object.keys(id_card_print.permit) == {
		"forename",
		"photo",
		"rank",
		"surname",
		"warrant_number",
	}
}

test_releases_who_is_served if released({"status": "active"})

test_keeps_back_leaver if not released({"status": "leaver"})

test_keeps_back_records_without_a_status if not released({})
