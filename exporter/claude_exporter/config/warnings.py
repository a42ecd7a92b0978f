"""What is allowed in a configuration and yet deserves a word."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from claude_exporter.config.errors import shown_text
from claude_exporter.config.model import WEBHOOK_SECRET_LENGTH, Config
from claude_exporter.config.secrets import Secret, SecretError, secrets_in


def warnings_of(config: Config) -> tuple[str, ...]:
    """Say which secrets cannot be read now, and which would be sent without TLS."""
    return tuple(_warnings(config))


def _warnings(config: Config) -> Iterator[str]:
    for target in config.build_targets():
        secrets = list(secrets_in(target.options))
        problems = (_problem(secret) for secret in secrets)
        yield from (f"target {target.name}: {problem}" for problem in problems if problem)
        if secrets and _in_the_open(target.address):
            wanted = "expected https:// where a secret is sent"
            yield f"target {target.name}: {wanted}, not {shown_text(target.address)}"
    for page in config.status_pages:
        if page.webhook_secret and (problem := _problem_of_webhook(page.webhook_secret)):
            yield f"status page {page.name}: {problem}"
    for secret in secrets_in(config.community):
        if problem := _problem(secret):
            yield f"community: {problem}"


def _problem_of_webhook(secret: Secret) -> str | None:
    problem = _problem(secret)
    if problem or len(secret.reveal()) >= WEBHOOK_SECRET_LENGTH:
        return problem
    wanted = f"expected a webhook_secret of at least {WEBHOOK_SECRET_LENGTH} characters"
    return f"{wanted}, not of {len(secret.reveal())}: nothing is taken"


def _problem(secret: Secret) -> str | None:
    try:
        secret.reveal()
    except SecretError as exc:
        return str(exc)
    return None


def _in_the_open(address: str) -> bool:
    url = urlsplit(address)
    return url.scheme == "http" and not _is_loopback(url.hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
