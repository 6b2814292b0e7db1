"""Writing what is there now into files of cases."""
