"""The operations from outside; what is here so far re-exports the values that they take and give."""
