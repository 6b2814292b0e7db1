"""What the ledger is asked: who holds what about whom, and what is to be deleted. Asking needs no keys."""
