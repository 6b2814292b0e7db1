package narrowgate.purposes.foi_publication_test

import data.narrowgate.purposes.foi_publication

released(record) if foi_publication.release with input as {"record": record}

test_permits_only_what_the_purpose_needs if {
	object.keys(foi_publication.permit) == {
		"employment_type",
		"joined_on",
		"rank",
		"salary",
	}
}

test_releases_who_is_served if released({"status": "active"})

test_keeps_back_leaver if not released({"status": "leaver"})

test_keeps_back_suspended if not released({"status": "suspended"})

test_keeps_back_records_without_a_status if not released({})

test_firearms_officers_are_left_out if {
	"firearms posting" in foi_publication.withhold with input as {"record": {"posting": "firearms"}}
}
