"""What older programs import from here lives in `prefect.server.schemas`."""
