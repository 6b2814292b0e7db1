# METADATA
# title: Nothing leaves without an agreement in force, or beyond what it allows
# description: |
#   The entry points release only where exactly one agreement is in force; these rules say why not, and hold the
#   request to the agreement's format and row limit.
# schemas:
#   - input: schema.input
package narrowgate.guardrails.agreement

refuse contains sprintf("%s is not a supplier we know", [supplier]) if {
	supplier := input.request.supplier
	not data.suppliers[supplier]
}

refuse contains sprintf("%s has no agreement for %s", [input.request.supplier, input.request.purpose]) if {
	data.suppliers[input.request.supplier]
	count(agreements) == 0
}

refuse contains sprintf(
	"agreement %s runs from %s to %s and is not in force on %s",
	[agreement.id, agreement.from, agreement.until, input.request.on],
) if {
	count(data.narrowgate.in_force) == 0
	some agreement in agreements
}

refuse contains sprintf("%d agreements are in force at once, where there must be one", [number]) if {
	number := count(data.narrowgate.in_force)
	number > 1
}

refuse contains sprintf(
	"agreement %s allows %s, not %s",
	[agreement.id, concat(", ", agreement.formats), input.request.format],
) if {
	agreement := data.narrowgate.agreement
	not input.request.format in agreement.formats
}

refuse contains sprintf(
	"%d rows are more than the %d that agreement %s allows",
	[input.request.row_count, agreement.max_rows, agreement.id],
) if {
	agreement := data.narrowgate.agreement
	input.request.row_count > agreement.max_rows
}

agreements := [agreement |
	some agreement in data.purposes[input.request.purpose].agreements
	agreement.supplier == input.request.supplier
]
