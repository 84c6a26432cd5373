"""Locks that keep runs apart which share a cache key."""
