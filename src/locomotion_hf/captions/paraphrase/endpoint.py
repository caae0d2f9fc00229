"""Any OpenAI-compatible server by its URL: vLLM, TGI, llama.cpp's server, `transformers serve`, or one you pay for.

huggingface_hub's `InferenceClient` refuses every URL, this machine's own too, while HF_HUB_OFFLINE=1; so the client
here is plain `httpx2`, the library that it is made of. A server that hangs, refuses, talks nonsense or never stops
talking costs one request its tries, and a server that does nothing else ends the run.
"""

from __future__ import annotations

import asyncio
import json
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from locomotion_hf.errors import CaptionError
from locomotion_hf.randomness import stable_hash

from .asking import Answer, Request, Sampling

if TYPE_CHECKING:
    import httpx2

#: A body may have so many bytes; three sentences and what servers add to them have about 2,000.
MAX_BODY = 1_000_000
#: Statuses that a later try may not meet: too early, too many requests, time-outs and faults of the server.
PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
#: Statuses that every request will meet: no right, no such model or route.
HOPELESS = frozenset({401, 402, 403, 404, 405})
MAX_WAIT = 60.0


@dataclass(frozen=True)
class Patience:
    """How long to put up with a server. The defaults are our own choice.

    Attributes:
        concurrency: requests in flight; batching servers want 16 or more.
        timeout: seconds for one try, from connecting to the last byte.
        tries: for each request.
        first_wait: seconds before the second try; doubled for each further one, at most 60. A server that says
            Retry-After is obeyed, within the same 60 seconds.
        give_up_after: failed tries in a row, over all requests, that end the run.
        deadline: seconds for the whole run; None for no limit.
    """

    concurrency: int = 8
    timeout: float = 120.0
    tries: int = 4
    first_wait: float = 1.0
    give_up_after: int = 24
    deadline: float | None = None

    def __post_init__(self) -> None:
        whole = min(self.concurrency, self.tries, self.give_up_after) >= 1
        if not (whole and self.timeout > 0 and self.first_wait >= 0 and (self.deadline is None or self.deadline > 0)):
            raise CaptionError(
                f"{self}.", "1 or more of each, and seconds above 0.", "change the one that is outside."
            )


class EndpointParaphraser:
    """Ask a chat model behind `<url>/chat/completions`.

    The server draws the tokens, and should go by the seed and temperature that are sent. `transformers serve` does
    so only where the model's own generation config says `do_sample`; else it gives one reply to all seeds.

    Args:
        url: of the server's API, for example `http://127.0.0.1:8000/v1`; `/v1` is added to a bare host.
        model: as the server calls it; by default the only one that it lists.
        revision: what is served, as far as you know it: servers do not say. It belongs to the record and the cache.
        sampling: how to draw; `top_k` is not sent.
        patience: when to try again and when to stop.
        system_role: False for a model whose chat template knows none.
        api_key: sent as a bearer token; never recorded.

    Raises:
        CaptionError: the URL is none, or no model is named and the server does not list exactly one.
    """

    def __init__(
        self,
        url: str,
        model: str = "",
        revision: str = "not stated",
        sampling: Sampling | None = None,
        patience: Patience | None = None,
        system_role: bool = True,
        api_key: str = "",
    ) -> None:
        self.url = _api(url)
        self.patience = patience or Patience()
        self.sampling = sampling or Sampling()
        self.system_role = system_role
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self.model = model or self._only_model()
        self.revision = revision
        self.settings: dict[str, Any] = {
            "temperature": self.sampling.temperature,
            "top_p": self.sampling.top_p,
            "max_new_tokens": self.sampling.max_new_tokens,
            "system_role": system_role,
        }

    def answers(self, requests: Sequence[Request]) -> Iterator[Answer]:
        """An answer to each request as soon as it is there; see `Paraphraser`.

        Raises:
            CaptionError: too many tries failed in a row, the deadline has passed, or the server says that no request
                can succeed (no such model, no right). What was yielded before stands.
        """
        # A thread of its own, for a notebook already runs a loop in the main one.
        crew = _Crew(self, requests)
        thread = threading.Thread(target=crew.run, daemon=True)
        thread.start()
        try:
            while not isinstance(done := crew.done.get(), _End):
                answer, worker_may_go_on = done
                yield answer
                worker_may_go_on()
            if done.error:
                raise done.error
        finally:
            crew.stop()
            thread.join()

    def body(self, request: Request) -> dict[str, Any]:
        """What is posted."""
        return {
            "model": self.model,
            "messages": request.prompt.messages(request.caption, self.system_role),
            "seed": request.seed,
            "stream": False,
            "temperature": self.sampling.temperature,
            "top_p": self.sampling.top_p,
            "max_tokens": self.sampling.max_new_tokens,
        }

    def client(self) -> httpx2.AsyncClient:
        """A client for one run; closed by its caller."""
        import httpx2

        limits = httpx2.Limits(max_connections=self.patience.concurrency)
        tls = self.url.startswith("https:")  # reading the certificates takes longer than a local server's answer
        return httpx2.AsyncClient(headers=self._headers, timeout=self.patience.timeout, limits=limits, verify=tls)

    def _only_model(self) -> str:
        import httpx2

        expected = "a server that lists one model under /models."
        try:
            reply = httpx2.get(f"{self.url}/models", headers=self._headers, timeout=min(self.patience.timeout, 30.0))
            reply.raise_for_status()
            names = [str(entry["id"]) for entry in reply.json()["data"]]
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, KeyError, TypeError) as error:
            raise CaptionError(
                f"{self.url} does not say which models it serves ({_words(error)}).",
                expected,
                "start it, mend the URL, or name the model.",
            ) from error
        if len(names) != 1:
            listed = ", ".join(names[:10]) or "none"
            raise CaptionError(f"{self.url} serves {len(names)} models ({listed}).", expected, "name one.")
        return names[0]


@dataclass(frozen=True)
class _End:
    """Nothing more comes.

    Attributes:
        error: why, if not because all is answered.
    """

    error: BaseException | None


class _Crew:
    """Workers that share a list of requests, a count of failures and a clock. Lives in one thread.

    Attributes:
        done: answers, each with what lets its worker go on, and an end. A worker asks nothing new until its last
            answer was taken and kept: whoever is killed has lost no more answers than there are workers.
    """

    def __init__(self, endpoint: EndpointParaphraser, requests: Sequence[Request]) -> None:
        self.endpoint, self.patience = endpoint, endpoint.patience
        self.todo = iter(requests)
        self.done: queue.Queue[tuple[Answer, Callable[[], None]] | _End] = queue.Queue()
        self.failed_in_a_row = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._ready = threading.Event()

    def run(self) -> None:
        """Answer all; puts answers, and an end."""
        end: BaseException | None = None
        try:
            asyncio.run(self._all())
        except* CaptionError as group:
            end = group.exceptions[0]
        except* asyncio.CancelledError:
            pass
        except* BaseException as group:
            end = group
        finally:
            self._ready.set()
            self.done.put(_End(end))

    def stop(self) -> None:
        """Cancel what is in flight. From another thread."""
        self._ready.wait()
        if self._loop and self._task:
            with suppress(RuntimeError):  # the loop has ended by itself
                self._loop.call_soon_threadsafe(self._task.cancel)

    async def _all(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        self._ready.set()
        try:
            async with (
                asyncio.timeout(self.patience.deadline),
                self.endpoint.client() as client,
                asyncio.TaskGroup() as workers,
            ):
                for _ in range(self.patience.concurrency):
                    workers.create_task(self._work(client))
        except TimeoutError as error:
            raise CaptionError(
                f"The {self.patience.deadline:g} seconds for this run have passed.",
                "all answers within them.",
                "give the same command again: what is in the ledger is not asked again.",
            ) from error

    async def _work(self, client: httpx2.AsyncClient) -> None:
        loop, kept = asyncio.get_running_loop(), asyncio.Event()
        for request in self.todo:
            kept.clear()
            self.done.put((await self._answer(client, request), lambda: self._wake(loop, kept)))
            await kept.wait()

    @staticmethod
    def _wake(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
        with suppress(RuntimeError):  # the loop has ended, at its deadline or by an error
            loop.call_soon_threadsafe(event.set)

    async def _answer(self, client: httpx2.AsyncClient, request: Request) -> Answer:
        import httpx2

        failure = ""
        for attempt in range(self.patience.tries):
            wait = min(MAX_WAIT, self.patience.first_wait * 2**attempt)
            # Spread by up to a half, so that clients that failed together do not come back together.
            wait *= 1 + stable_hash(request.seed, attempt) % 1000 / 2000
            try:
                async with asyncio.timeout(self.patience.timeout):
                    status, headers, body = await self._post(client, request)
                if status == 200:
                    text, cut = _said(body)
                    self.failed_in_a_row = 0
                    return Answer(request, text, cut)
                failure = f"status {status}: {_excerpt(body)}"
                if status in HOPELESS:
                    raise CaptionError(
                        f"{self.endpoint.url} answers {failure}",
                        f"a server that serves {self.endpoint.model!r} to this key.",
                        "see the URL, the model's name and the key; what is in the ledger is not asked again.",
                    )
                if status not in PASSING:  # asking the same again would not help
                    self._count(failure)
                    return Answer(request, "", failure=failure)
                wait = max(wait, _retry_after(headers.get("retry-after", "")))
            except TimeoutError:
                failure = f"no answer within {self.patience.timeout:g} seconds"
            except (httpx2.HTTPError, httpx2.StreamError, OSError, ValueError) as error:
                failure = _words(error)
            self._count(failure)
            if attempt + 1 < self.patience.tries:
                await asyncio.sleep(wait)
        return Answer(request, "", failure=failure)

    async def _post(self, client: httpx2.AsyncClient, request: Request) -> tuple[int, httpx2.Headers, bytes]:
        url, body = f"{self.endpoint.url}/chat/completions", b""
        async with client.stream("POST", url, json=self.endpoint.body(request)) as reply:
            async for chunk in reply.aiter_bytes():
                body += chunk
                if len(body) > MAX_BODY:
                    raise ValueError(f"a reply of more than {MAX_BODY:,} bytes")
            return reply.status_code, reply.headers, body

    def _count(self, failure: str) -> None:
        self.failed_in_a_row += 1
        if self.failed_in_a_row >= self.patience.give_up_after:
            raise CaptionError(
                f"{self.failed_in_a_row} tries in a row failed at {self.endpoint.url}; the last: {failure}.",
                "a server that answers.",
                "see to the server and give the same command again: what is in the ledger is not asked again.",
            )


def _api(url: str) -> str:
    """The URL that `/chat/completions` is added to."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url.strip())
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        raise CaptionError(f"{url!r} is no URL of a server.", "one like http://127.0.0.1:8000/v1.", "mend it.")
    path = parts.path.rstrip("/").removesuffix("/chat/completions")
    return f"{parts.scheme}://{parts.netloc}{path or '/v1'}"


def _said(body: bytes) -> tuple[str, bool]:
    """The text of a chat completion, and whether it broke off. Raises `ValueError` for anything else."""
    try:
        choice = json.loads(body.decode("utf-8", "replace"))["choices"][0]
        text = choice["message"]["content"]
        if not isinstance(text, str):
            raise TypeError
        return text, choice.get("finish_reason") == "length"
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"no chat completion but {_excerpt(body)}") from error


def _retry_after(value: str) -> float:
    """Seconds, at most 60. A date is not worth reading: the usual wait does as well."""
    try:
        return min(MAX_WAIT, max(0.0, float(value)))
    except ValueError:
        return 0.0


def _excerpt(body: bytes) -> str:
    return repr(" ".join(body[:200].decode("utf-8", "replace").split()))


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if type(error) is not ValueError else str(error)
