"""The order of the end-to-end files, which two workers take one by one (`--dist loadfile`)."""

LONGEST_FIRST = ("test_drills.py", "test_dashboards.py", "test_drawn.py", "test_page.py")
"""Minutes each; whatever is short fills the end, so that no worker waits long for the other."""


def pytest_collection_modifyitems(items):
    places = {name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))
