"""Slots of the limits of tags, for a task run: `prefect.concurrency.v1.sync` and `.asyncio`."""
