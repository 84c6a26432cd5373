"""The same programs on this package and on its peers: `python -m benchmarks`."""
