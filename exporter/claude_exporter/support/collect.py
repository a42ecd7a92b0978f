"""Gathers the evidence of a bundle: a check, an exporter's memory, Claude Code's version."""

from __future__ import annotations

import asyncio  # noqa: TID251  # this is the shell
import json
import shutil
from asyncio.subprocess import DEVNULL, PIPE  # noqa: TID251
from collections.abc import Mapping
from typing import Any, Final

import httpx

from claude_exporter.core.evaluator import Evaluator
from claude_exporter.runtime.checkup import check_up
from claude_exporter.runtime.clock import SystemClock
from claude_exporter.runtime.plan import Plan

from .evidence import Evidence, Running

EXPORTER: Final = "http://127.0.0.1:9529"
_DEADLINE: Final = 5.0
_ANSWER_LIMIT: Final = 8 * 1024 * 1024
_VERSION_LIMIT: Final = 200


async def collect(plan: Plan, exporter: str, environ: Mapping[str, str]) -> Evidence:
    """Check everything once, and ask the exporter at *exporter*; none of it can fail the other."""
    evaluator = Evaluator(plan.guide, plan.targets, page_max_age=plan.page_max_age)
    found, running, version = await asyncio.gather(
        check_up(plan, evaluator, SystemClock()), _ask(exporter), _claude_code(environ)
    )
    return Evidence(
        at=found.at,
        config=plan.config,
        tracked=found.tracked,
        pages=found.pages,
        judgements=found.judgements,
        running=running,
        claude_code=version,
    )


async def _ask(url: str) -> Running:
    base = url.rstrip("/")
    try:
        async with (
            asyncio.timeout(2 * _DEADLINE),
            httpx.AsyncClient(trust_env=False, timeout=_DEADLINE) as client,
        ):
            verdict = await _json(client, f"{base}/api/v1/verdict")
            history = await _json(client, f"{base}/api/v1/history")
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as error:
        return Running(where=base, problem=f"no answer: {type(error).__name__} {error}".rstrip())
    return Running(where=base, verdict=verdict, history=history)


async def _json(client: httpx.AsyncClient, url: str) -> dict[str, Any]:
    body = bytearray()
    async with client.stream("GET", url) as response:
        response.raise_for_status()
        async for part in response.aiter_bytes():
            body += part
            if len(body) > _ANSWER_LIMIT:
                raise ValueError(f"expected at most {_ANSWER_LIMIT} bytes, not more")
    value = json.loads(body)
    if not isinstance(value, dict):
        raise ValueError(  # noqa: TRY004  # the answer is wrong, not our code
            f"expected a JSON object, not {type(value).__name__}"
        )
    return value


async def _claude_code(environ: Mapping[str, str]) -> str:
    program = shutil.which("claude", path=environ.get("PATH"))
    if program is None:
        return "not on the PATH"
    try:
        process = await asyncio.create_subprocess_exec(
            program, "--version", stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL
        )
    except OSError as error:
        return f"cannot be run: {error.strerror}"
    return await _first_line(process)


async def _first_line(process: asyncio.subprocess.Process) -> str:
    try:
        async with asyncio.timeout(_DEADLINE):
            said, _ = await process.communicate()
    except TimeoutError:
        return f"no answer within {_DEADLINE:g} s"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    line = said.decode(errors="replace").strip().partition("\n")[0]
    return line[:_VERSION_LIMIT] or f"said nothing, exit status {process.returncode}"
