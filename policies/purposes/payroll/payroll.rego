# METADATA
# title: Payroll bureau
# description: Who is paid how much, and into which account. Leavers are paid their last month.
# schemas:
#   - input: schema.input
package narrowgate.purposes.payroll

meta := {
	"title": "Payroll bureau",
	"lawful_basis": "contract",
	"retention_days": 2190,
}

permit.pay_number.action := "keep"

permit.national_insurance_number.action := "keep"

permit.forename.action := "keep"

permit.surname.action := "keep"

permit.date_of_birth.action := "keep"

permit.joined_on.action := "keep"

permit.left_on.action := "keep"

permit.salary.action := "keep"

permit.pay_point.action := "keep"

permit.allowances.action := "keep"

permit.tax_code.action := "keep"

permit.full_time_equivalent.action := "keep"

permit.bank_sort_code.action := "keep"

permit.bank_account_number.action := "keep"

release if input.record.status in {"active", "suspended", "leaver"}
