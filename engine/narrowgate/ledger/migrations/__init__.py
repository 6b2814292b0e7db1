"""How the ledger's tables come about, version by version."""
