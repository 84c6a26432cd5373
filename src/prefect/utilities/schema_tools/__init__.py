"""Doors: values held against JSON schemas (tests of prefect-gcp)."""
