"""What a Statuspage posts to a webhook, in the documented shape."""

import json
from datetime import UTC, datetime

PAGE_ID = "tymt9n04zgry"
API_ID = "k8w3r06qmzrp"
WEB_ID = "rwppv331jlwc"
META = {
    "unsubscribe": "https://status.claude.com/?unsubscribe=x",
    "documentation": "https://help.statuspage.io/webhooks",
    "generated_at": "2026-09-21T14:13:24.017Z",
}


def stamp(at):

    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def _body(page_id, **told):
    page = {"id": page_id, "status_indicator": "minor", "status_description": "Partial"}
    return json.dumps({"meta": META, "page": page, **told}).encode()


def component_update(at, new="major_outage", component=API_ID, page_id=PAGE_ID):
    return _body(
        page_id,
        component={"id": component, "name": "Claude API", "status": new, "page_id": page_id},
        component_update={
            "old_status": "operational",
            "new_status": new,
            "created_at": stamp(at),
            "component_type": "Component",
            "id": "nd963wv4j30b",
            "component_id": component,
        },
    )


def incident_update(at, status="investigating", page_id=PAGE_ID, **changes):
    incident = {
        "id": "9mz1q7yc0hfk",
        "name": "Elevated errors on the Claude API",
        "status": status,
        "impact": "major",
        "backfilled": False,
        "created_at": stamp(at - 60),
        "updated_at": stamp(at),
        "shortlink": "https://stspg.io/9mz1q7yc0hfk",
        "components": [{"id": API_ID, "name": "Claude API", "status": "major_outage"}],
        "incident_updates": [
            {
                "id": "u1",
                "status": status,
                "body": "We are investigating.",
                "updated_at": stamp(at),
                "affected_components": [
                    {
                        "code": API_ID,
                        "name": "Claude API",
                        "old_status": "operational",
                        "new_status": "major_outage",
                    }
                ],
            }
        ],
        **changes,
    }
    return _body(page_id, incident=incident)
