# METADATA
# title: ID card printing
# description: What is printed on a warrant card, and nothing else.
# schemas:
#   - input: schema.input
package narrowgate.purposes.id_card_print

meta := {
	"title": "ID card printing",
	"lawful_basis": "public task",
	"retention_days": 30,
}

permit.forename.action := "keep"

permit.surname.action := "keep"

permit.rank.action := "keep"

permit.warrant_number.action := "keep"

permit.photo := {"action": "image", "max_px": 600}

release if input.record.status in {"active", "suspended"}
