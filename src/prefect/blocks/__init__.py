"""Blocks: typed, named configuration that programs share."""
