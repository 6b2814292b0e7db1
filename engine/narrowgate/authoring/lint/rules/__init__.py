"""The rules of lint, by what they are about. A rule is a function here, marked ``lint_rule``; no list names it."""
