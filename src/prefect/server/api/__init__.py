"""Door: the server as an application."""
