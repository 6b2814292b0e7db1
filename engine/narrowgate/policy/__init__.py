"""OPA behind one interface: starting it, asking it, and vetting what it is about to decide by."""
