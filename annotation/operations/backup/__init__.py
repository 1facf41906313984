"""All that an installation is, in one folder: every table's rows as of one moment, every stored file, and HASH_KEY.

Own COPY of each table and not pg_dump: its program would have to be there, and new enough, wherever Flywheel runs; a
restore in one transaction leaves an empty database where it is cut short; and rows as text go into a later PostgreSQL
as into the same one. The tables themselves are made by the migrations that the backup names.
"""

from annotation.operations.backup.making import make
from annotation.operations.backup.restoring import Restored, restore
from annotation.operations.backup.watching import Watch

__all__ = ["Restored", "Watch", "make", "restore"]
