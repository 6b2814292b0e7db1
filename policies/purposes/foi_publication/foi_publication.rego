# METADATA
# title: Publication under the Freedom of Information Act
# description: |
#   A workforce table that names nobody. Firearms officers are left out, as their numbers by rank and year would say
#   how many there are.
# schemas:
#   - input: schema.input
package narrowgate.purposes.foi_publication

meta := {
	"title": "Freedom of information publication",
	"publication": true,
	"lawful_basis": "legal obligation",
	"retention_days": 36500,
}

permit.rank.action := "keep"

permit.employment_type.action := "keep"

permit.joined_on := {"action": "generalise", "to": "year"}

permit.salary := {"action": "generalise", "to": "band", "width": 5000}

release if input.record.status == "active"

withhold contains "firearms posting" if input.record.posting == "firearms"
