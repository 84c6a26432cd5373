"""What the server tells of events."""
