"""What must be done again and again: each duty is a function of the database and the time; others own the loop."""
