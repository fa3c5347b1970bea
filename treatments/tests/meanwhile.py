"""What someone else does while a page is being put together."""

import contextlib

from django.db import connection


@contextlib.contextmanager
def after_first_read(model, act):
    """Within this, `act` is done once: as soon as rows of the model have been read from the database."""
    left = [act]

    def execute(run, sql, params, many, context):
        result = run(sql, params, many, context)
        if left and sql.startswith("SELECT") and f'FROM "{model._meta.db_table}"' in sql:
            left.pop()()
        return result

    with connection.execute_wrapper(execute):
        yield
    assert not left, "it was never read"
