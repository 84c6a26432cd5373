"""Bounding how much goes on at the same time, and how fast: `prefect.concurrency.sync` and `.asyncio`."""
