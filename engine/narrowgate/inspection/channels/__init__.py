"""The channels that inspectors know, a file for each family of formats."""
