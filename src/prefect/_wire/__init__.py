"""How values look in JSON: the bodies and answers of the REST API, a file a noun.

Here foreign data comes in, so here it is checked (pydantic). A body turns into values of `_domain`, a value into an
answer, and nothing below this floor sees either. Fields have the names of the REST API.
"""
