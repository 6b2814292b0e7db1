# METADATA
# title: Vetting renewal
# description: Who is to be vetted again, to which level, and what the screening company checks them by.
# schemas:
#   - input: schema.input
package narrowgate.purposes.vetting

meta := {
	"title": "Vetting renewal",
	"lawful_basis": "public task",
	"retention_days": 365,
}

permit.employee_number.action := "keep"

permit.forename.action := "keep"

permit.middle_names.action := "keep"

permit.surname.action := "keep"

permit.former_names.action := "keep"

permit.date_of_birth.action := "keep"

permit.nationality.action := "keep"

permit.home_address.action := "keep"

permit.home_postcode.action := "keep"

permit.vetting_level.action := "keep"

permit.vetting_expires_on.action := "keep"

release if input.record.status in {"active", "suspended"}
