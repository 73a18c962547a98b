"""How an application enters a tenant with psycopg 3; docs/CONNECTING.md shows these lines."""
from contextlib import contextmanager

from psycopg_pool import ConnectionPool


def open_pool(where, size):
    # psycopg prepares what it has run five times; PgBouncer before 1.21 cannot have that.
    return ConnectionPool(where, min_size=1, max_size=size,
                          kwargs={"autocommit": True, "prepare_threshold": None})


@contextmanager
def transaction(pool, enter, whom):
    with pool.connection() as conn, conn.pipeline():  # an error: the pool's block rolls back
        conn.execute("BEGIN")
        conn.execute(enter, [whom])
        yield conn
        conn.execute("COMMIT")


def in_tenant(pool, tenant):
    return transaction(pool, "SELECT tenancy.set_tenant(%s)", tenant)


def with_token(pool, token):
    return transaction(pool, "SELECT tenancy.authenticate(%s)", token)


def customers(conn):
    return conn.execute("SELECT tenant_id::text, name FROM shop.customers").fetchall()


def customers_in_one_round_trip(pool, token):
    with with_token(pool, token) as conn:
        found = conn.execute("SELECT tenant_id::text, name FROM shop.customers")
    return found.fetchall()
