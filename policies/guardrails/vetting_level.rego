# METADATA
# title: The vetting level leaves only to a vetting provider
# schemas:
#   - input: schema.input
package narrowgate.guardrails.vetting_level

drop.vetting_level contains "it leaves only to a vetting provider" if not vetting_provider

vetting_provider if data.suppliers[input.request.supplier].kind == "vetting provider"
