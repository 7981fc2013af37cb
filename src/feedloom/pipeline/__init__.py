"""A build from end to end: scan, ingest, plan, guard, render, publish, remember."""
