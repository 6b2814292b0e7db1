# METADATA
# title: Uniform supply
# description: Sizes by warrant number, to be handed out at the station. An initial is enough to find the parcel.
# schemas:
#   - input: schema.input
package narrowgate.purposes.uniform

meta := {
	"title": "Uniform supply",
	"lawful_basis": "contract",
	"retention_days": 180,
}

permit.warrant_number.action := "keep"

permit.forename := {"action": "truncate", "length": 1}

permit.surname.action := "keep"

permit.rank.action := "keep"

permit.station.action := "keep"

permit.collar_size.action := "keep"

permit.chest_size.action := "keep"

permit.shoe_size.action := "keep"

permit.height_cm := {"action": "generalise", "to": "band", "width": 5}

release if input.record.status == "active"
