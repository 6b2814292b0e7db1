# METADATA
# title: Photo and home address never leave together
# description: Where a purpose permits both and the export holds both, neither leaves.
# schemas:
#   - input: schema.input
package narrowgate.guardrails.photo_and_address

drop.photo contains "photo and home address never leave together" if together

drop.home_address contains "photo and home address never leave together" if together

together if {
	leaves("photo")
	leaves("home_address")
}

leaves(column) if {
	column in input.request.columns
	data.narrowgate.purposes[input.request.purpose].permit[column].action != "drop"
}
