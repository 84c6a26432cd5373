"""Leases of slots, kept elsewhere than in the database, by another server (prefect-redis); ours keeps them there."""

from prefect.exceptions import NotOfThisServer

raise NotOfThisServer(__name__)
