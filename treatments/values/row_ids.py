"""Ids of rows as they come back from forms and addresses, where anything may have been typed."""

#: Digits of an id that both databases can hold.
LONGEST = 18


def row_id(text: object) -> int | None:
    """The id that a text is, or None for one that no row can have: databases refuse some of those with an error."""
    text = str(text)
    return int(text) if text.isdecimal() and len(text) <= LONGEST else None
