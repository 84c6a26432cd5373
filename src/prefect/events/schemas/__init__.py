"""What events and automations look like."""
