"""The least that asks an endpoint about a golden set: the floor that a client is held against.

    python bench/parts/bare_loop.py GOLDEN.jsonl ANSWERS.jsonl URL CONCURRENCY STREAM(true|false)

Reads items as JSON lines, asks with a fixed number of workers over one aiohttp session, looks for
the reference in the answer, appends a JSON line an answer. No retry, no limit, no journal.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import aiohttp  # noqa: TID253 - this file is the loop around it


def request(item: dict[str, Any], *, stream: bool) -> bytes:
    """Return the request about an item, as qualityslo's default prompt puts it."""
    content = f"Context:\n{item['context']}\n\nQuestion: {item['question']}"
    body: dict[str, Any] = {
        "model": "mock",
        "messages": [{"role": "user", "content": content}],
        "temperature": 0.0,
        "stream": stream,
    }
    if stream:
        body["stream_options"] = {"include_usage": True}
    return json.dumps(body).encode()


async def streamed(reply: aiohttp.ClientResponse, sent_at: float) -> tuple[str, float | None]:
    """Return the text of a streamed reply and the seconds to its first piece."""
    pieces: list[str] = []
    first = None
    async for line in reply.content:
        if not line.startswith(b"data: ") or line.startswith(b"data: [DONE]"):
            continue
        for choice in json.loads(line[6:])["choices"]:
            piece = choice["delta"].get("content")
            if piece:
                first = time.perf_counter() - sent_at if first is None else first
                pieces.append(piece)
    return "".join(pieces), first


async def worker(
    session: aiohttp.ClientSession, url: str, items: Iterator[str], out: IO[str], *, stream: bool
) -> None:
    """Ask about one item after the other until there is none left."""
    for line in items:
        item = json.loads(line)
        sent_at = time.perf_counter()
        async with session.post(url, data=request(item, stream=stream)) as reply:
            if stream:
                text, first = await streamed(reply, sent_at)
            else:
                text = (await reply.json())["choices"][0]["message"]["content"]
                first = None
        total = time.perf_counter() - sent_at
        good = any(one in text for one in item["references"])
        row = {"id": item["id"], "text": text, "good": good, "total_s": total, "ttft_s": first}
        out.write(json.dumps(row) + "\n")


async def ask(items: Iterator[str], out: IO[str], url: str, workers: int, *, stream: bool) -> None:
    """Ask about all items with some workers."""
    connector = aiohttp.TCPConnector(limit=0)
    headers = {"Content-Type": "application/json"}
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:
        await asyncio.gather(
            *(worker(session, url, items, out, stream=stream) for _ in range(workers))
        )


def main() -> None:
    """Ask about a whole golden set."""
    golden, answers, url, workers, stream = sys.argv[1:]
    with Path(golden).open(encoding="utf-8") as items, Path(answers).open("w") as out:
        asyncio.run(ask(items, out, url, int(workers), stream=stream == "true"))


if __name__ == "__main__":
    main()
