"""Every command, in one table: what runs it, what it says of itself, and examples of typing it."""

from __future__ import annotations

from gateway.cli.command_groups import CERTS, CONTROL_NUMBERS, KEYS, MAPS, PARTNERS, TABLES, WEBHOOKS, Command

COMMANDS = (
    Command("init", "init:init", "Make a new gateway in a folder.", ("gateway init my-gateway",)),
    Command(
        "serve",
        "serve:serve",
        "Run the gateway: its workers and its status API.",
        ("gateway serve --home my-gateway", "gateway serve --host 0.0.0.0 --port 8400"),
    ),
    Command("work", "serve:work", "Run the gateway's workers only.", ("gateway work --home my-gateway",)),
    Command(
        "demo",
        "demo:demo",
        "Play a day of business with sample partners and a sample ERP.",
        ("gateway demo", "gateway demo --stay", "gateway demo --kills 20"),
    ),
    Command(
        "status",
        "status:status",
        "Show where an order is, or what happened to one document.",
        (
            "gateway status 4500012345",
            "gateway status INV-4711 --json",
            "gateway status 01JCZ8K3V7M2Q4R6T8W0X2Y4Z6",
            "gateway status 01JCZ8K3V7M2Q4R6T8W0X2Y4Z6 --raw > order.edi",
        ),
    ),
    Command(
        "documents",
        "documents:documents",
        "List documents, newest first: good ones and bad ones alike.",
        (
            "gateway documents --needs-person",
            "gateway documents --partner acme --kind invoice --since 2026-11-01",
            "gateway documents --state parked --limit 200 --json",
        ),
    ),
    Command(
        "explain",
        "edi_files:explain",
        "Tell what an interchange says in plain words, each mistake under its segment.",
        (
            "gateway explain order.edi",
            "gateway explain 01JCZ8K3V7M2Q4R6T8W0X2Y4Z6",
            "gateway explain order.xml --map ubl/order",
            "gateway explain order.edi --html > order.html",
        ),
    ),
    Command(
        "validate",
        "edi_files:validate",
        "Check files as the gateway would, and book nothing.",
        (
            "gateway validate order.edi",
            "gateway validate inbox/acme/*.edi --json",
            "gateway validate orders.csv --partner acme",
        ),
    ),
    Command(
        "convert",
        "convert:convert",
        "Read a file by its map and print what it says, as JSON or in another format.",
        (
            "gateway convert order.edi",
            "gateway convert orders.csv --partner acme",
            "gateway convert order.xml --map cxml/order --to csv/order > order.csv",
        ),
    ),
    Command(
        "simulate",
        "simulate:simulate",
        "Play a partner's side against a gateway that runs, over its folders.",
        (
            "gateway simulate acme --count 10",
            "gateway simulate acme --behaviour mix --seed 7 --json",
            "gateway simulate toolworks -b partial --count 1 --seconds 300",
        ),
    ),
    Command(
        "retry",
        "decide:retry",
        "Let documents that wait for a person go on where they stopped.",
        (
            'gateway retry 01JCZ8K3V7M2Q4R6T8W0X2Y4Z6 --reason "item added in the ERP"',
            'gateway retry --partner acme --code GW-3102 --reason "map mended" --dry-run',
        ),
    ),
    Command(
        "cancel",
        "decide:cancel",
        "End documents that wait for a person; their numbers are free again.",
        ('gateway cancel 01JCZ8K3V7M2Q4R6T8W0X2Y4Z6 --reason "sent by mistake"',),
    ),
    Command(
        "reprocess",
        "decide:reprocess",
        "Read documents that came in once more, by today's map and profile; each becomes a new one in its place.",
        (
            'gateway reprocess 01JCZ8K3V7M2Q4R6T8W0X2Y4Z6 --reason "map mended" --dry-run',
            'gateway reprocess --partner acme --kind purchase_order --since 2026-11-01 --reason "unit table was wrong"',
            "gateway status 01JCZ8K3V7M2Q4R6T8W0X2Y4Z6 --raw > order.edi  # edit it, then",
            'gateway reprocess 01JCZ8K3V7M2Q4R6T8W0X2Y4Z6 --edited order.edi --reason "they meant EA, mail of Ms Lee"',
        ),
    ),
    Command(
        "resend",
        "decide:resend",
        "Send documents that went out once more; each goes as a new one in its place, and its acknowledgment is awaited anew.",
        (
            'gateway resend 01JCZ8K3V7M2Q4R6T8W0X2Y4Z6 --numbers same --reason "they lost the file"',
            'gateway resend --partner acme --kind ship_notice --state rejected --numbers new --reason "they mended their map" --dry-run',
        ),
    ),
    Command(
        "check",
        "check:check",
        "Check the configuration and name every mistake at once.",
        ("gateway check", "gateway check --home my-gateway --json"),
    ),
    Command(
        "flow",
        "flow:flow",
        "Show what waits, and which systems outside are down.",
        ("gateway flow", "gateway flow --json"),
    ),
    Command(
        "events",
        "events:events",
        "Print what happened as CloudEvents, one JSON object a line, oldest first.",
        ("gateway events --type order.posted", "gateway events --after now --follow"),
    ),
    Command(
        "webhooks",
        "",
        "Webhooks: who is told what happens, what was posted, and posting it again.",
        tuple(command.examples[0] for command in WEBHOOKS),
        WEBHOOKS,
    ),
    Command(
        "control-numbers",
        "",
        "Control numbers: how far those we give out are, and moving them.",
        tuple(command.examples[0] for command in CONTROL_NUMBERS),
        CONTROL_NUMBERS,
    ),
    Command(
        "backup",
        "backup:backup",
        "Copy the database, the payloads and the configuration into a new folder, while the gateway runs.",
        ("gateway backup /backups/2026-11-21",),
    ),
    Command(
        "restore",
        "backup:restore",
        "Make a gateway of a backup, in an empty folder and an empty database.",
        ("gateway restore /backups/2026-11-21 --home my-gateway",),
    ),
    Command(
        "maps",
        "",
        "Maps: check them, test them, ask them, and see what a change would change.",
        tuple(command.examples[0] for command in MAPS[1:]),
        MAPS,
    ),
    Command(
        "partners",
        "",
        "Trading partners: who they are and whether their channels work.",
        tuple(example for command in PARTNERS for example in command.examples),
        PARTNERS,
    ),
    Command(
        "certs",
        "",
        "Keys and certificates of AS2: list, make, exchange and change them, and rehearse a change.",
        tuple(command.examples[0] for command in CERTS),
        CERTS,
    ),
    Command(
        "keys",
        "",
        "API keys: who may ask the status API for what.",
        tuple(example for command in KEYS for example in command.examples),
        KEYS,
    ),
    Command(
        "tables",
        "",
        "Cross references: what partners call something, and what we call it.",
        ("gateway tables missing", *(example for command in TABLES[3:] for example in command.examples[:1])),
        TABLES,
    ),
    Command("version", "check:version", "Print the version.", ("gateway version",)),
)

__all__ = ["COMMANDS", "Command"]
