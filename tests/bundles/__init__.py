"""Bundles: flows that travel to where their runs are carried out."""
