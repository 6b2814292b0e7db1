# METADATA
# title: Staff survey
# description: |
#   Answers are joined by a pseudonym and counted by broad groups. Nobody is asked by name, and nothing that leaves is
#   finer than a decade, a year or a postcode area.
# schemas:
#   - input: schema.input
package narrowgate.purposes.staff_survey

meta := {
	"title": "Staff survey",
	"lawful_basis": "legitimate interests",
	"retention_days": 90,
}

permit.employee_number.action := "pseudonymise"

permit.rank.action := "keep"

permit.division.action := "keep"

permit.date_of_birth := {"action": "generalise", "to": "age_band", "width": 10}

permit.joined_on := {"action": "generalise", "to": "year"}

permit.home_postcode := {"action": "generalise", "to": "area"}

release if input.record.status == "active"
