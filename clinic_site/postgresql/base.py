"""Django's PostgreSQL backend with an end to waiting: a server that hangs keeps to no limit of its own."""

import contextlib
from collections.abc import Iterator
from typing import Any

import psycopg
from django.db import DatabaseError
from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus

#: How long the server may take for one answer, in seconds: longer than its own limits of a lock and a statement.
PATIENCE = 10


class DatabaseWrapper(base.DatabaseWrapper):
    #: In seconds; None waits as long as it takes.
    patience: float | None = PATIENCE

    def get_new_connection(self, parameters: dict[str, Any]) -> psycopg.Connection:
        """A psycopg connection that is closed with an OperationalError when the server does not answer in time."""
        connection: psycopg.Connection = super().get_new_connection(parameters)
        # All that psycopg waits for on an open connection goes through this one method.
        wait = connection.wait

        def wait_within_limit(*arguments: Any, **options: Any) -> Any:
            try:
                return wait(*arguments, **{"timeout": self.patience, **options})
            except psycopg.OperationalError:
                if connection.pgconn.transaction_status == TransactionStatus.ACTIVE:
                    # The answer may still come, and would be taken for that of the next question.
                    connection.pgconn.finish()
                raise

        connection.wait = wait_within_limit  # type: ignore[method-assign]  # psycopg has no such limit to set.
        return connection

    @contextlib.contextmanager
    def without_limits(self) -> Iterator[None]:
        """Inside, statements and locks may take as long as they need: for a start, which changes tables."""
        self.patience = None
        with self.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            cursor.execute("SET lock_timeout = 0")
        try:
            yield
        finally:
            self.patience = PATIENCE
            # A connection on which that is not possible any more serves nobody else.
            with contextlib.suppress(DatabaseError), self.cursor() as cursor:
                cursor.execute("RESET statement_timeout")
                cursor.execute("RESET lock_timeout")
