"""Doors of old names, for packages that were written while these were new."""
