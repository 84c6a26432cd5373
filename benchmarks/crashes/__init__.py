"""What `kill -9` costs, here and elsewhere: `python -m benchmarks.crashes`."""
