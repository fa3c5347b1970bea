"""What is away for a while and comes back by itself: a database that does not answer, a disk that is full."""

import errno

from django.db import InterfaceError, InternalError, OperationalError

#: The faults of a disk that takes nothing more.
DISK_FAULTS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
#: What PostgreSQL says of a standby that has not taken over yet; see its manual, appendix A.
READ_ONLY = "25006"


def is_outage(fault):
    """Whether this exception, or None, says that a later try may go well."""
    if isinstance(fault, InternalError):
        return getattr(fault.__cause__, "sqlstate", None) == READ_ONLY
    if isinstance(fault, OSError):
        return fault.errno in DISK_FAULTS
    return isinstance(fault, (OperationalError, InterfaceError))
