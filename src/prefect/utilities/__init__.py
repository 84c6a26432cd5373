"""Small public tools that programs import from here: annotations, hashing, walking through collections."""
