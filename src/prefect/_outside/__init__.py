"""What packages that build on this one import from places of older versions, and what we need nowhere ourselves.

Each module says who needs it. The doors under the names that they know (`prefect.utilities.engine`,
`prefect._internal.…`) hold imports alone.
"""
