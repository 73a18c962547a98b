"""Checks of psycopg 3: `ok` or `FAIL` per line. The environment is set by ../run.sh."""
import base64
import hashlib
import hmac
import json
import logging
import os
import socket
import time
import traceback
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import psycopg
from shop import customers, customers_in_one_round_trip, in_tenant, open_pool, transaction, with_token

ENV = os.environ
TENANTS = ENV["SHOP_TENANTS"].split(",")
ROUNDS = int(ENV["SHOP_ROUNDS"])


def check(name, good, detail=""):
    print(f"ok python: {name}" if good else f"FAIL python: {name}: {detail}", flush=True)


def token(tenant, expires=600, key=ENV["SHOP_KEY"]):
    def part(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")
    now = int(time.time())
    said = part(json.dumps({"alg": "HS256", "kid": "shop"}).encode()) + b"." + part(json.dumps(
        {"tenant_id": tenant, "sub": "ada", "iat": now - 300, "exp": now + expires}).encode())
    return (said + b"." + part(hmac.digest(key.encode(), said, hashlib.sha256))).decode()


def where(port, database):
    return psycopg.conninfo.make_conninfo(
        host="127.0.0.1", port=port, dbname=database, user="shop_app",
        password=ENV["SHOP_PASSWORD"], sslmode="disable", gssencmode="disable")


def state(work):
    """What became of it: 'ok', or the SQLSTATE of the driver's own error."""
    try:
        work()
        return "ok"
    except psycopg.Error as error:
        return error.sqlstate or repr(error)


def inside(enter, work):
    def run():
        with enter as conn:
            return work(conn)
    return run


class Short(Exception):
    pass


def nothing_is_carried_over(title, port, database, enter, size):
    """Every tenant at once, on connections that they share."""
    with open_pool(where(port, database), size) as pool:
        def one(tenant):
            seen = Counter()
            for turn in range(ROUNDS):
                try:
                    with enter(pool, tenant) as conn:
                        if turn % 7 == 3:
                            conn.execute("INSERT INTO shop.customers (name) VALUES ('short')")
                        rows = customers(conn)
                        if turn % 7 == 3:
                            rows.pop()
                            raise Short()
                except Short:
                    pass
                own = len(rows) == 5 and all(row[0] == tenant for row in rows)
                seen["own" if own else "other"] += 1
                if turn % 5 == 0:
                    nobody = state(inside(transaction(pool, "SELECT %s::text", ""), customers))
                    with pool.connection() as conn:
                        alone = state(lambda: customers(conn))
                    seen["without" if (nobody, alone) == ("42501", "42501") else "leak"] += 1
            return seen
        with ThreadPoolExecutor(len(TENANTS)) as threads:
            seen = sum(threads.map(one, TENANTS), Counter())
    wanted = len(TENANTS) * ROUNDS
    check(f"{title}: {wanted} transactions of {len(TENANTS)} tenants read their own rows, "
          f"{wanted // 5} without a tenant got 42501",
          seen == {"own": wanted, "without": wanted // 5}, dict(seen))


def errors_of(title, port):
    with open_pool(where(port, "shop"), 2) as pool:
        try:
            with in_tenant(pool, TENANTS[0]) as conn:
                conn.execute("INSERT INTO shop.customers (tenant_id, name) VALUES (%s, 'Eve')", [TENANTS[1]])
            refused = None
        except psycopg.errors.InsufficientPrivilege as error:
            refused = error
        check(f"{title}: a row for another tenant is InsufficientPrivilege, 42501, that names the table",
              refused and refused.sqlstate == "42501" and "shop.customers" in str(refused), refused)
        check(f"{title}: the connection goes on", state(inside(in_tenant(pool, TENANTS[0]), customers)) == "ok")
        with pool.connection() as conn:
            try:
                customers(conn)
                nobody = None
            except psycopg.errors.InsufficientPrivilege as error:
                nobody = error
        check(f'{title}: no tenant is 42501 "no tenant is set"', "no tenant is set" in str(nobody), nobody)
        check(f"{title}: an unknown tenant is 42704, with its query behind it",
              state(inside(in_tenant(pool, "00000000-0000-4000-8000-0000000000ff"), customers)) == "42704")
        with transaction(pool, "SELECT set_config('app.current_tenant_id', %s, true)", TENANTS[2]) as conn:
            rows = customers(conn)
        check(f"{title}: set_config", len(rows) == 5 and rows[0][0] == TENANTS[2], rows)
        with pool.connection() as conn, conn.transaction():
            conn.execute(psycopg.sql.SQL("SET LOCAL app.current_tenant_id = {}").format(TENANTS[2]))
            rows = customers(conn)
        check(f"{title}: SET LOCAL", len(rows) == 5 and rows[0][0] == TENANTS[2], rows)
        with pool.connection() as conn:
            check(f"{title}: a plain SET is refused",
                  state(lambda: conn.execute(f"SET app.current_tenant_id = '{TENANTS[0]}'")) == "42501")
            conn.execute("SELECT set_config('app.current_tenant_id', %s, true)", [TENANTS[0]])
            check(f"{title}: outside a transaction set_config ends at once", state(lambda: customers(conn)) == "42501")
            conn.execute("SELECT set_config('app.current_tenant_id', %s, false)", [TENANTS[0]])
            check(f"{title}: whatever its last argument says", state(lambda: customers(conn)) == "42501")
        # Connection options: the pooler refuses them, or the server.
        told = state(lambda: psycopg.connect(where(port, "shop") + f" options='-c app.current_tenant_id={TENANTS[0]}'").execute(
            "SELECT count(*) FROM shop.customers"))
        check(f"{title}: nor does the option of a connection open anything", told != "ok", told)


def tokens(title, port):
    with open_pool(where(port, "shop_signed"), 2) as pool:
        good = token(TENANTS[0])
        rows = inside(with_token(pool, good), customers)()
        check(f"{title}: authenticate", len(rows) == 5 and rows[0][0] == TENANTS[0], rows)
        head, body, tail = good.split(".")
        bad = {"expired": token(TENANTS[0], -100), "forged": token(TENANTS[0], key="f" * 32),
               "changed": ".".join([head, token(TENANTS[1]).split(".")[1], tail])}
        for name, text in bad.items():
            told = None
            try:
                inside(with_token(pool, text), customers)()
            except psycopg.errors.InvalidAuthorizationSpecification as error:
                told = error.sqlstate
            check(f"{title}: a token that is {name} is 28000", told == "28000", told)
        check(f"{title}: set_tenant is 42501", state(inside(in_tenant(pool, TENANTS[0]), customers)) == "42501")
        with pool.connection() as conn:
            told = state(lambda: psycopg.ClientCursor(conn).execute("SELECT tenancy.authenticate(%s)", [good]))
            check(f"{title}: ClientCursor writes the token into the text: 22023", told == "22023", told)


def prepared(title, port):
    """A name of the protocol's, prepared for one tenant and run for others."""
    def mine(conn):
        return conn.execute("SELECT tenant_id::text, name FROM shop.customers", prepare=True).fetchall()

    with open_pool(where(port, "shop_signed"), 3) as pool:
        def one(tenant):
            told = Counter()
            for turn in range(10):
                try:
                    enter = transaction(pool, "SELECT %s::text", "") if turn % 5 == 4 else with_token(pool, token(tenant))
                    with enter as conn:
                        # What happens to those who forget prepare_threshold=None.
                        conn.prepare_threshold = 5
                        rows = mine(conn)
                    ids = {row[0] for row in rows}
                    own = ids == {tenant} and turn % 5 != 4
                    told["own" if own else "foreign" if ids & set(TENANTS) else "odd"] += 1
                except psycopg.Error as error:
                    told[error.sqlstate or repr(error)] += 1
            return told
        with ThreadPoolExecutor(len(TENANTS)) as threads:
            told = sum(threads.map(one, TENANTS), Counter())
    # A pooler that does not know prepared statements: a name is unknown, or another client's and another statement.
    check(f"{title}: prepared statements do not cross tenants ({json.dumps(told)})",
          set(told) == {"own", "42501"} if title == "direct" else told["own"] > 0 and "foreign" not in told)


def set_up_and_reset(title, port):
    """What drivers and poolers send besides queries."""
    with psycopg.connect(where(port, "shop"), autocommit=True) as conn:
        told = {what: state(lambda what=what: conn.execute(what)) for what in (
            "SET TimeZone = 'UTC'", "SET application_name = 'shop'", "SET statement_timeout = '30s'", "DISCARD ALL",
            "RESET ALL", "DEALLOCATE ALL", "UNLISTEN *", "CLOSE ALL", "SELECT pg_advisory_unlock_all()",
            "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE", "SHOW transaction_isolation",
            "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED", "SELECT 1", "")}
        check(f"{title}: statements that set a connection up, or back, are let through",
              set(told.values()) == {"ok"}, told)
        with conn.transaction():
            conn.execute("SELECT tenancy.set_tenant(%s)", [TENANTS[0]])
            with conn.cursor("browse") as cursor:
                rows = cursor.execute("SELECT tenant_id::text FROM shop.customers").fetchmany(2)
            try:
                with conn.transaction(), conn.cursor().copy("COPY shop.customers (name) FROM STDIN"):
                    pass
                refused = "nothing"
            except psycopg.errors.FeatureNotSupported as error:
                refused = str(error)
            with conn.cursor().copy("COPY (SELECT name FROM shop.customers) TO STDOUT") as copy:
                rows += list(copy.rows())
            with conn.cursor() as cursor:
                cursor.executemany("INSERT INTO shop.customers (name) VALUES (%s)", [["one"], ["two"]])
            found = psycopg.types.TypeInfo.fetch(conn, "hstore")
            raise psycopg.Rollback()
        check(f"{title}: COPY FROM is refused by PostgreSQL, 0A000", "row-level security" in refused, refused)
        check(f"{title}: cursors, COPY TO, executemany, type look-ups", len(rows) == 7 and found is None, rows)


# What psycopg says of a pipeline that an error has ended.
logging.getLogger("psycopg").setLevel(logging.ERROR)
def left_behind(title, port, wanted):
    """A name that one tenant's transaction has prepared, in a later one of another tenant."""
    said = Counter()
    for turn in range(8):
        with psycopg.connect(where(port, "shop"), autocommit=True, prepare_threshold=None) as conn, conn.transaction():
            conn.execute("SELECT tenancy.set_tenant(%s)", [TENANTS[turn]])
            try:
                with conn.transaction():
                    rows = conn.execute("EXECUTE left_behind").fetchall()
                said["own" if len(rows) == 5 and all(row[0] == TENANTS[turn] for row in rows) else "other"] += 1
            except psycopg.errors.InvalidSqlStatementName:
                said["gone"] += 1
                conn.execute("PREPARE left_behind AS SELECT tenant_id::text FROM shop.customers")
    check(f"{title}: a prepared statement left behind ({json.dumps(said)})", wanted(said), dict(said))


CONTROL = socket.create_connection(("127.0.0.1", int(ENV["SHOP_WIRE_CONTROL"]))).makefile("rw")


def turns(name):
    CONTROL.write(name + "\n")
    CONTROL.flush()
    return int(CONTROL.readline())


def round_trips(title, port):
    def one_by_one(pool):
        with pool.connection() as conn, conn.transaction():
            conn.execute("SELECT tenancy.set_tenant(%s)", [TENANTS[0]])
            customers(conn)
    for database, wanted, name, work in (
            ("shop", 2, "set_tenant and a query; COMMIT", lambda pool: inside(in_tenant(pool, TENANTS[0]), customers)()),
            ("shop_signed", 2, "authenticate and a query; COMMIT",
             lambda pool: inside(with_token(pool, token(TENANTS[0])), customers)()),
            ("shop_signed", 1, "authenticate, a query that is read later, COMMIT",
             lambda pool: customers_in_one_round_trip(pool, token(TENANTS[0]))),
            ("shop", 4, "without the pipeline: BEGIN; set_tenant; a query; COMMIT", one_by_one)):
        with open_pool(where(port, database), 1) as pool:
            pool.wait()
            before = turns(title)
            work(pool)
            counted = turns(title) - before
        check(f"{title}: {wanted} round trip{'s' * (wanted > 1)}: {name}", counted == wanted, counted)


def main():
    for title, port, wire in (("direct", ENV["SHOP_DIRECT"], ENV["SHOP_WIRE_DIRECT"]),
                              ("pooled", ENV["SHOP_POOLED"], ENV["SHOP_WIRE_POOLED"])):
        nothing_is_carried_over(f"{title}, setting", port, "shop", in_tenant, 3)
        nothing_is_carried_over(f"{title}, token", port, "shop_signed",
                                lambda pool, tenant: with_token(pool, token(tenant)), 8)
        errors_of(title, port)
        tokens(title, port)
        prepared(title, port)
        set_up_and_reset(title, port)
        round_trips(title, wire)
    # It stays, but shows nobody's rows but one's own; or it is cleared away.
    left_behind("pooled", ENV["SHOP_POOLED"], lambda said: set(said) == {"gone"})
    left_behind("server_reset_query_always", ENV["SHOP_CLEANED"], lambda said: set(said) == {"gone"})
    nothing_is_carried_over("server_reset_query_always, token", ENV["SHOP_CLEANED"], "shop_signed",
                            lambda pool, tenant: with_token(pool, token(tenant)), 8)


try:
    main()
except Exception:
    print("FAIL python: stopped: " + traceback.format_exc().replace("\n", "\n    "))
    raise SystemExit(1)
