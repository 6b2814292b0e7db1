# METADATA
# title: Covert officers never leave
# schemas:
#   - input: schema.input
package narrowgate.guardrails.covert_posting

withhold contains "covert posting" if input.record.posting in {"covert", "undercover"}
