"""One connection of an attacker or a victim, and what was ever seen on it."""
import itertools

from psycopg import pq

MODES = ("direct", "prepared", "do", "parallel", "pooled")
MARK = "secret-b"
RETURNS_ROWS = ("select", "with", "table", "values", "explain", "show", "execute")
TRANSACTION = ("begin", "commit", "rollback", "savepoint", "release", "start", "prepare transaction", "copy")
_names = itertools.count()


class Answer:
    def __init__(self, state, rows, message, notices):
        self.state, self.rows, self.message, self.notices = state, rows, message, notices

    @property
    def failed(self):
        return self.state not in ("00000", "none")

    def summary(self):
        return f"{self.state} {self.rows} {self.message.strip()}"


class Session:
    def __init__(self, conninfo):
        self.conn = pq.PGconn.connect(conninfo.encode())
        if self.conn.status != pq.ConnStatus.OK:
            raise ConnectionError(self.conn.error_message.decode().strip())
        self.notices = []
        self.conn.notice_handler = lambda result: self.notices.append(result.error_message.decode("utf8", "replace"))
        self.leaked = ""
        self.prepared = {}

    def close(self):
        self.conn.finish()

    def _answer(self, result):
        rows = []
        if result.status == pq.ExecStatus.TUPLES_OK:
            rows = [tuple((result.get_value(r, c) or b"").decode("utf8", "replace") for c in range(result.nfields)) for r in range(result.ntuples)]
        elif result.status == pq.ExecStatus.COPY_OUT:
            while True:
                size, data = self.conn.get_copy_data(0)
                if size <= 0:
                    break
                rows.append((bytes(data).decode("utf8", "replace"),))
            result = self.conn.get_result()
            self.conn.get_result()
        elif result.status == pq.ExecStatus.COPY_IN:
            self.conn.put_copy_data(b"00000000-0000-4000-8000-00000000000b\t70\tplanted\tplanted\n")
            self.conn.put_copy_end()
            result = self.conn.get_result()
            self.conn.get_result()
        state, message = "00000", ""
        if result.status == pq.ExecStatus.FATAL_ERROR:
            state = (result.error_field(pq.DiagnosticField.SQLSTATE) or b"lost").decode()
            message = result.error_message.decode("utf8", "replace")
        notices, self.notices[:] = list(self.notices), []
        notified = []
        while self.conn.status == pq.ConnStatus.OK and (note := self.conn.notifies()):
            notified.append(str(note))
        answer = Answer(state, rows, message, notices + notified)
        seen = f"{rows} {message} {answer.notices}"
        if MARK in seen and not self.leaked:
            self.leaked = seen[seen.index(MARK) - 10:]
        return answer

    def run(self, text):
        kept = self.leaked
        answer = self._answer(self.conn.exec_(text.encode()))
        self.leaked = kept
        return answer

    def attack(self, text, mode):
        first = text.lower()
        control = first.startswith(TRANSACTION)
        if mode == "do" and not control:
            quoted = "$attack$" + text + "$attack$"
            if first.startswith(RETURNS_ROWS) or " returning " in first.replace("\n", " "):
                body = f"DECLARE r record; BEGIN FOR r IN EXECUTE {quoted} LOOP RAISE NOTICE '%', r; END LOOP; END"
            else:
                body = f"BEGIN EXECUTE {quoted}; END"
            return self._answer(self.conn.exec_(f"DO $run${body}$run$".encode()))
        if mode == "prepared" and not control:
            if text not in self.prepared:
                answer = self._prepare(text)
                if answer.failed:
                    return answer
            return self._answer(self.conn.exec_prepared(self.prepared[text], []))
        if mode == "pooled" and not control:
            return self._answer(self.conn.exec_params(text.encode(), []))
        return self._answer(self.conn.exec_(text.encode()))

    def _prepare(self, text):
        name = b"attack%d" % next(_names)
        answer = self._answer(self.conn.prepare(name, text.encode()))
        if not answer.failed:
            self.prepared[text] = name
        return answer

    def lend(self, statements, enter):
        """Prepares and runs the statements in another tenant's transaction, which is rolled back."""
        self.run("BEGIN")
        self.run(enter)
        for text in statements:
            self.run("SAVEPOINT lent")
            if self.attack(text, "prepared").failed:
                self.run("ROLLBACK TO lent")
        self.run("ROLLBACK")
        self.leaked = ""
