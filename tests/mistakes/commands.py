"""Mistakes at the command line, in a folder with a flow that is deployed to the pool `p` as shop/nightly."""

from __future__ import annotations

from tests.mistakes import Mistake

TYPING = [
    Mistake("a command is misspelt", "prefect deploymnt ls", "Unknown command", 'Did you mean "deployment"?'),
    Mistake("a deed is misspelt", "prefect deployment lst", 'Unknown command "lst"', 'Did you mean "ls"?'),
    Mistake("an option is misspelt", "prefect worker start --pol p", "--pool requires", "Did you mean --pool"),
    Mistake("an option has no value", "prefect gcl create db", "--limit requires an argument", "create --help"),
    Mistake("a number is a word", "prefect flow-run ls --limit many", 'unable to convert "many" into int', "--help"),
    Mistake("a number is too small", "prefect flow-run ls --limit -4", 'Invalid value "-4"', "Must be >= 1"),
    Mistake("a form is not known", "prefect flow-run ls -o yaml", 'Invalid value "yaml"', 'Choose from: "json"'),
    Mistake("a command of Orion", "prefect orion start", "There is no command `prefect orion`", "prefect server start"),
    Mistake("a command of Prefect 1", "prefect register", "no command `prefect register`", "prefect deploy flows.py"),
    Mistake("a flow is run by a command", "prefect run shop.py", "no command `prefect run`", "python my_flow.py"),
    Mistake("a hosted service is asked", "prefect cloud login", "which there is none of here", "PREFECT_API_URL=http"),
]
POOLS = [
    Mistake("a type of pools is misspelt", "prefect work-pool create q --type proces", "no type 'proces'", "process"),
    Mistake("a pool is made twice", "prefect work-pool create p --type process", "already", "say --overwrite"),
    Mistake("a pool is not there", "prefect work-pool inspect q", "There is no work pool 'q'", "prefect work-pool ls"),
    Mistake(
        "a type of workers", "prefect worker start --pool p --type dockr", "There is no type 'dockr'", "docker, ecs"
    ),
]
DEPLOYING = [
    Mistake(
        "a file is misspelt",
        "prefect deploy shp.py:shop -n x -p p",
        "There is no file 'shp.py'",
        "in '",
    ),
    Mistake(
        "a flow is misspelt",
        "prefect deploy shop.py:shp -n x -p p",
        "'shop.py' has no 'shp'",
        "It should be the name of a flow's function there",
    ),
    Mistake(
        "an entrypoint names no flow",
        "prefect deploy shop.py -n x -p p",
        "The entrypoint 'shop.py' names no function",
        "Expected path/to/file.py:name or package.module.name",
    ),
    Mistake("a deployment has no name", "prefect deploy shop.py:shop -p p", "A deployment needs a name", "--name NAME"),
    Mistake(
        "a deployment has a slash in its name",
        "prefect deploy shop.py:shop -n x/y -p p",
        "'x/y' does not fit",
        "holds none of / % & > <",
    ),
    Mistake(
        "a pool is not there to deploy to",
        "prefect deploy shop.py:shop -n x -p q",
        "There is no work pool 'q'",
        "Make it: prefect work-pool create 'q' --type process",
    ),
    Mistake(
        "a cron expression is English",
        "prefect deploy shop.py:shop -n x -p p --cron 'every day'",
        "'every day' is no cron expression",
        "such as '0 8 * * *'",
    ),
    Mistake(
        "a time zone is not on Earth",
        "prefect deploy shop.py:shop -n x -p p --cron '0 9 * * *' --timezone Mars",
        "There is no time zone 'Mars'",
        "names look like 'Asia/Shanghai' or 'UTC'",
    ),
    Mistake(
        "an interval is a word",
        "prefect deploy shop.py:shop -n x -p p --interval often",
        "'often' is no length of time",
        'Write it like "30 seconds", "2 hours" or "1h30m"',
    ),
    Mistake(
        "a parameter to deploy with is misspelt",
        "prefect deploy shop.py:shop -n x -p p --param cuont=3",
        "cuont: There is no such name",
        "did you mean 'count'?",
    ),
    Mistake(
        "a parameter to deploy with is of another type",
        "prefect deploy shop.py:shop -n x -p p --param count=many",
        '"many"',
        'is not of type "integer"',
    ),
    Mistake("everything is deployed where nothing is said", "prefect deploy --all", "prefect.yaml", "no deployments"),
    Mistake(
        "nothing is said", "prefect deploy", "Say which flow", "prefect deploy path/to/file.py:function --name NAME"
    ),
    Mistake("a recipe is not there", "prefect init --recipe none", "There is no recipe 'none'", "there are local, git"),
]
RUNNING = [
    Mistake(
        "a deployment is misspelt",
        "prefect deployment run shop/nightl",
        "There is no deployment 'shop/nightl'",
        "Did you mean 'shop/nightly'?",
    ),
    Mistake(
        "a deployment is named by its flow",
        "prefect deployment run shop",
        "There is no deployment 'shop'",
        "`prefect deployment ls` lists those there are",
    ),
    Mistake(
        "a name is that of several",
        "prefect deployment run nightly",
        "Several deployments are called 'nightly'",
        "shop/nightly",
    ),
    Mistake(
        "a parameter of a run is misspelt",
        "prefect deployment run shop/nightly -p cuont=3",
        "cuont: There is no such name",
        "did you mean 'count'?",
    ),
    Mistake(
        "a parameter of a run is of another type",
        "prefect deployment run shop/nightly -p count=many",
        "The parameters do not fit: count",
        'is not of type "integer"',
    ),
    Mistake("a parameter is missing", "prefect deployment run need/nightly", "day:", "This property is required"),
    Mistake(
        "a parameter has no value",
        "prefect deployment run shop/nightly -p count",
        "'count' is none",
        "--param takes name=value, such as --param limit=10",
    ),
    Mistake(
        "parameters are no JSON",
        "prefect deployment run shop/nightly --params '{bad'",
        "--params is no JSON",
        """It takes a JSON object, such as '{"name": "value"}'""",
    ),
    Mistake(
        "a moment is no moment",
        "prefect deployment run shop/nightly --start-at someday",
        "'someday' is no moment",
        'Write it like "2030-01-31 18:30", "tomorrow 9:00" or "in 2 hours"',
    ),
    Mistake(
        "a schedule says nothing",
        "prefect deployment schedule create shop/nightly",
        "Say when it runs",
        '--cron "0 9 * * *"',
    ),
    Mistake(
        "a schedule says two things",
        "prefect deployment schedule create shop/nightly --cron '@daily' --interval 60",
        "Say one of",
        "--cron, --interval and --rrule",
    ),
    Mistake("a run is not there", "prefect flow-run inspect none", "no flow run 'none'", "`prefect flow-run ls`"),
    Mistake("a task run is not there", "prefect task-run inspect none", "'none' is none", "or the beginning of one"),
]
KEEPING = [
    Mistake("a block is named without its type", "prefect block inspect x", "of which type", "write TYPE/NAME"),
    Mistake("a type of blocks is misspelt", "prefect block create secrt", "'secrt'", "Did you mean 'secret'?"),
    Mistake("a module of blocks", "prefect block register -f none.py", "There is no file 'none.py'", "in '"),
    Mistake("a variable is not there", "prefect variable get none", "no variable 'none'", "`prefect variable ls`"),
    Mistake(
        "a variable has a blank in its name",
        "prefect variable set 'my rate' 1",
        "'my rate' does not fit",
        "lowercase letters, digits, underscores and dashes",
    ),
    Mistake("an automation is not there", "prefect automation inspect none", "'none'", "`prefect automation ls`"),
    Mistake("an automation of nothing", "prefect automation create", "Say what is awaited", "--on-failure FLOW"),
    Mistake("a limit below zero", "prefect gcl create db --limit -1", "limit", "should be greater than or equal to 0"),
    Mistake("an artifact is not there", "prefect artifact inspect none", "no artifact 'none'", "`prefect artifact ls`"),
]
SETTING = [
    Mistake(
        "a setting is misspelt",
        "prefect config set PREFECT_LOGING_LEVEL=DEBUG",
        "There is no setting 'PREFECT_LOGING_LEVEL'",
        "Did you mean PREFECT_LOGGING_LEVEL?",
    ),
    Mistake(
        "a setting has a wrong value",
        "prefect config set PREFECT_LOGGING_LEVEL=LOUD",
        "PREFECT_LOGGING_LEVEL is 'LOUD'",
        "expected DEBUG, INFO, WARNING, ERROR or CRITICAL",
    ),
    Mistake(
        "a setting has no value",
        "prefect config set PREFECT_LOGGING_LEVEL",
        "'PREFECT_LOGGING_LEVEL' has no value",
        "Write NAME=VALUE",
    ),
    Mistake("a profile is not there", "prefect profile use none", "There is no profile 'none'", "The profiles are:"),
    Mistake(
        "a profile of the environment is not there",
        "prefect flow ls",
        "There is no profile 'none'",
        "The profiles are:",
        (("PREFECT_PROFILE", "none"),),
    ),
]
SERVING = [
    Mistake(
        "nobody listens",
        "prefect flow ls",
        "The server at http://127.0.0.1:1/api cannot be reached",
        "Is it running (prefect server start), and is PREFECT_API_URL right?",
        (("PREFECT_API_URL", "http://127.0.0.1:1/api"),),
    ),
    Mistake(
        "an address has no protocol",
        "prefect flow ls",
        "Request URL is missing an 'http://' or 'https://' protocol",
        "is PREFECT_API_URL right?",
        (("PREFECT_API_URL", "127.0.0.1:4200/api"),),
    ),
    Mistake("a port is taken", "prefect server start --port {port}", "is taken", "takes another one"),
    Mistake("a port is no port", "prefect server start --port 99999", "no port 99999", "from 1 to 65535"),
    Mistake(
        "a server for all without a password",
        "prefect server start --host 0.0.0.0",
        "others than this machine could use the server",
        "Set PREFECT_SERVER_API_AUTH_STRING=user:password, or say --allow-unauthenticated",
    ),
    Mistake("a server is stopped that does not run", "prefect server stop", "No server runs", "with this PREFECT_HOME"),
    Mistake(
        "a database is a folder",
        "prefect flow ls",
        "{home} is a folder",
        "a database is a file, such as {home}/prefect.db",
        (("PREFECT_SERVER_DATABASE_CONNECTION_URL", "sqlite:///{home}"),),
    ),
    Mistake(
        "a database is another file",
        "prefect flow ls",
        "file is not a database",
        "It must be a file of SQLite, or a new one in a folder that can be written to",
        (("PREFECT_SERVER_DATABASE_CONNECTION_URL", "sqlite:///{home}/notes.txt"),),
    ),
    Mistake(
        "the folder of a database is missing",
        "prefect flow ls",
        "There is no folder {home}/a/b for the database {home}/a/b/runs.db",
        "Make it: mkdir -p '{home}/a/b'",
        (("PREFECT_SERVER_DATABASE_CONNECTION_URL", "sqlite:///{home}/a/b/runs.db"),),
    ),
    Mistake(
        "a home is a file",
        "prefect flow ls",
        "{home}/notes.txt is a file, and no folder",
        "PREFECT_HOME, or PREFECT_SERVER_DATABASE_CONNECTION_URL, says where the database is",
        (("PREFECT_HOME", "{home}/notes.txt"),),
    ),
    Mistake(
        "a database is away",
        "prefect flow ls",
        "The database postgresql://me:********@127.0.0.1:1/x cannot be reached",
        "Is it running, and is PREFECT_SERVER_DATABASE_CONNECTION_URL right?",
        (("PREFECT_SERVER_DATABASE_CONNECTION_URL", "postgresql://me:secret@127.0.0.1:1/x"),),
    ),
    Mistake(
        "a database is of a kind that there is not",
        "prefect flow ls",
        "The database address 'mysql://me:********@127.0.0.1/x' cannot be used",
        "Expected sqlite:///path/to/file.db or postgresql://user:password@host/name",
        (("PREFECT_SERVER_DATABASE_CONNECTION_URL", "mysql://me:secret@127.0.0.1/x"),),
    ),
]
COMMANDS = [*TYPING, *POOLS, *DEPLOYING, *RUNNING, *KEEPING, *SETTING, *SERVING]
