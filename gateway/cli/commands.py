"""Every command, in one table: what runs it, what it says of itself, and examples of typing it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """A command.

    Args:
        runs: "module:function" below gateway.cli; "" for a group.
        says: the first line of the function's docstring.
        examples: for its help.
        inner: the commands of a group.
    """

    name: str
    runs: str
    says: str
    examples: tuple[str, ...]
    inner: tuple[Command, ...] = ()


KEYS = (
    Command(
        "create",
        "keys:create",
        "Create an API key and show it, this once.",
        ("gateway keys create console", "gateway keys create audit --scope documents:read --scope raw:read"),
    ),
    Command(
        "list",
        "keys:list_keys",
        "List the API keys, without the keys themselves.",
        ("gateway keys list", "gateway keys list --json"),
    ),
    Command("revoke", "keys:revoke", "Take a key away; it is refused at once.", ("gateway keys revoke console",)),
)
MAPS = (
    Command(
        "list",
        "maps:list_maps",
        "List the maps: what each is for, its version, and who uses it.",
        ("gateway maps list", "gateway maps list --json"),
    ),
    Command(
        "check",
        "maps:check",
        "Check maps and code tables, used or not, and name every mistake at once.",
        ("gateway maps check", "gateway maps check acme/850 --json"),
    ),
    Command(
        "test",
        "maps:run_samples",
        "Translate every map's samples, and show where the result is not what the sample says.",
        ("gateway maps test", "gateway maps test acme/850"),
    ),
    Command(
        "explain",
        "maps_explain:explain",
        "Tell what a map does with a place on the wire, or where a canonical field comes from and goes to.",
        ("gateway maps explain x12/850 BEG03", "gateway maps explain x12/850 lines.price"),
    ),
    Command(
        "try",
        "maps_try:try_file",
        "Translate one file as from a partner, or a canonical document for it, and show what would go out.",
        ("gateway maps try order.edi --partner acme", "gateway maps try invoice.json --partner acme --map acme/810"),
    ),
    Command(
        "diff",
        "maps_diff:diff",
        "Translate the last documents again by changed maps, and show what would be different.",
        (
            "gateway maps diff --candidate maps-next",
            "gateway maps diff x12/850 --candidate my-branch --last 500",
            "gateway maps diff --against HEAD~1 --partner acme",
        ),
    ),
    Command(
        "pin",
        "maps_pin:pin",
        "Keep a document that came in as a sample of its map, which `gateway maps test` translates from then on.",
        ("gateway maps pin 01JCZ8K3V7M2Q4R6T8W0X2Y4Z6 --name two-stores --redact",),
    ),
)
TABLES = (
    Command(
        "list",
        "tables:list_tables",
        "List the tables, and how much each partner has in them.",
        ("gateway tables list",),
    ),
    Command(
        "show",
        "tables:show",
        "Show the entries of a table, or how they came to be.",
        ("gateway tables show item --partner acme", "gateway tables show item --find 4711 --history"),
    ),
    Command(
        "missing",
        "tables:missing",
        "List the entries that documents wait for, with the command that sets each.",
        ("gateway tables missing", "gateway tables missing --json"),
    ),
    Command(
        "set",
        "tables:set_entry",
        "Say what we call what a partner calls so, and let go on what waited for it.",
        (
            "gateway tables set item --partner acme BUYER-123 OUR-9",
            'gateway tables set item --scheme gtin 614141000012 OUR-9 --reason "their catalogue of May"',
            "gateway tables set carrier RDWY ROADWAY",
        ),
    ),
    Command(
        "remove",
        "tables:remove",
        "Take an entry away; its history stays.",
        ('gateway tables remove item --partner acme BUYER-123 --reason "not sold any more"',),
    ),
    Command(
        "export",
        "tables_files:export",
        "Write entries as CSV, for a spreadsheet or another gateway.",
        ("gateway tables export item --partner acme > items.csv", "gateway tables export --output tables.csv"),
    ),
    Command(
        "import",
        "tables_files:import_file",
        "Take entries from a CSV file, all of them or none, and let go on what waited for them.",
        (
            "gateway tables import items.csv --dry-run",
            'gateway tables import items.csv --table item --partner acme --reason "their catalogue of May"',
        ),
    ),
)
PARTNERS = (
    Command(
        "list",
        "partners:list_partners",
        "List the partners and how each is reached.",
        ("gateway partners list", "gateway partners list --json"),
    ),
    Command(
        "test",
        "partners:probe",
        "Try a partner's channel: is it reached, is it who it says, are we let in.",
        ("gateway partners test acme", "gateway partners test acme --json"),
    ),
)
CONTROL_NUMBERS = (
    Command(
        "list",
        "control_numbers:list_numbers",
        "List how far each partner's control numbers are.",
        ("gateway control-numbers list",),
    ),
    Command(
        "set",
        "control_numbers:set_number",
        "Say which control number a partner gets next; who did it and why is kept.",
        ('gateway control-numbers set acme ISA 5000 --reason "they saw 4990 already"',),
    ),
)
WEBHOOKS = (
    Command(
        "list",
        "webhooks:list_webhooks",
        "List the webhooks: where each leads, how far it is, and whether it is disabled.",
        ("gateway webhooks list",),
    ),
    Command(
        "test",
        "webhooks:post_test",
        "Post one event of the type gateway.test, once, and tell what came of it.",
        ("gateway webhooks test shop",),
    ),
    Command(
        "deliveries",
        "webhooks:deliveries",
        "List what was posted to a webhook and what waits, newest first, with every attempt.",
        ("gateway webhooks deliveries shop --state given-up",),
    ),
    Command(
        "redeliver",
        "webhooks:redeliver",
        "Post events again, under the same ids: single ones, those of a stretch of time, or all that were given up.",
        ("gateway webhooks redeliver shop 4711 4712", "gateway webhooks redeliver shop --since 2026-11-20T08:00:00"),
    ),
    Command(
        "enable",
        "webhooks:enable",
        "Serve a webhook again that was disabled; it goes on where it stopped.",
        ("gateway webhooks enable shop",),
    ),
)
CERTS = (
    Command(
        "list",
        "certs:list_certificates",
        "List our keys and the partners' certificates, the one that ends first on top.",
        ("gateway certs list", "gateway certs list --json"),
    ),
    Command(
        "create",
        "certs:create",
        "Make a key of ours with its certificate, and use it from now on.",
        ("gateway certs create us-2026 --passphrase env:AS2_KEY_PASSPHRASE",),
    ),
    Command(
        "import",
        "certs:take_in",
        "Take a partner's certificate into its file, beside those that are there.",
        ("gateway certs import acme acme-2027.cer --from 2026-12-01",),
    ),
    Command(
        "export",
        "certs:export",
        "Print a certificate as PEM, to send to a partner; never a private key.",
        ("gateway certs export > us.pem",),
    ),
    Command(
        "rollover",
        "certs:rollover",
        "Make the next key of ours: read at once, signed with from a day on; the old one is read as long as it is listed.",
        ("gateway certs rollover us-2028 --at 2026-12-01T22:00:00",),
    ),
    Command(
        "rehearse",
        "certs:rehearse",
        "Tell whether business with a partner would survive a day: which key signs then, what is read, what is believed.",
        ("gateway certs rehearse acme --at 2026-12-01",),
    ),
)
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
