"""Tables of cases for pytest.mark.parametrize."""

import pytest


def one_in(number, cases):
    """The same cases, of which one in this number, from the first on, is tried after every save; the rest is `slow`.

    For tables whose cases cost something and are of one kind. Cases are values, tuples or pytest.param.
    """
    cases = list(cases)
    return [case if place % number == 0 else marked_slow(case) for place, case in enumerate(cases)]


def marked_slow(case):
    """The case with the mark; one that pytest.param made keeps its name and its other marks."""
    if isinstance(case, type(pytest.param())):
        return pytest.param(*case.values, id=case.id, marks=[*case.marks, pytest.mark.slow])
    values = case if isinstance(case, tuple | list) else (case,)
    return pytest.param(*values, marks=pytest.mark.slow)
