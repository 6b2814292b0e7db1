# METADATA
# title: Pension administration
# description: Membership, service and pensionable pay.
# schemas:
#   - input: schema.input
package narrowgate.purposes.pension

meta := {
	"title": "Pension administration",
	"lawful_basis": "legal obligation",
	"retention_days": 2190,
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

permit.home_address.action := "keep"

permit.home_postcode.action := "keep"

release if input.record.status in {"active", "suspended", "leaver"}
