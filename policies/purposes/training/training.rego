# METADATA
# title: Training provider
# description: Who attends, and where to send the joining instructions. Firearms officers attend under an initial.
# schemas:
#   - input: schema.input
package narrowgate.purposes.training

meta := {
	"title": "Training provider",
	"lawful_basis": "public task",
	"retention_days": 365,
}

permit.warrant_number.action := "keep"

permit.forename.action := "keep"

permit.surname.action := "keep"

permit.rank.action := "keep"

permit.unit.action := "keep"

permit.email.action := "keep"

permit.joined_on := {"action": "generalise", "to": "month"}

release if input.record.status == "active"

override.surname := {"action": "mask", "keep_first": 1} if input.record.posting == "firearms"

override.unit := {"action": "replace", "value": "withheld"} if input.record.posting == "firearms"

override.email := {"action": "drop"} if input.record.posting == "firearms"
