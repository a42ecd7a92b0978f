"""A file says only what differs from the built-in default; the result is frozen and typed."""

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from claude_exporter.config import Config, ConfigErrors, PageConfig, TargetConfig, load_config
from claude_exporter.config.load import MAX_FILE
from claude_exporter.core.model import Surface, Target
from claude_exporter.probers.spec import NetworkSettings

CONTROLS = ["control-google", "control-apple", "control-microsoft", "control-cloudflare"]
BUILT_IN = [
    "api-models",
    "code-api",
    "code-login",
    "code-downloads",
    "web",
    "console",
    *CONTROLS,
]
MINE = "{name: mine, surface: api, prober: tcp, address: 'h:1'}"


def names(config):
    return [target.name for target in config.build_targets()]


def target(config, name):
    [found] = [target for target in config.build_targets() if target.name == name]
    return found


def test_default_needs_no_file():
    """The built-in default is complete: real probers, no key, no file."""
    config = load_config(None, {})

    assert names(config) == BUILT_IN
    assert not [target.name for target in config.build_targets() if target.keyed]
    assert {(t.interval, t.timeout) for t in config.build_targets()} == {(30.0, 10.0)}
    assert config.status_pages == (
        PageConfig(
            name="claude",
            url="https://status.claude.com",
            aliases=("https://anthropic.statuspage.io",),
            page_id="tymt9n04zgry",
            interval=60.0,
            timeout=10.0,
            max_body=5 * 2**20,
            max_age=300.0,
            components={
                "rwppv331jlwc": Surface.WEB,
                "0qbwn08sd68x": Surface.CONSOLE,
                "k8w3r06qmzrp": Surface.API,
                "yyzkbfz2thpt": Surface.CODE,
            },
        ),
    )
    assert (config.max_in_flight, config.guide) == (256, None)
    assert config.state.file is None
    assert config.network_settings() == NetworkSettings(connect_to={})


def test_default_surfaces():
    """Every surface is probed, and what only helps never fails its surface alone."""
    seen = {t.name: (t.surface, t.part, t.essential) for t in load_config(None, {}).build_targets()}

    assert seen == {
        "api-models": (Surface.API, "main", True),
        "code-api": (Surface.CODE, "main", True),
        "code-login": (Surface.CODE, "login", False),
        "code-downloads": (Surface.CODE, "downloads", False),
        "web": (Surface.WEB, "main", True),
        "console": (Surface.CONSOLE, "main", True),
        **dict.fromkeys(CONTROLS, (Surface.CONTROL, "main", True)),
    }


MERGES = {
    "an empty list changes nothing": ("targets: []", BUILT_IN),
    "a new name is added behind": (f"targets: [{MINE}]", [*BUILT_IN, "mine"]),
    "a known name keeps its place": ("targets: [{name: web, interval: 31s}]", BUILT_IN),
    "enabled: false removes": (
        "targets: [{name: web, enabled: false}]",
        [name for name in BUILT_IN if name != "web"],
    ),
    "default_targets: false starts from none": (
        f"default_targets: false\nallow_no_control: true\ntargets: [{MINE}]",
        ["mine"],
    ),
    "no target at all is a choice": ("default_targets: false\nallow_no_control: true", []),
    "default_targets: true changes nothing": ("default_targets: true", BUILT_IN),
}


@pytest.mark.parametrize(("text", "wanted"), MERGES.values(), ids=MERGES)
def test_merge(load, text, wanted):
    """Targets merge by name over the built-in ones."""
    assert names(load(text)) == wanted


def test_known_name_overrides_key_by_key(load, probers):
    """What the file leaves out, options included, stays as it is built in."""
    config = load("targets: [{name: code-api, interval: 37s, options: {method: HEAD}}]")

    assert target(config, "code-api") == Target(
        name="code-api",
        surface=Surface.CODE,
        prober="http",
        address="https://api.anthropic.com/v1/messages",
        interval=37.0,
        timeout=10.0,
        options=probers["http"].options(
            method="HEAD",
            body="{}",
            headers={"content-type": "application/json"},
            expect="keyless",
        ),
    )


def test_another_prober_takes_no_built_in_options(load, probers):
    """Under another prober the built-in options mean nothing, so they are gone."""
    config = load("targets: [{name: code-api, prober: tcp, address: 'api.anthropic.com:443'}]")

    assert target(config, "code-api").options == probers["tcp"].options()


def test_sections_merge_key_by_key(load):
    """A section's other keys keep their defaults; a page's lists and mappings are replaced."""
    config = load(
        "network: {max_in_flight: 7, connect_to: {'a:1': 'b:2'}}\n"
        "status_pages: [{name: claude, components: {abc: api}},"
        " {name: other, url: 'https://s.example.org'}]\n"
    )

    assert config.max_in_flight == 7
    assert config.network_settings() == NetworkSettings(connect_to={"a:1": "b:2"})
    assert [page.name for page in config.status_pages] == ["claude", "other"]
    assert config.status_pages[0].components == {"abc": Surface.API}
    assert config.status_pages[0].url == "https://status.claude.com"


def test_disabled_page(load):
    """A disabled page is not read."""
    assert load("status_pages: [{name: claude, enabled: false}]").status_pages == ()


def test_relative_paths(load, tmp_path):
    """A relative path starts at the configuration file, an absolute one stays."""
    config = load("guide: my/guide.yml\nstate: {file: /var/lib/s.db}\nnetwork: {ca_file: ca.pem}")

    assert config.guide == tmp_path / "my/guide.yml"
    assert config.state.file == Path("/var/lib/s.db")
    assert config.network_settings().ca_file == str(tmp_path / "ca.pem")


def test_aliases(load):
    """YAML aliases are allowed."""
    config = load(
        "targets:\n- {name: web, options: &o {method: HEAD}}\n- {name: console, options: *o}\n"
    )

    assert target(config, "console").options.method == "HEAD"


def test_byte_order_mark(load):
    """A byte order mark before the first key is no part of it."""
    assert load("\ufeffguide: null").guide is None


def test_frozen(load):
    """Nobody changes a configuration, a new one replaces it."""
    with pytest.raises(ValidationError, match="frozen"):
        load("guide: null").guide = Path("x")


def test_durations_from_python_are_seconds():
    """Whoever builds a configuration in Python gives seconds and bytes."""
    assert PageConfig(name="p", url="https://p.example.org", interval=61).interval == 61


FINGERPRINTS = {
    "a comment": ("# hello\nguide: null", True),
    "the same value written otherwise": ("targets: [{name: web, interval: 30000ms}]", True),
    "an override that says what is built in": ("targets: [{name: web, interval: 30s}]", True),
    "a changed interval": ("targets: [{name: web, interval: 31s}]", False),
    "a changed option": ("targets: [{name: web, options: {method: HEAD}}]", False),
    "another secret": (
        "targets: [{name: web, options: {headers_from: {a: {env: B}}}}]",
        False,
    ),
}


@pytest.mark.parametrize(("text", "same"), FINGERPRINTS.values(), ids=FINGERPRINTS)
def test_fingerprint(load, text, same):
    """Two configurations share a fingerprint only where they mean the same."""
    assert (load(text).fingerprint() == load("guide: null").fingerprint()) is same


def test_fingerprint_tells_secrets_apart(load):
    """The fingerprint sees which secret is meant, though it prints as <secret>."""
    text = "targets: [{{name: web, options: {{headers_from: {{a: {{env: {0}}}}}}}}}]"

    assert load(text.format("A")).fingerprint() != load(text.format("B")).fingerprint()


def unreadable_files(folder):
    (folder / "large.yml").write_bytes(b"#" * (MAX_FILE + 1))
    return {
        folder / "absent.yml": "expected a readable file, not this: No such file or directory",
        folder: "expected a readable file, not this: Is a directory",
        folder / "large.yml": "expected at most 1 MiB, not a larger file",
    }


def test_unreadable_files(tmp_path):
    """A file that cannot be read is an error like any other."""
    for path, problem in unreadable_files(tmp_path).items():
        with pytest.raises(ConfigErrors) as caught:
            load_config(path, {}, {})
        assert str(caught.value) == f"{path}:1:1: $: {problem}"


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["30s", "web", "api", "http", "tcp", "control", "{", "&a", "*a", "\t"])
)
KEYS = st.sampled_from(
    [*Config.model_fields, *PageConfig.model_fields, *TargetConfig.model_fields, "status_pages"]
) | st.text(max_size=4)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
TEXTS = (
    st.dictionaries(KEYS, VALUES, max_size=5).map(yaml.safe_dump)
    | VALUES.map(repr)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
)


def outcome(load, text):
    try:
        return load(text)
    except ConfigErrors as exc:
        return exc


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(TEXTS)
def test_no_text_crashes(load, text):
    """Whatever a file says, it is a configuration or a list of errors with places."""
    found = outcome(load, text)

    if isinstance(found, ConfigErrors):
        line = re.compile(r"[^\n]*exporter\.yml:[1-9]\d*:[1-9]\d*: \$[^\n]*: expected [^\n]*")
        assert [error for error in map(str, found.errors) if not line.fullmatch(error)] == []
        assert found.errors
    else:
        assert isinstance(found, Config)
