# METADATA
# title: Pension administration
# description: |
#   Membership, service and pensionable pay. Addresses leave only where statements are to be posted. Special constables
#   are volunteers and have no pension.
# schemas:
#   - input: schema.input
package narrowgate.purposes.pension

meta := {
	"title": "Pension administration",
	"lawful_basis": "legal obligation",
	"retention_days": 2190,
	"attributes": {"run": ["monthly contributions", "annual statements"]},
}

permit.pension_number.action := "keep"

permit.pension_scheme.action := "keep"

permit.national_insurance_number.action := "keep"

permit.forename.action := "keep"

permit.surname.action := "keep"

permit.date_of_birth.action := "keep"

permit.joined_on.action := "keep"

permit.left_on.action := "keep"

permit.salary.action := "keep"

permit.full_time_equivalent.action := "keep"

permit.home_address := {"action": "keep"} if input.request.attributes.run == "annual statements"

permit.home_postcode := {"action": "keep"} if input.request.attributes.run == "annual statements"

release if input.record.status in {"active", "suspended", "leaver"}

withhold contains "no pensionable service" if input.record.employment_type == "special constable"
