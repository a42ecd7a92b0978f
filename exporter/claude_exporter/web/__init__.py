"""What the exporter shows over HTTP: metrics, the page, the API."""
