"""Loaded by every interpreter of a torture before anything else: the shorter leases, and the mutant, if any."""

from tests.torture.mutants import plant

plant()
