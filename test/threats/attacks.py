"""Reads the attacks: files of SQL in attacks/, every attack with a few lines of `--@` before it.

    --@ B2.reset: RESET, then another tenant
    --@ refused 42501
    RESET app.current_tenant_id;
    SELECT tenancy.set_tenant(:'b');

The name is the row of the catalogue (docs/SECURITY.md) and a word of its own. What must happen:

    refused STATE...     some statement fails with one of these SQLSTATEs
    no effect            nothing needs to fail
    oracle HAS | HASNOT  run twice, :probe being each in turn, of which B has only the first: both look alike
    connection refused   the connection itself fails, with STATE where one is given

More, one to a line:

    bare                 the statements open their transactions themselves (else: BEGIN and tenant A, COMMIT)
    commit               an oracle's transactions are committed, as those of other attacks are
    user ROLE            who connects (else the variant's application)
    options TEXT         options of the connection
    without MODE...      modes that cannot be: each with its reason in a comment
    control              textbook row-level security loses here; the control run demands it

Whatever happens, nothing of B's may come back, nothing but A's rows may change, and nothing may be left on the
connection for the next who uses it (matrix.py).
"""
import pathlib
import re
from dataclasses import dataclass, field


@dataclass
class Attack:
    name: str
    title: str
    statements: list = field(default_factory=list)
    refused: tuple = ()
    no_effect: bool = False
    oracle: tuple = ()
    connection: tuple = None
    bare: bool = False
    commit: bool = False
    control: bool = False
    user: str = None
    options: str = None
    without: tuple = ()

    @property
    def row(self):
        return self.name.split(".")[0]


def statements_of(text):
    """Splits at a semicolon that ends a line, outside of $$ bodies."""
    found, now = [], []
    for line in text.splitlines():
        if not now and (not line.strip() or line.startswith("--")):
            continue
        now.append(line)
        if line.rstrip().endswith(";") and "\n".join(now).count("$$") % 2 == 0:
            found.append("\n".join(now).strip().rstrip(";"))
            now = []
    if now:
        raise ValueError("a statement without end: " + "\n".join(now))
    return found


def _say(attack, line):
    word, _, rest = line.partition(" ")
    if word == "refused":
        attack.refused = tuple(rest.split())
    elif line == "no effect":
        attack.no_effect = True
    elif word == "oracle":
        attack.oracle = tuple(part.strip() for part in rest.split("|"))
    elif line.startswith("connection refused"):
        attack.connection = tuple(line.split()[2:])
    elif word in ("bare", "commit", "control") and not rest:
        setattr(attack, word, True)
    elif word in ("user", "options"):
        setattr(attack, word, rest)
    elif word == "without":
        attack.without = tuple(rest.split())
    else:
        raise ValueError(f"{attack.name}: unknown line --@ {line}")


def read(folder=pathlib.Path(__file__).parent / "attacks"):
    attacks = []
    for path in sorted(folder.glob("*.sql")):
        for part in re.split(r"(?m)^(?=--@ [A-Z]+\d+\.)", path.read_text())[1:]:
            head = re.match(r"--@ (\S+): (.*)\n", part)
            attack = Attack(head[1], head[2])
            for line in re.findall(r"(?m)^--@ (.*)$", part)[1:]:
                _say(attack, line)
            attack.statements = statements_of(part)
            outcomes = [bool(attack.refused), attack.no_effect, bool(attack.oracle), attack.connection is not None]
            if sum(outcomes) != 1 or not (attack.statements or attack.connection is not None):
                raise ValueError(f"{attack.name}: say what must happen, once, and what to run")
            attacks.append(attack)
    names = [attack.name for attack in attacks]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"twice: {twice}")
    return attacks
