"""Local models: a GGUF file, answered by a llama.cpp server inside this process."""

import importlib.util
import os
import secrets
import threading
from collections.abc import Generator, Iterable, Mapping
from typing import Any

from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.identity import ModelIdentity
from qualityslo.domain.outcome import Outcome
from qualityslo.errors import ModelError
from qualityslo.models.file_revision import file_revision
from qualityslo.models.gguf_file import read_model_path
from qualityslo.models.http_call import Timeouts
from qualityslo.models.openai_http import OpenAIHttp, read_timeouts
from qualityslo.models.parameters import Parameters
from qualityslo.models.prompt import read_prompt

_WHEEL = "xllamacpp"
_KEY = "LLAMA_SERVER_KEY"
_RETRIES = 4  # its connections break now and then under load; asking again costs little


class LlamaCpp:
    """Answers items with a local model, several at a time, over the same client as any server.

    Parameters of the spec:
        path, or package ("distribution" or "distribution:pattern", for a file that an installed
            package brings): the GGUF file; exactly one of the two is required.
        system, prompt, temperature (0), max_tokens (512), seed: shape the answers.
        slots (4), context_tokens (2048 for each slot), threads (all processors but one), timeout
            {connect_s 10, idle_s 600, total_s 1800}: how it is run; no part of the identity.
    """

    def __init__(self, *, environ: Mapping[str, str], **parameters: object) -> None:
        """Check the parameters and find the file; the server starts at the first `answer`.

        Raises:
            PluginError: parameters are wrong or unknown, the file is not there or no GGUF file,
                or the wheel with llama.cpp is not installed.
        """
        del environ  # a local model needs no secret
        read = Parameters("llama_cpp", parameters)
        if importlib.util.find_spec(_WHEEL) is None:
            read.note(f'{_WHEEL} is not installed: pip install "qualityslo[local]"')
        prompt = read_prompt(read)
        self._path = read_model_path(read)
        self._shape: dict[str, Any] = {
            "system": prompt.system,
            "prompt": prompt.template,
            "temperature": read.number("temperature", 0.0, positive=False),
            "max_tokens": read.integer("max_tokens", 512, at_least=1),
            "seed": read.optional_integer("seed"),
        }
        self._slots = read.integer("slots", 4, at_least=1)
        self._context = self._slots * read.integer("context_tokens", 2048, at_least=1)
        self._threads = read.integer("threads", _spare_processors(), at_least=1)
        self._timeouts = read_timeouts(read, Timeouts(idle_s=600.0, total_s=1800.0))
        read.finish()
        self._lock = threading.Lock()
        self._server: Any = None
        self._client: OpenAIHttp | None = None

    @property
    def identity(self) -> ModelIdentity:
        """The file's name and digest, and what shapes the answers."""
        return ModelIdentity(
            kind="llama_cpp",
            name=self._path.name,
            revision=file_revision(self._path),
            parameters=dict(self._shape),
        )

    def answer(self, items: Iterable[GoldenItem]) -> Generator[Outcome, None, None]:
        """Yield one outcome an item as they arrive, `slots` at a time.

        Raises:
            ModelError: llama.cpp cannot load the file.
        """
        yield from self._started().answer(items)

    def close(self) -> None:
        """Stop the server and free the model; a later `answer` starts it again."""
        with self._lock:
            client, self._client = self._client, None
            if client is not None:
                client.close()
            self._server = None  # its destructor stops it and joins its threads

    def _started(self) -> OpenAIHttp:
        with self._lock:
            if self._client is None:
                key = secrets.token_urlsafe()  # other users of this machine have no business here
                self._server = self._start(key)
                self._client = self._connect(self._server.listening_address, key)
            return self._client

    def _start(self, key: str) -> Any:
        """Return a running server on a free port of the loopback interface."""
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = str(self._path)
        params.model_alias = {self._path.name}
        params.hostnames = ["127.0.0.1"]
        params.port = 0
        params.api_keys = [key]
        params.n_parallel = self._slots
        params.n_ctx = self._context
        for processors in (params.cpuparams, params.cpuparams_batch):
            processors.n_threads = self._threads
            processors.poll = 0  # sleep between tokens instead of spinning
        params.verbosity = 0  # what goes wrong with an item is in its outcome
        params.ui = False
        params.endpoint_slots = False
        try:
            return xllamacpp.Server(params)
        except Exception as error:
            raise ModelError(
                f"llama.cpp cannot load {str(self._path)!r} ({error}): check that the file is"
                " whole and that there is memory for it and its context_tokens"
            ) from error

    def _connect(self, address: str, key: str) -> OpenAIHttp:
        timeouts = self._timeouts
        return OpenAIHttp(
            environ={_KEY: key},
            api_key_env=_KEY,
            base_url=f"{address}/v1",
            model=self._path.name,
            # Without the cache of the last prompt an answer depends on its item alone.
            extra={"cache_prompt": False},
            concurrency=self._slots,
            retries=_RETRIES,
            timeout={
                "connect_s": timeouts.connect_s,
                "idle_s": timeouts.idle_s,
                "total_s": timeouts.total_s,
            },
            **self._shape,
        )


def _spare_processors() -> int:
    """Return how many threads a model may use by default.

    llama.cpp's threads wait for each other in busy loops: where one of them has no processor of
    its own, because this process's client or a neighbour has it, all of them stand still.
    """
    return max(1, (os.cpu_count() or 1) - 1)
