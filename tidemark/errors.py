"""Every error that Tidemark raises, and which of them need a person (*): a restart would only repeat them.

TidemarkError
├── SettingsError *      a setting is missing or wrong
│   ├── RefusedError *   a server refuses the account
│   └── UnreachableError a server does not answer, which may pass
├── SetupError *         something the machine must have is missing, too old or in the way
│   └── UnpreparedError  `tidemark prepare` has not made it yet
├── StackError           a server of the embedded stack did not come up, or died
├── MigrationError *     the tables are not what the migrations say
├── SourceError *        a source refuses us for good: keys, payment, rules
├── DeliveryError        Kafka did not acknowledge what a producer sent
│   └── BacklogFullError too much waits for Kafka's acknowledgement to send more
├── StreamError          a job's stream ended: Spark or MySQL failed under it
│   └── MysqlAwayError   MySQL did not accept what Spark wrote, which may pass
├── LakeError            a table of the lake cannot be read, or accepts no commit
│   └── DamagedLakeError * what is damaged is too old to be read again from Kafka
└── FenceError           continuing would lose or double events
    ├── GapError *       a batch starts above the ledger
    ├── TopicReplacedError *
    └── SecondDriverError
"""

from typing import ClassVar, Final

EX_CONFIG: Final = 78
"""From sysexits.h: supervisors do not restart what ends with it (RestartPreventExitStatus=78)."""


class TidemarkError(Exception):
    """One line: what is wrong, what was found, what to do. The command prints it and exits with 1."""

    needs_person: ClassVar[bool] = False


def exit_code(error: TidemarkError) -> int:
    """Return the exit code of a job or a producer: EX_CONFIG if a restart cannot help."""
    return EX_CONFIG if error.needs_person else 1


class SettingsError(TidemarkError):
    """Raised when a setting is missing or wrong; names the variable."""

    needs_person = True


class RefusedError(SettingsError):
    """Raised when a server refuses the account or its password; `tidemark prepare` makes accounts."""


class UnreachableError(SettingsError):
    """Raised when a server does not answer; names the setting that may be wrong."""

    needs_person = False


class SetupError(TidemarkError):
    """Raised when the machine lacks something; names it and how to get it."""

    needs_person = True


class UnpreparedError(SetupError):
    """Raised when what `tidemark prepare` makes is missing; it may be running at this moment."""

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


class BacklogFullError(DeliveryError):
    """Raised when too many bytes are unacknowledged for another event; it may pass within
    seconds."""


class StreamError(TidemarkError):
    """Raised when a job cannot continue; after a restart it resumes at the ledger's offsets."""


class MysqlAwayError(StreamError):
    """Raised when MySQL does not accept what Spark's executors write, being away or locked: it may pass."""


class LakeError(TidemarkError):
    """Raised when a table of the lake cannot be read or accepts no commit; names it."""


class DamagedLakeError(LakeError):
    """Raised when files of a table are damaged and cannot be restored; names one, and what to do."""

    needs_person = True


class FenceError(TidemarkError):
    """Raised when continuing would lose or double events."""


class GapError(FenceError):
    """Raised when a batch starts above the ledger's next offset: records between them were never stored."""

    needs_person = True


class TopicReplacedError(FenceError):
    """Raised when a topic was deleted and created again: the ledger's offsets are of the former one."""

    needs_person = True


class SecondDriverError(FenceError):
    """Raised when another driver of the same job holds the lock."""
