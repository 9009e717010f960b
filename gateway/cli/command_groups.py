"""The commands that stand below another one: `gateway maps check`."""

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
