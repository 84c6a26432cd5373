"""The name that the server had in older programs; what they import from it is here."""
