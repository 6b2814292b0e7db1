# METADATA
# title: Entry points
# description: |
#   What the gate asks: `decision` once for a request, `judgements` for its records in batches, `decisions` for many
#   requests where policies are proved or compared. This file is part of the gate, not of a force's policy: a bundle in
#   which it differs from the one Narrowgate ships is not used.
#   A guardrail's drop wins over a purpose's permit; what neither names is dropped.
# schemas:
#   - input: schema.input
package narrowgate

# METADATA
# title: May this request be released, and in what form does each column leave?
# entrypoint: true
decision := {
	"effect": effect,
	"reasons": sort(refusals),
	"columns": {column: answer(column) | some column in input.request.columns},
	"limits": limits,
	"output": output,
	"obligations": obligations,
}

# METADATA
# title: The decision on each of these requests
# entrypoint: true
decisions := [answered |
	some request in input.requests
	answered := decision with input as {"request": request, "history": input.history}
]

# METADATA
# title: May each of these records leave, and with which actions of its own?
# entrypoint: true
judgements := [answered |
	some record in input.records
	answered := judgement with input as {"request": input.request, "record": record}
]

# METADATA
# title: The one agreement in force between supplier and purpose on the day of the request
agreement := in_force[0] if count(in_force) == 1

in_force := [candidate |
	some candidate in data.purposes[input.request.purpose].agreements
	candidate.supplier == input.request.supplier
	candidate.from <= input.request.on
	input.request.on <= candidate.until
]

default effect := "refuse"

effect := "release" if {
	agreement
	meta
	is_object(permitted) # two rules that disagree about any of the columns are an error, whatever becomes of it
	count(refusals) == 0
}

meta := data.narrowgate.purposes[input.request.purpose].meta

refusals contains reason if some reason in data.narrowgate.purposes[input.request.purpose].refuse

refusals contains reason if data.narrowgate.guardrails[_].refuse[reason]

refusals contains sprintf("there is no purpose %s", [input.request.purpose]) if not meta

refusals contains sprintf("the purpose declares no attribute %s", [name]) if {
	some name, _ in input.request.attributes
	not meta.attributes[name]
}

refusals contains sprintf("attribute %s must be one of %s", [name, concat(", ", meta.attributes[name])]) if {
	some name, value in input.request.attributes
	not value in meta.attributes[name]
}

answer(column) := {
	"action": {"action": "drop"},
	"reason": concat("; ", sort({reason | some reason in dropping(column)[_]})),
	"rules": sort(object.keys(dropping(column))),
} if {
	count(dropping(column)) > 0
} else := {
	"action": action,
	"reason": "permitted by the purpose",
	"rules": [sprintf("purposes.%s.permit.%s", [input.request.purpose, column])],
} if {
	action := permitted[column]
} else := {
	"action": {"action": "drop"},
	"reason": "the purpose does not permit it",
	"rules": [],
}

permitted := {column: action |
	some column in input.request.columns
	action := data.narrowgate.purposes[input.request.purpose].permit[column]
}

dropping(column) := {rule: reasons |
	reasons := data.narrowgate.guardrails[name].drop[column]
	count(reasons) > 0
	rule := sprintf("guardrails.%s.drop.%s", [name, column])
}

default limits := null

limits := {
	"max_rows": agreement.max_rows,
	"max_bad_share": object.get(agreement, "max_bad_share", 0.01),
	"on_leak": object.get(agreement, "on_leak", "withhold"),
	"on_hidden": on_hidden,
}

default on_hidden := "refuse_anything"

on_hidden := object.get(agreement, "on_hidden", "refuse") if not object.get(meta, "publication", false)

default output := {}

output := {
	"columns": object.get(agreement, "columns", []),
	"csv": object.get(agreement, "csv", {}),
}

default obligations := null

obligations := {
	"agreement": agreement.id,
	"lawful_basis": meta.lawful_basis,
	"retention_days": min({meta.retention_days, agreement.retention_days}),
}

judgement := {
	"release": released,
	"reasons": sort(withheld),
	"override": override,
}

default released := false

released if {
	data.narrowgate.purposes[input.request.purpose].release
	count(withheld) == 0
}

withheld contains reason if some reason in data.narrowgate.purposes[input.request.purpose].withhold

withheld contains reason if data.narrowgate.guardrails[_].withhold[reason]

withheld contains "outside the purpose's release rule" if not data.narrowgate.purposes[input.request.purpose].release

default override := {}

override := data.narrowgate.purposes[input.request.purpose].override
