"""Bodies of a Statuspage `summary.json`, in the shape the real page has."""

import json
from pathlib import Path

from claude_exporter.core.model import Surface

PAGES = Path(__file__).parents[1] / "fixtures" / "statuspage"
PAGE_ID = "tymt9n04zgry"
WEB_ID = "rwppv331jlwc"
CONSOLE_ID = "0qbwn08sd68x"
API_ID = "k8w3r06qmzrp"
CODE_ID = "yyzkbfz2thpt"
COWORK_ID = "bpp5gb3hpjcl"
GOVERNMENT_ID = "0scnb50nvy53"
COMPONENTS = {
    WEB_ID: Surface.WEB,
    CONSOLE_ID: Surface.CONSOLE,
    API_ID: Surface.API,
    CODE_ID: Surface.CODE,
}


def recorded(name):
    """Body of a page as it was recorded from the real one: `summary-ok`, `summary-outage`."""
    return (PAGES / f"{name}.json").read_bytes()


def component(key, name="Claude API", status="operational", **fields):
    return {"id": key, "name": name, "status": status, "group": False, **fields}


def incident(key="inc1", name="Elevated errors", **fields):
    return {
        "id": key,
        "name": name,
        "status": "investigating",
        "impact": "minor",
        "incident_updates": [],
        "components": [],
        **fields,
    }


def update(*changes):
    """An incident's update; each change is (component id, old status, new status)."""
    affected = [
        {"code": code, "name": code, "old_status": old, "new_status": new}
        for code, old, new in changes
    ]
    return {"id": "u", "status": "identified", "body": "", "affected_components": affected}


def summary(**fields):
    """A summary with all systems operational, with *fields* replaced."""
    return {
        "page": {"id": PAGE_ID, "name": "Claude", "updated_at": "2026-06-02T14:59:04.879Z"},
        "components": [component(key, key) for key in COMPONENTS],
        "incidents": [],
        "scheduled_maintenances": [],
        "status": {"indicator": "none", "description": "All Systems Operational"},
        **fields,
    }


def body(**fields):
    return json.dumps(summary(**fields)).encode()
