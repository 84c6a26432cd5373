"""Builds the site out of the pages beside it and out of what the code says of itself: `python -m docs.building`."""
