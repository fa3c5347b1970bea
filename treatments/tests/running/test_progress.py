"""A long command says how far it is, to whoever sits before it."""

import io

import pytest
from django.core.management.base import OutputWrapper

from treatments.management.progress import shown


@pytest.mark.parametrize(("is_terminal", "said"), [(True, "\rErasing: 1 of 2\rErasing: 2 of 2\n"), (False, "")])
def test_progress_is_shown_on_a_terminal_alone(is_terminal, said, monkeypatch):
    out = io.StringIO()
    monkeypatch.setattr(out, "isatty", lambda: is_terminal)

    assert list(shown(["a", "b"], OutputWrapper(out), "Erasing")) == ["a", "b"]
    assert out.getvalue() == said
