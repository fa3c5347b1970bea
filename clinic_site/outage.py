"""What is away for a while and comes back by itself: a database that does not answer, a disk that is full."""

import errno

from django.db import InterfaceError, InternalError, OperationalError

#: The errors of a disk that takes nothing more.
DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
#: What PostgreSQL says of a standby that has not taken over yet: the SQLSTATE read_only_sql_transaction of its manual,
#: appendix A.
READ_ONLY = "25006"


def is_outage(error: BaseException | None) -> bool:
    """Whether this exception, or None, says that a later try may go well."""
    if isinstance(error, InternalError):
        return getattr(error.__cause__, "sqlstate", None) == READ_ONLY
    if isinstance(error, OSError):
        return error.errno in DISK_ERRORS
    return isinstance(error, (OperationalError, InterfaceError))
