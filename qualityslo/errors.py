"""Every error that qualityslo raises on purpose.

    QualitySloError                    exit code
    |- UsageError                      2   a mistake of the caller: fix the input, run again
    |  |- SpecError                        the YAML spec
    |  |- GoldenSetError                   a golden set or its card
    |  |- LabelError                       a file of labels
    |  |- PluginError                      an unknown or broken plug-in
    |  `- StatsError                       impossible numbers handed to the statistics
    `- InfrastructureError             4   a broken world: run again, nothing is lost
       |- StoreError                       the fact store
       `- ModelError                       a model that cannot answer at all

Expected outcomes (a model that failed on one item, a grader without a conclusion) are values,
never exceptions: see `qualityslo.domain.outcome`.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of every command (design section 6); other programs rely on them."""

    PASS = 0
    FINDING = 1
    USAGE = 2
    INCONCLUSIVE = 3
    INFRASTRUCTURE = 4
    INTERRUPTED = 130


class QualitySloError(Exception):
    """Base of all errors raised on purpose; its text is shown to a person as it is."""

    exit_code = ExitCode.USAGE


class UsageError(QualitySloError):
    """The caller made a mistake; the text says what, where, which value, and the remedy."""


class SpecError(UsageError):
    """The spec is not usable; lists every fault at once."""


class GoldenSetError(UsageError):
    """A golden set or its card is not usable; lists every fault with file and line."""


class LabelError(UsageError):
    """A file of labels is not usable; lists every fault with file and line. Nothing was stored."""


class PluginError(UsageError):
    """A plug-in is unknown, cannot be loaded, or refuses its parameters."""


class StatsError(UsageError, ValueError):
    """Numbers that no sample can have, such as more bad than labelled."""


class InfrastructureError(QualitySloError):
    """Something outside failed; committed facts are safe and the same command resumes."""

    exit_code = ExitCode.INFRASTRUCTURE


class StoreError(InfrastructureError):
    """The fact store cannot be opened, read or written."""


class ModelError(InfrastructureError):
    """A model cannot be started, or answers nothing at all."""


# The order in which one code hides another when a command has several conclusions.
_WORST_FIRST = (
    ExitCode.INTERRUPTED,
    ExitCode.USAGE,
    ExitCode.INFRASTRUCTURE,
    ExitCode.FINDING,
    ExitCode.INCONCLUSIVE,
    ExitCode.PASS,
)


def worst(*codes: ExitCode) -> ExitCode:
    """Return the code that wins in the order 2 > 4 > 1 > 3 > 0; no code at all is a pass.

    >>> worst(ExitCode.PASS, ExitCode.INCONCLUSIVE, ExitCode.FINDING)
    <ExitCode.FINDING: 1>
    """
    return min(codes, key=_WORST_FIRST.index, default=ExitCode.PASS)
