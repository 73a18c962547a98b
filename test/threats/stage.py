"""The databases, the roles and the pooler that the attacks are tried on."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

from session import Session

here = pathlib.Path(__file__).parent
tenant = {name: f"00000000-0000-4000-8000-00000000000{digit}" for name, digit in (("a", "a"), ("b", "b"), ("c", "c"), ("suspended", "d"))}
settings = {
    "parallel": "-c FORCE_PARALLEL=on -c parallel_leader_participation=off -c parallel_setup_cost=0 "
                "-c parallel_tuple_cost=0 -c min_parallel_table_scan_size=0 -c min_parallel_index_scan_size=0",
    "prepared": "-c plan_cache_mode=force_generic_plan",
}


def filled(text, flags, **values):
    text = re.sub(r"\{if (\w+)\}\n?(.*?)\{end\}\n?", lambda m: m[2] if m[1] in flags else "", text, flags=re.S)
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text


class Admin:
    def __init__(self, database):
        # What the attacked server logs of plans is for the attackers' statements.
        self.session = Session(f"dbname={database} options='-c auto_explain.log_min_duration=-1 -c jit=off'")

    def run(self, text):
        answer = self.session.run(text)
        if answer.failed:
            raise RuntimeError(answer.summary() + "\n" + text[:300])
        return answer

    def value(self, text):
        return self.run(text).rows[0][0]

    def close(self):
        self.session.close()


class Bouncer:
    """PgBouncer in transaction mode, with one server connection for each user."""

    def __init__(self, program):
        self.folder = tempfile.mkdtemp(prefix="pg_tenancy_pool.", dir="/tmp")
        host, port = os.environ["PGHOST"], os.environ.get("PGPORT", "5432")
        (pathlib.Path(self.folder) / "users").write_text("".join(f'"{user}" ""\n' for user in ("app_sober", "app_generous", "shop_owner")))
        (pathlib.Path(self.folder) / "ini").write_text(
            f"[databases]\n* = host={host} port={port}\n[pgbouncer]\nlisten_addr=\nunix_socket_dir={self.folder}\nlisten_port=6432\n"
            f"auth_type=trust\nauth_file={self.folder}/users\npool_mode=transaction\ndefault_pool_size=1\nmax_client_conn=50\n"
            f"logfile={self.folder}/log\nserver_lifetime=3600\n")
        self.process = subprocess.Popen([program, "-q", f"{self.folder}/ini"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            if os.path.exists(f"{self.folder}/.s.PGSQL.6432"):
                return
            time.sleep(0.05)
        raise RuntimeError("PgBouncer does not start: " + (pathlib.Path(self.folder) / "log").read_text())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Stage:
    """A schema (plain or parted) and an application (sober or generous); the database is made at first need."""
    made = {}

    def __init__(self, form, rights, textbook=False):
        self.schema, self.user, self.textbook = form, "app_" + rights, textbook
        self.database = "textbook" if textbook else "threats"
        self.name = f"{form} {rights}"
        self.views = {}
        if self.database not in Stage.made:
            Stage.made[self.database] = self._make()
        self.admin = Stage.made[self.database]
        self.own = self.admin.value(f"SELECT threats.state_of_a('{form}')")

    def _make(self):
        root = Admin("postgres")
        if not Stage.made:
            root.run((here / "common.sql").read_text())
        if not root.run(f"SELECT FROM pg_database WHERE datname = '{self.database}_pristine'").rows:
            self._fill(root, f"{self.database}_pristine")
        root.run(f"CREATE DATABASE {self.database} TEMPLATE {self.database}_pristine")
        for line in ("REVOKE TEMP, CREATE ON DATABASE {0} FROM PUBLIC", "GRANT TEMP, CREATE ON DATABASE {0} TO app_generous"):
            root.run(line.format(self.database))
        root.close()
        return Admin(self.database)

    def _fill(self, root, database):
        root.run(f"CREATE DATABASE {database}")
        admin = Admin(database)
        flags = {"textbook"} if self.textbook else {"ours"}
        values = dict(tenant, tenant="current_setting('app.current_tenant_id')::uuid" if self.textbook else "tenancy.current_tenant_id()")
        admin.run(filled((here / "database.sql").read_text(), flags, **values))
        for form in ("plain",) if self.textbook else ("plain", "parted"):
            text = filled((here / "fixture.sql").read_text(), flags | {form}, schema=form, only="ONLY " if form == "plain" else "",
                          partitioned="PARTITION BY LIST (tenant_id)" if form == "parted" else "", **values)
            admin.run(self.own_setting(text))
            admin.run(f"CALL threats.restore('{form}')")
        if not self.textbook:
            root.run("REVOKE pg_read_all_data FROM app_generous") # with it no role is enrolled
            admin.run("SELECT tenancy.enroll(role) FROM unnest(ARRAY['app_sober', 'app_generous']::regrole[]) AS role")
            root.run("GRANT pg_read_all_data TO app_generous")
        admin.close()

    def renew(self):
        """A fresh textbook database, after an attack that may have won."""
        self.admin.close()
        root = Admin("postgres")
        self._forget(root)
        root.run(f"DROP DATABASE {self.database} WITH (FORCE)")
        for role in ("shop_owner", "batch", "app_super", "app_sober", "app_generous"):
            root.run(f"ALTER ROLE {role} RESET ALL")
        root.close()
        Stage.made[self.database] = self.admin = self._make()
        self.enter_schema()

    def enter_schema(self):
        """The schema by which new connections find the tables."""
        for user in ("app_sober", "app_generous", "shop_owner", "batch", "app_super"):
            self.admin.run(f"ALTER ROLE {user} IN DATABASE {self.database} SET search_path = {self.schema}, public")
        self.state = self.admin.value(f"SELECT threats.state('{self.schema}')")

    def _forget(self, root):
        for (name,) in root.run(f"SELECT gid FROM pg_prepared_xacts WHERE database = '{self.database}'").rows:
            admin = Admin(self.database)
            admin.run(f"ROLLBACK PREPARED '{name}'")
            admin.close()
        for (name,) in root.run(f"SELECT slot_name FROM pg_replication_slots WHERE database = '{self.database}'").rows:
            root.run(f"SELECT pg_drop_replication_slot('{name}')")

    def own_setting(self, text):
        """Ours is looked after by the library wherever that is loaded: textbooks take one of their own."""
        return text.replace("app.current_tenant_id", "app.textbook_tenant") if self.textbook else text

    def enter(self, name):
        call = "set_config('app.current_tenant_id', '%s', true)" if self.textbook else "tenancy.set_tenant('%s')"
        return self.own_setting("SELECT " + call % tenant[name])

    def fill(self, text, probe):
        for name, value in tenant.items():
            text = text.replace(f":'{name}'", f"'{value}'")
        text = text.replace(":'schema'", f"'{self.schema}'")
        if "toast_of_documents" in text:
            holder = "documents_all" if self.schema == "parted" else "documents"
            text = text.replace("pg_toast.toast_of_documents", self.admin.value(f"SELECT reltoastrelid::regclass FROM pg_class WHERE oid = '{self.schema}.{holder}'::regclass"))
        if self.textbook:
            text = re.sub(r"tenancy\.set_tenant\(('[^']*')[^)]*\)", r"set_config('app.current_tenant_id', \1, true)", text)
            text = text.replace("tenancy.current_tenant_id()", "current_setting('app.current_tenant_id')::uuid").replace("tenancy.clear_tenant()", "set_config('app.current_tenant_id', '', true)")
        if probe is not None:
            text = text.replace(":'probe'", f"'{probe}'").replace(":probe", probe)
        return self.own_setting(text)

    def connect(self, attack, mode, pool):
        user = attack.user or self.user
        options = (attack.options or "").replace(":b", tenant["b"])
        if mode == "pooled":
            return Session(f"host={pool.folder} port=6432 dbname={self.database} user={user}") # which passes no options on
        force = "debug_parallel_query" if self.admin.session.conn.server_version >= 160000 else "force_parallel_mode"
        more = settings.get(mode, "").replace("FORCE_PARALLEL", force)
        return Session(f"dbname={self.database} user={user} options='{self.own_setting(options)} {more}'")

    def expected(self, session, look):
        """What a fresh connection shows the victim; looked at once for each kind of connection."""
        key = session.run("SELECT current_setting('plan_cache_mode'), session_user").rows[0]
        if key not in self.views:
            self.views[key] = look(session, self)
        return self.views[key]

    def changes(self):
        wrong = []
        now, own = self.admin.run(f"SELECT threats.state('{self.schema}'), threats.state_of_a('{self.schema}')").rows[0]
        if now != self.state:
            old = set(self.state.split("\n"))
            wrong.append("changed: " + "; ".join(line[:150] for line in now.split("\n") if line not in old)[:400])
            self.state = now
        if own != self.own and not self.textbook:
            self.admin.run(f"CALL threats.restore('{self.schema}')")
        return wrong
