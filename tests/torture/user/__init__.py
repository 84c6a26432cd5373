"""Programs as users write them, which write into the ledgers what they do."""
