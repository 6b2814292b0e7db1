"""OpenDocument spreadsheets (ODF 1.3)."""
