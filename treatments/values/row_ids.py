"""Ids of rows as they come back from forms and addresses, where anything may have been typed.

Whatever reads an id from a text reads it here. An address with `<int:pk>` is read by Django, digits alone; a query for
one row by an id that is too large finds none.
"""

#: Digits of an id that both databases can hold.
LONGEST = 18


def row_id(text: object) -> int | None:
    """The id that a text is, or None for one that no row can have: databases refuse some of those with an error."""
    text = str(text)
    return int(text) if text.isdecimal() and len(text) <= LONGEST else None
