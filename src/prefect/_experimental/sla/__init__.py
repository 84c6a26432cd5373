"""Door: service level agreements."""
