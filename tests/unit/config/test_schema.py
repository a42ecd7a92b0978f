"""The JSON Schema accepts what loads and refuses what an editor can see is wrong."""

import json
import re
from pathlib import Path

import pytest
import yaml

from claude_exporter.config import load_config
from claude_exporter.config.load import default_text
from claude_exporter.config.schema import DIALECT, file_schema

BAD = Path(__file__).parent / "bad"
DOCUMENT = Path(__file__).parents[3] / "docs" / "configuration.md"
EXAMPLES = re.findall(r"(?ms)^```yaml\n(.*?)^```$", DOCUMENT.read_text(encoding="utf-8"))

KINDS = {
    "null": type(None),
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "string": str,
    "array": list,
    "object": dict,
}


class Evaluator:
    """Enough of JSON Schema 2020-12 for our own; a keyword that is not here is a failure."""

    def __init__(self, root):
        self.root = root

    def accepts(self, schema, value):
        return all(self.keyword(name, schema, value) for name in schema)

    def keyword(self, name, schema, value):
        return getattr(self, f"check_{name.strip('$')}")(schema[name], value, schema)

    def check_ref(self, reference, value, _):
        return self.accepts(self.root["$defs"][reference.removeprefix("#/$defs/")], value)

    def check_type(self, kind, value, _):
        return isinstance(value, KINDS[kind]) and (kind == "boolean") >= isinstance(value, bool)

    def check_enum(self, values, value, _):
        return value in values

    def check_const(self, wanted, value, _):
        return value == wanted

    def check_pattern(self, pattern, value, _):
        return not isinstance(value, str) or re.search(pattern, value) is not None

    def check_minLength(self, length, value, _):  # noqa: N802
        return not isinstance(value, str) or len(value) >= length

    def check_maxLength(self, length, value, _):  # noqa: N802
        return not isinstance(value, str) or len(value) <= length

    def check_minimum(self, minimum, value, _):
        return not isinstance(value, (int, float)) or value >= minimum

    def check_maximum(self, maximum, value, _):
        return not isinstance(value, (int, float)) or value <= maximum

    def check_maxItems(self, length, value, _):  # noqa: N802
        return not isinstance(value, list) or len(value) <= length

    def check_uniqueItems(self, unique, value, _):  # noqa: N802
        return not unique or not isinstance(value, list) or len(set(map(str, value))) == len(value)

    def check_items(self, schema, value, _):
        return not isinstance(value, list) or all(self.accepts(schema, item) for item in value)

    def check_required(self, keys, value, _):
        return not isinstance(value, dict) or set(keys) <= set(value)

    def check_properties(self, schemas, value, _):
        known = value if isinstance(value, dict) else {}
        return all(self.accepts(schemas[key], known[key]) for key in schemas if key in known)

    def check_patternProperties(self, schemas, value, _):  # noqa: N802
        return all(
            self.accepts(schema, item)
            for pattern, schema in schemas.items()
            for key, item in (value if isinstance(value, dict) else {}).items()
            if re.search(pattern, key)
        )

    def check_propertyNames(self, schema, value, _):  # noqa: N802
        return not isinstance(value, dict) or all(self.accepts(schema, key) for key in value)

    def check_additionalProperties(self, schema, value, around):  # noqa: N802
        known = around.get("properties", {})
        others = [
            value[key] for key in (value if isinstance(value, dict) else {}) if key not in known
        ]
        return not others if schema is False else all(self.accepts(schema, item) for item in others)

    def check_anyOf(self, schemas, value, _):  # noqa: N802
        return any(self.accepts(schema, value) for schema in schemas)

    def check_oneOf(self, schemas, value, _):  # noqa: N802
        return [self.accepts(schema, value) for schema in schemas].count(True) == 1

    def check_allOf(self, schemas, value, _):  # noqa: N802
        return all(self.accepts(schema, value) for schema in schemas)

    def check_not(self, schema, value, _):
        return not self.accepts(schema, value)

    def check_if(self, schema, value, around):
        branch = around.get("then" if self.accepts(schema, value) else "else", {})
        return self.accepts(branch, value)

    def check_silently(self, *_):
        return True

    check_then = check_else = check_title = check_description = check_silently
    check_default = check_schema = check_defs = check_silently


def accepted(text, probers=None):
    schema = file_schema(probers)
    return Evaluator(schema).accepts(schema, yaml.safe_load(text))


def test_default_is_accepted():
    """The built-in default is valid by its own schema."""
    assert accepted(default_text())


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: text.split("\n")[1].strip())
def test_examples(text, tmp_path):
    """Each example of docs/configuration.md loads and is accepted by the schema."""
    path = tmp_path / "exporter.yml"
    path.write_text(text, encoding="utf-8")

    load_config(path, {})
    assert accepted(text)


SEEN = ["kinds", "missing", "name", "network", "options", "page", "surface", "unknown-key"]


@pytest.mark.parametrize("name", SEEN)
def test_bad(name, probers):
    """What is wrong by its form is refused by the schema too."""
    assert not accepted((BAD / f"{name}.yml").read_text(encoding="utf-8"), probers)


REFUSED = {
    "a literal secret": "{name: web, options: {headers_from: {x-api-key: hunter2}}}",
    "another prober's option": "{name: web, options: {banner: x}}",
    "another prober's option under the prober given": (
        "{name: web, prober: tcp, options: {method: GET}}"
    ),
    "an unknown prober": "{name: web, prober: htpp}",
    "a bare number of seconds": "{name: web, interval: 30}",
    "a new target without an address": "{name: mine, surface: api, prober: tcp}",
}
ACCEPTED = {
    "a named secret": "{name: web, options: {headers_from: {x-api-key: {env: KEY}}}}",
    "a hidden secret": "{name: web, options: {headers_from: {x-api-key: <secret>}}}",
    "a built-in name alone": "{name: web}",
    "the other prober's option under that prober": "{name: web, prober: tcp, options: {banner: x}}",
    "null where nothing is said": "{name: web, slow_after: null}",
}


@pytest.mark.parametrize("item", REFUSED.values(), ids=REFUSED)
def test_refused_target(item, probers):
    """A target's options follow its prober, given or built in."""
    assert not accepted(f"targets: [{item}]", probers)


@pytest.mark.parametrize("item", ACCEPTED.values(), ids=ACCEPTED)
def test_accepted_target(item, probers):
    """What loads is not underlined by the editor."""
    assert accepted(f"targets: [{item}]", probers)


def test_dialect_and_defaults(probers):
    """The schema names its dialect, shows defaults as the file writes them, and is plain JSON."""
    schema = json.loads(json.dumps(file_schema(probers)))
    target = schema["$defs"]["TargetConfig"]["properties"]

    assert schema["$schema"] == DIALECT == "https://json-schema.org/draft/2020-12/schema"
    assert (target["interval"]["default"], target["timeout"]["default"]) == ("30s", "10s")
    assert schema["$defs"]["PageConfig"]["properties"]["max_body"]["default"] == "5MiB"
    assert [key for key, value in target.items() if not value.get("description")] == []
