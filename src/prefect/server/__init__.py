"""The server's public paths; what is here so far re-exports values that programs import from it."""
