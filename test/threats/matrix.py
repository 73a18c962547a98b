"""Tries every attack in every way, and says in TAP what came of it.

    matrix.py [NAME...]      with PGHOST, PGPORT of a server, its superuser in PGUSER; PGBOUNCER: the program

An attack (attacks.py) is tried on plain and on partitioned tables, by an application with few rights and by one
with far too many (TEMP, CREATE, TRIGGER, TRUNCATE, pg_read_all_data, pg_monitor, ...), and each time

    direct    statement by statement, simple protocol
    prepared  prepared statements with generic plans, made in another tenant's transaction on the same connection
    do        inside of DO, by EXECUTE of PL/pgSQL
    parallel  with a parallel worker under every plan, and the leader not taking part
    pooled    extended protocol, through PgBouncer in transaction mode, one server connection for all

What is seen after each: nothing of tenant B's came back in rows, messages or notices; every row but A's and the
catalogs are what they were; the next user of the connection has no tenant, and as tenant B finds B's rows, B's
tables and the settings of a fresh connection. Last, the control: the attacks on textbook row-level security,
without the extension; those marked `control` must win there, so that this program is known to see them.
"""
import itertools
import os
import sys

import attacks as book
from session import MODES, Session
from stage import Bouncer, Stage, tenant

VICTIM = """SELECT (SELECT string_agg(p::text, ' ' ORDER BY id) FROM projects AS p), (SELECT count(*) FROM tasks), current_setting('search_path'),
    current_setting('transaction_read_only'), current_setting('statement_timeout'), current_setting('role'), current_setting('transaction_isolation'),
    current_setting('plan_cache_mode'), (SELECT count(*) FROM pg_cursors), (SELECT string_agg(name, ' ') FROM pg_prepared_statements WHERE from_sql),
    (SELECT count(*) FROM pg_class WHERE relpersistence = 't' AND pg_table_is_visible(oid)), (SELECT string_agg(c, ' ') FROM pg_listening_channels() AS c),
    label_of(7)"""


def victims_view(session, stage):
    """What the next tenant finds on the connection."""
    session.run("ROLLBACK")
    nobody = session.run(f"SELECT secret FROM {stage.schema}.projects")
    session.run("BEGIN")
    session.run(stage.enter("b"))
    found = session.run(VICTIM)
    session.run("SAVEPOINT s")
    wrote = session.run("INSERT INTO projects (tenant_id, id, slug, name) VALUES ('%s', 77, 'next', 'next') RETURNING tableoid::regclass::oid" % tenant["b"])
    session.run("ROLLBACK TO s")
    label = session.run("INSERT INTO labelled VALUES ('%s', 1, 'long label') RETURNING label" % tenant["b"])
    session.run("ROLLBACK")
    locks = stage.admin.value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
    return nobody.state, [str(nobody.rows)] if nobody.state == "00000" else [], found.state, found.rows, wrote.state, wrote.rows, label.rows, locks


def different(found, expected):
    """The parts of two views that are not alike."""
    if isinstance(found, (list, tuple)) and isinstance(expected, (list, tuple)) and len(found) == len(expected):
        return [different(new, old) for new, old in zip(found, expected) if new != old]
    return f"{found} instead of {expected}"


def outcome(session, stage, attack, mode, probe=None):
    """Runs the attack; its answers, in order."""
    statements = [stage.fill(text, probe) for text in attack.statements]
    if mode == "prepared" and not attack.bare:
        session.lend(statements, stage.enter("c"))
    answers = []
    if not attack.bare:
        session.run("BEGIN")
        answers.append(session.run(stage.enter("a")))
    for text in statements:
        if attack.bare:
            answers.append(session.attack(text, mode))
            continue
        session.run("SAVEPOINT attack")
        answer = session.attack(text, mode)
        answers.append(answer)
        session.run("ROLLBACK TO attack" if answer.failed else "RELEASE attack")
    if not attack.bare:
        answers.append(session.run("COMMIT" if attack.commit or not attack.oracle else "ROLLBACK"))
    return answers


def look_alike(first, second, attack):
    def shape(answers, probe):
        return [(a.state, str(a.rows).replace(probe, "PROBE"), a.message.replace(probe, "PROBE"), [n.replace(probe, "PROBE") for n in a.notices]) for a in answers]
    return shape(first, attack.oracle[0]) == shape(second, attack.oracle[1])


def try_attack(stage, attack, mode, pool):
    """What went wrong, as a list of words; empty: the attack came to nothing."""
    wrong = []
    try:
        session = stage.connect(attack, mode, pool)
    except ConnectionError as error:
        if attack.connection is None:
            return [f"no connection: {error}"]
        return []
    if attack.connection is not None:
        answers = [session.run(f"SELECT secret FROM {stage.schema}.projects")]
        if answers[0].state == "00000":
            wrong.append("the connection was accepted")
        if session.leaked:
            wrong.append("the connection was accepted, and B's rows came back")
        session.close()
        return wrong
    expected = stage.expected(session, victims_view)
    probes = attack.oracle or (None,)
    runs = [outcome(session, stage, attack, mode, probe) for probe in probes]
    states = {answer.state for answers in runs for answer in answers}
    if session.leaked:
        wrong.append("B's came back: " + session.leaked[:200])
    if states & {"57P02", "XX000", "lost"}:
        wrong.append("the server failed")
    if attack.refused and not states & set(attack.refused):
        wrong.append(f"not refused ({' '.join(sorted(states))})")
    if attack.oracle and not look_alike(runs[0], runs[1], attack):
        wrong.append("tells: " + " / ".join(a.summary() for answers in runs for a in answers if a.state not in ("00000",) or a.rows)[:400])
    session.leaked = ""
    session.run("ROLLBACK") # what the attack left open would keep the pool's one connection
    reader = session
    if mode == "pooled":
        reader = stage.connect(attack, mode, pool)
    found = victims_view(reader, stage)
    if attack.user is None and found != expected:
        wrong.append(f"left on the connection: {different(found, expected)}")
    for one in {session, reader}:
        one.close()
    wrong += stage.changes()
    return wrong


def main():
    wanted = sys.argv[1:]
    attacks = [a for a in book.read() if not wanted or a.name in wanted or a.row in wanted]
    failures = {attack.name: [] for attack in attacks}
    tried = dict.fromkeys(failures, 0)
    number = 0
    for stage in [Stage(form, rights) for form, rights in itertools.product(("plain", "parted"), ("sober", "generous"))]:
        stage.enter_schema()
        with Bouncer(os.environ.get("PGBOUNCER", "pgbouncer")) as pool:
            for mode, attack in itertools.product(MODES, attacks):
                if mode in attack.without or (mode == "pooled" and attack.user):
                    continue
                tried[attack.name] += 1
                wrong = try_attack(stage, attack, mode, pool)
                if wrong:
                    failures[attack.name].append(f"{stage.name} {mode}: " + "; ".join(wrong))
    for attack in attacks:
        number += 1
        bad = failures[attack.name]
        print(f"{'not ok' if bad else 'ok'} {number} - {attack.name}: {attack.title} ({tried[attack.name]} ways)")
        for line in bad:
            print("#   " + line.replace("\n", " | "))
    textbook = Stage("plain", "generous", textbook=True)
    lost = []
    for attack in attacks:
        if attack.connection is not None:
            continue
        textbook.renew()
        wins = bool(try_attack(textbook, attack, "direct", None))
        if wins:
            lost.append(attack.name)
        if attack.control:
            number += 1
            print(f"{'ok' if wins else 'not ok'} {number} - control: {attack.name} wins against textbook row-level security")
    print(f"# textbook row-level security loses to {len(lost)} of {len(attacks)} attacks: {' '.join(lost)}")
    print(f"1..{number}")


main()
