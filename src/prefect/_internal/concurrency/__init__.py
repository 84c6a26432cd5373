"""Doors for packages that import private places of older versions; nothing of ours imports them."""
