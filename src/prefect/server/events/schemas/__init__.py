"""What events look like to the server."""
