"""Every error of ours.

TidemarkError
├── SettingsError        a setting is missing or wrong
├── SetupError           something the machine must have is missing, too old or in the way
├── StackError           a server of the embedded stack did not come up, or died
├── MigrationError       the tables are not what the migrations say
├── SourceError          a source refuses us for good: keys, payment, rules
├── DeliveryError        Kafka did not take what a producer sent
├── StreamError          a job's stream ended: Spark or MySQL failed under it
├── LakeError            a table of the lake cannot be read, or takes no commit
└── FenceError           going on would lose or double events
    ├── GapError         a batch starts above the ledger
    ├── TopicReplacedError
    └── SecondDriverError
"""


class TidemarkError(Exception):
    """Says what, what was found, and what to do, in one line; the command prints it and exits with 1."""


class SettingsError(TidemarkError):
    """Raised when a setting is missing or wrong; names the variable."""


class SetupError(TidemarkError):
    """Raised when the machine lacks something; names it and how to get it."""


class StackError(TidemarkError):
    """Raised when a server does not come up or dies; names it and its log."""


class MigrationError(TidemarkError):
    """Raised when an applied migration was changed or is missing; names it."""


class SourceError(TidemarkError):
    """Raised when a source refuses us and trying again cannot help."""


class DeliveryError(TidemarkError):
    """Raised when Kafka does not acknowledge a record; the cursor stays before it, so nothing is lost."""


class StreamError(TidemarkError):
    """Raised when a job cannot go on; started again it resumes where the ledger is."""


class LakeError(TidemarkError):
    """Raised when a table of the lake cannot be read or takes no commit; names it."""


class FenceError(TidemarkError):
    """Raised when going on would lose or double events."""


class GapError(FenceError):
    """Raised when a batch starts above the ledger's next offset: what lies between was never stored."""


class TopicReplacedError(FenceError):
    """Raised when a topic was deleted and made anew: its offsets no longer mean what the ledger means."""


class SecondDriverError(FenceError):
    """Raised when another driver of the same job holds the lock."""
