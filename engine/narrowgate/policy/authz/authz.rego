# METADATA
# title: What the private OPA may be asked, and by whom
# description: |
#   Only the gate that started this OPA knows the token, and only what the gate asks is answered: no policy can be put,
#   no other document read.
package system.authz

default allow := false

allow if {
	crypto.sha256(input.identity) == data.system.authz.token_sha256
	asked
}

asked if {
	input.method == "POST"
	input.path in {
		["v1", "data", "narrowgate", "decision"],
		["v1", "data", "narrowgate", "decisions"],
		["v1", "data", "narrowgate", "judgements"],
	}
}

asked if {
	input.method == "GET"
	input.path in {
		["v1", "policies"],
		["v1", "data", "purposes"],
		["v1", "data", "suppliers"],
		["v1", "data", "narrowgate"],
		["v1", "data", "system", "authz", "proof"],
	}
}
