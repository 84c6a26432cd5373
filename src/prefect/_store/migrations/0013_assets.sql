CREATE INDEX events_of_assets ON events (resource_id, event, occurred)
    WHERE event >= 'prefect.asset.' AND event < 'prefect.asset/';
