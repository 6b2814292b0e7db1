"""One module for each command: parse, call the service, present."""
