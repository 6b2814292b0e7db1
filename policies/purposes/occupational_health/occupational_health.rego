# METADATA
# title: Occupational health
# description: |
#   Who is to be seen, how to reach them, and what a clinician needs to know beforehand. Their own doctors, not their
#   line managers, hear about diagnoses: sickness leaves as a number of days.
# schemas:
#   - input: schema.input
package narrowgate.purposes.occupational_health

meta := {
	"title": "Occupational health",
	"lawful_basis": "legal obligation",
	"article_9_condition": "9(2)(h) occupational medicine",
	"retention_days": 365,
}

permit.employee_number.action := "pseudonymise"

permit.forename.action := "keep"

permit.surname.action := "keep"

permit.date_of_birth.action := "keep"

permit.gender.action := "keep"

permit.phone.action := "keep"

permit.email.action := "keep"

permit.blood_group.action := "keep"

permit.allergies.action := "keep"

permit.sickness_days := {"action": "generalise", "to": "band", "width": 5}

permit.fitness_test_on.action := "keep"

release if input.record.status in {"active", "suspended"}
