"""What others say about Claude: status pages and the like, read politely, believed with care."""
