"""Every error of ours, and which of them need a person (*): started again, they would only come
again.

TidemarkError
├── SettingsError *      a setting is missing or wrong
│   ├── RefusedError *   a server refuses the account
│   └── UnreachableError a server does not answer, which may come by itself
├── SetupError *         something the machine must have is missing, too old or in the way
│   └── UnpreparedError  `tidemark prepare` has not made it yet
├── StackError           a server of the embedded stack did not come up, or died
├── MigrationError *     the tables are not what the migrations say
├── SourceError *        a source refuses us for good: keys, payment, rules
├── DeliveryError        Kafka did not take what a producer sent
├── StreamError          a job's stream ended: Spark or MySQL failed under it
│   └── MysqlAwayError   MySQL did not take what Spark wrote, which may pass
├── LakeError            a table of the lake cannot be read, or takes no commit
│   └── DamagedLakeError * what is damaged is too old to be read again from Kafka
└── FenceError           going on would lose or double events
    ├── GapError *       a batch starts above the ledger
    ├── TopicReplacedError *
    └── SecondDriverError
"""

from typing import ClassVar, Final

EX_CONFIG: Final = 78
"""Of sysexits.h: supervisors are told not to start again what ends so
(RestartPreventExitStatus=78)."""


class TidemarkError(Exception):
    """Says what, what was found, and what to do, in one line; the command prints it and exits with
    1."""

    needs_person: ClassVar[bool] = False


def exit_code(error: TidemarkError) -> int:
    """Return what a job or a producer ends with: EX_CONFIG where starting it again cannot help."""
    return EX_CONFIG if error.needs_person else 1


class SettingsError(TidemarkError):
    """Raised when a setting is missing or wrong; names the variable."""

    needs_person = True


class RefusedError(SettingsError):
    """Raised when a server refuses the account or its password; until `tidemark prepare` has run
    there is none."""


class UnreachableError(SettingsError):
    """Raised when a server does not answer; names the setting that may be wrong."""

    needs_person = False


class SetupError(TidemarkError):
    """Raised when the machine lacks something; names it and how to get it."""

    needs_person = True


class UnpreparedError(SetupError):
    """Raised when what `tidemark prepare` makes is not there, which may be at work elsewhere at
    this moment."""

    needs_person = False


class StackError(TidemarkError):
    """Raised when a server does not come up or dies; names it and its log."""


class MigrationError(TidemarkError):
    """Raised when an applied migration was changed or is missing; names it."""

    needs_person = True


class SourceError(TidemarkError):
    """Raised when a source refuses us and trying again cannot help."""

    needs_person = True


class DeliveryError(TidemarkError):
    """Raised when Kafka does not acknowledge a record; the cursor stays before it, so nothing is
    lost."""


class StreamError(TidemarkError):
    """Raised when a job cannot go on; started again it resumes where the ledger is."""


class MysqlAwayError(StreamError):
    """Raised when MySQL does not take what Spark's executors write, since it is away, or a lock
    was: it may pass."""


class LakeError(TidemarkError):
    """Raised when a table of the lake cannot be read or takes no commit; names it."""


class DamagedLakeError(LakeError):
    """Raised when files of a table are damaged and cannot be made again; names one, and what to
    do."""

    needs_person = True


class FenceError(TidemarkError):
    """Raised when going on would lose or double events."""


class GapError(FenceError):
    """Raised when a batch starts above the ledger's next offset: what lies between was never
    stored."""

    needs_person = True


class TopicReplacedError(FenceError):
    """Raised when a topic was deleted and made anew: its offsets no longer mean what the ledger
    means."""

    needs_person = True


class SecondDriverError(FenceError):
    """Raised when another driver of the same job holds the lock."""
