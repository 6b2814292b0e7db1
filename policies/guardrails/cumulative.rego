# METADATA
# title: A supplier gets no more people's data over time than its agreement allows
# description: |
#   One export may be small and a year of them everybody. An agreement caps the people of all releases for the purpose
#   in the last 1, 30 and 365 days, the one that is asked for included. Records that do not say whose they are count
#   as a person each.
# schemas:
#   - input: schema.input
package narrowgate.guardrails.cumulative

refuse contains sprintf(
	"%s would have been given the data of %d people in %s, and agreement %s allows %d",
	[input.request.supplier, held.people_after, in_words[window], agreement.id, most],
) if {
	agreement := data.narrowgate.agreement
	some window, most in agreement.max_people
	held := input.history[input.request.purpose][window]
	held.people_after > most
}

# What is not known cannot be shown to be little.
refuse contains "what the supplier has been given is not known" if {
	some window, _ in data.narrowgate.agreement.max_people
	not input.history[input.request.purpose][window].people_after
}

in_words := {"days_1": "a day", "days_30": "30 days", "days_365": "365 days"}
