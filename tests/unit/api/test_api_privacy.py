"""The key is sent and never told."""

import json

import pytest
from support.wire import answers, connector, says, serve

from claude_exporter.core.model import Surface, Target
from claude_exporter.probers.api import probe_api
from claude_exporter.probers.api_options import ApiOptions
from claude_exporter.probers.spec import ProbeContext

KEY = "sk-ant-marked-secret-41"

ERROR = {"type": "error", "error": {"type": "authentication_error", "message": f"no: {KEY}"}}
EVENT = b"event: error\ndata: " + json.dumps(ERROR).encode() + b"\n\n"
STREAM = b"HTTP/1.1 200 OK\r\nrequest-id: " + KEY.encode() + b"\r\n\r\n" + EVENT

ECHOES = {
    "in an error": ("models", answers(401, json.dumps(ERROR).encode(), request_id=KEY)),
    "cut by the limit of a detail": (
        "models",
        answers(401, json.dumps({"error": {"type": "x", "message": "y" * 185 + KEY}}).encode()),
    ),
    "inside a stream": ("message", says(STREAM)),
}


@pytest.mark.parametrize(("kind", "act"), ECHOES.values(), ids=ECHOES)
async def test_a_key_that_comes_back_is_not_passed_on(kind, act, purse):
    """A server that repeats the key finds it in its own request only."""
    asked = {"kind": kind, "model": "claude-haiku-4-5", "key": {"env": "KEY"}}
    options = ApiOptions.model_validate(asked, context={"environ": {"KEY": KEY}})
    async with serve(act) as wire:
        target = Target(
            name="probed",
            surface=Surface.API,
            prober="api",
            address=wire.url,
            options=options,
        )
        context = ProbeContext(connector=connector(), user_agent="test", purse=purse)
        found = await probe_api(target, context)
        assert f"x-api-key: {KEY}".encode() in wire.requests[0]
    assert not found.success
    assert "sk-ant" not in f"{found!r} {target!r} {options.model_dump_json()}"
