"""Doors: the public paths of values that live elsewhere."""
