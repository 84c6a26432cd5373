"""Help for testing programs that use this package."""
