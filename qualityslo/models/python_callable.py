"""Models that are a Python function: anything that turns a question into an answer."""

import importlib
import inspect
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from itertools import islice
from pathlib import Path

from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.identity import ModelIdentity
from qualityslo.domain.outcome import Failure, Outcome, Response, Timing
from qualityslo.models.file_revision import file_revision
from qualityslo.models.parameters import Parameters
from qualityslo.models.reading import Arrival, failure, read_completion, read_text


class PythonCallable:
    """Answers items by calling a function of the user's.

    Parameters of the spec:
        target: "package.module:function"; required.
        pass_item (false): call it with the `GoldenItem` instead of its question.
        concurrency (1): how many calls run at a time, each in a thread; with 1 the calls run in
            the caller's own thread.

    The function returns a text, a chat completion as a dict, a `Response` or a `Failure`. What it
    raises becomes a `Failure`, code `exception`.
    """

    def __init__(self, *, environ: Mapping[str, str], **parameters: object) -> None:
        """Check the parameters and import the function.

        Raises:
            PluginError: parameters are wrong or unknown, or there is no such function.
        """
        del environ  # the function reads what it needs itself
        read = Parameters("python_callable", parameters)
        self._target = read.text("target")
        self._function = _load(read, self._target)
        self._pass_item = read.flag("pass_item", default=False)
        self._concurrency = read.integer("concurrency", 1, at_least=1)
        read.finish()

    @property
    def identity(self) -> ModelIdentity:
        """The function's name, and the digest of the file it is written in where there is one."""
        return ModelIdentity(
            kind="python_callable",
            name=self._target,
            revision=_source_revision(self._function),
            parameters={"pass_item": self._pass_item},
        )

    def answer(self, items: Iterable[GoldenItem]) -> Generator[Outcome, None, None]:
        """Yield one outcome an item, in order with one call at a time, else as they arrive.

        Closing the iterator waits for the calls in flight: a thread cannot be cut off.
        """
        if self._concurrency == 1:
            yield from map(self._ask, items)
            return
        source = iter(items)
        running: set[Future[Outcome]] = set()
        with ThreadPoolExecutor(self._concurrency, "python_callable") as pool:
            while True:
                room = self._concurrency - len(running)
                running |= {pool.submit(self._ask, item) for item in islice(source, room)}
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)

    def close(self) -> None:
        """Do nothing: no call outlives the iterator that made it."""

    def _ask(self, item: GoldenItem) -> Outcome:
        arrival = Arrival(item_id=item.id)
        begun = time.perf_counter()
        try:
            returned = self._function(item if self._pass_item else item.question)
        except Exception as error:  # noqa: BLE001 - a stranger's function may raise anything
            return failure(arrival, "exception", f"{type(error).__name__}: {error}")
        total = time.perf_counter() - begun
        return _read(returned, replace(arrival, timing=Timing(total_s=total)))


def _read(returned: object, arrival: Arrival) -> Outcome:
    match returned:
        case Response() | Failure():
            return replace(returned, item_id=arrival.item_id)
        case str():
            return read_text(returned, arrival)
        case dict():
            return read_completion(returned, arrival)
        case _:
            kinds = "a text, a chat completion (dict), a Response or a Failure"
            detail = f"the function returned {type(returned).__name__}, not {kinds}"
            return failure(arrival, "malformed", detail)


def _load(read: Parameters, target: str) -> Callable[[object], object]:
    """Return the function that `target` names; a fault is noted in `read`."""

    def nothing(_: object) -> object:
        return None

    module_name, _, path = target.partition(":")
    if not module_name or not path:
        if target:
            read.fault("target", "is not of the form package.module:function")
        return nothing
    found: object
    try:
        found = importlib.import_module(module_name)
        for name in path.split("."):
            found = getattr(found, name)
    except Exception as error:  # noqa: BLE001 - importing a stranger's module may raise anything
        hint = "the module must be installed, or its folder on PYTHONPATH"
        read.fault("target", f"cannot be loaded ({type(error).__name__}: {error}); {hint}")
        return nothing
    if not callable(found) or inspect.iscoroutinefunction(found):
        read.fault("target", "is not a function, or is an async one: give a plain function")
        return nothing
    return found


def _source_revision(function: Callable[[object], object]) -> str:
    try:
        path = inspect.getsourcefile(inspect.unwrap(function))
    except TypeError:
        return ""
    if path is None or not Path(path).is_file():
        return ""
    return file_revision(Path(path))
