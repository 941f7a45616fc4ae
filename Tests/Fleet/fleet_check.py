"""Loads what `export --fleet` writes into real databases, and holds their answers to ours.

  fleet_check.py FINI-TRACE ROOT SCRATCH DATABASE...

A DATABASE is postgresql (FLEET_SOCKET names the folder of its socket), duckdb or clickhouse. tools/fleet-test runs it.
"""

import csv
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys

TOOL, ROOT, SCRATCH = sys.argv[1:4]
DATABASES = sys.argv[4:]
DAY = 86_400_000_000_000
START = 20_000 * DAY + 1
# What a process, a log or whoever writes a recording by hand may put into a text.
HOSTILE = [
    b"=cmd|' /C calc'!A0", b"+1+1", b"-2+3", b"@SUM(A1:A9)", b'"; DROP TABLE fini.runs; --', b"two\nlines\r\nand a tab\t",
    b"a nul\x00in it", b"no utf-8 \xff\xfe\xc3(", b"\\N", b"\\.", b"NULL", b"", b"','", b"\x01\x02\x1f\x7f",
    b"x\n\\.\ny", b"x\r\n\\.\r\ny", b"\\.\n\\.\n\\.",
    'a"\u0301,b"\u0301'.encode(), "=\u0301cmd".encode(), "\u202e\u2028\U0001f525".encode(), b"{\"a\":1}", b"$1 ${x} %s :name \\copy",
]
TEXTS = {
    "run": ["host", "kernel_release", "tool_version", "tracer_version", "command_line", "exit_summary"],
    "judgement": ["summary"], "task": ["name"],
    "explanation": ["headline", "cause", "ptrace_part", "tool"],
    "diagnosis": ["cause", "entry", "certainty", "sentence"],
}
FIXTURES = {
    "a": ["good", "sigusr1", "sigtrap", "lost-breakpoint", "killed", "pending-trap", "restore", "sigstop"],
    "b": ["good-syscalls", "sigusr1", "terse", "tracer-killed", "zombie", "traced", "sigcont-infection", "gdb"],
}
failures = []


def check(holds, what):
    if not holds:
        failures.append(what)
        print(f"FAILED: {what}", flush=True)


def tool(*words, status=(0,)):
    done = subprocess.run([TOOL, *words], capture_output=True, cwd=SCRATCH)
    check(done.returncode in status, f"{words} ends with {done.returncode}: {done.stderr.decode()}")
    return done.stdout.decode()


def shown(raw):
    """A text as the export has it: what is no UTF-8, and NUL, is U+FFFD."""
    return raw.decode("utf-8", "replace").replace("\0", "\ufffd")


def make_recordings():
    """Two recordings of two machines, with runs of three days, and a third with a hostile run."""
    for name, fixtures in FIXTURES.items():
        path = f"{SCRATCH}/{name}.db"
        for fixture in fixtures:
            logs = [f"{ROOT}/Tests/Fixtures/{fixture}.{kind}.gz" for kind in ("strace", "log")]
            tool("import", *[log for log in logs if os.path.exists(log)], "-o", path, status=(0, 1, 2))
        with sqlite3.connect(path) as db:
            db.execute("UPDATE origin SET machine = ?, boot = ?", (name * 32, "0" * 32))
            for (run,) in db.execute("SELECT number FROM run").fetchall():
                db.execute(
                    "UPDATE run SET started_realtime_ns = ?, kernel_release = ?, host = ?, lost = ? WHERE number = ?",
                    (START + (run % 3) * DAY, ["6.1.0", "6.12.1"][run % 2], f"node-{name}", run % 4 == 0, run))
        db.close()
    plain, path = f"{SCRATCH}/plain.db", f"{SCRATCH}/hostile.db"
    tool("import", f"{ROOT}/Tests/Fixtures/sigusr1.strace.gz", "-o", plain, status=(0, 1, 2))
    shutil.copy(plain, path)
    with sqlite3.connect(path) as db:
        place = 0
        for table, columns in TEXTS.items():
            for row, in db.execute(f"SELECT count(*) FROM {table}").fetchall():
                check(row > 0, f"the hostile run has a row of {table}")
            for column in columns:
                db.execute(f"UPDATE {table} SET {column} = CAST(? AS TEXT)", (HOSTILE[place % len(HOSTILE)],))
                place += 1
        # A run of the time before runs had names: its key is made of what it has.
        db.execute("DELETE FROM origin")
    db.close()
    # The hostile run once for each text, in the place that most programs show.
    for number, text in enumerate(HOSTILE):
        path = f"{SCRATCH}/hostile-{number}.db"
        shutil.copy(plain, path)
        with sqlite3.connect(path) as db:
            db.execute("UPDATE origin SET uuid = ?", (f"00000000-0000-4000-8000-{number:012}",))
            for table, columns in TEXTS.items():
                for column in columns:
                    db.execute(f"UPDATE {table} SET {column} = CAST(? AS TEXT)", (text,))
        db.close()
    return [f"{SCRATCH}/{name}.db" for name in ["a", "b", "hostile"] + [f"hostile-{n}" for n in range(len(HOSTILE))]]


def questions(of):
    text = open(f"{ROOT}/schema/fleet/{of}/questions.sql").read()
    parts = re.split(r"^-- \d+\. .*$", text, flags=re.M)[1:]
    check(len(parts) == 10, f"{of} has ten questions")
    return [part.strip().rstrip(";") for part in parts]


def same(first, second):
    """Whether two answers have the same rows, whatever the order of equal ones; percentages to a tenth."""
    def key(row):
        return [(value is not None, str(value)) for value in row]
    first, second = sorted(first, key=key), sorted(second, key=key)
    if len(first) != len(second):
        return False
    for one, other in zip(first, second):
        for a, b in zip(one, other):
            if isinstance(a, float) or isinstance(b, float):
                if a is None or b is None or abs(float(a) - float(b)) > 0.101:
                    return False
            elif a != b:
                return False
    return True


class Database:
    def script(self, name, folder):
        raise NotImplementedError

    def rows(self, query):
        raise NotImplementedError


class PostgreSQL(Database):
    name, final = "postgresql", ""

    def __init__(self, copy):
        self.base = f"fleet{copy}"
        self._psql("postgres", SCRATCH, "-c", f"CREATE DATABASE {self.base} ENCODING 'UTF8' TEMPLATE template0")

    def _psql(self, base, folder, *words):
        done = subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", os.environ["FLEET_SOCKET"], "-U", "fleet", "-d", base, *words],
            capture_output=True, cwd=folder)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.decode())
        return done.stdout.decode()

    def script(self, name, folder):
        self._psql(self.base, folder, "-f", f"{ROOT}/schema/fleet/postgresql/{name}.sql")

    def execute(self, statement):
        self._psql(self.base, SCRATCH, "-c", statement)

    def rows(self, query):
        out = self._psql(self.base, SCRATCH, "-c", f"SELECT row_to_json(q) FROM ({query}) q")
        return [tuple(json.loads(line).values()) for line in out.split("\n") if line]


class DuckDB(Database):
    name, final = "duckdb", ""

    def __init__(self, copy):
        import duckdb

        self.connection = duckdb.connect(f"{SCRATCH}/fleet{copy}.duckdb")

    def script(self, name, folder):
        os.chdir(folder)
        self.connection.execute(open(f"{ROOT}/schema/fleet/duckdb/{name}.sql").read())

    def execute(self, statement):
        self.connection.execute(statement)

    def rows(self, query):
        return [tuple(row) for row in self.connection.execute(query).fetchall()]


class ClickHouse(Database):
    name, final = "clickhouse", " FINAL"

    session = None

    def __init__(self, copy):
        # One server in a process: the second load begins with nothing.
        from chdb import session

        if ClickHouse.session is None:
            ClickHouse.session = session.Session(f"{SCRATCH}/clickhouse")
        self.session.query("DROP DATABASE IF EXISTS fini")

    def script(self, name, folder):
        os.chdir(folder)
        text = open(f"{ROOT}/schema/fleet/clickhouse/{name}.sql").read()
        for statement in re.sub(r"^--.*$", "", text, flags=re.M).split(";\n"):
            if statement.strip():
                self.session.query(statement)

    def rows(self, query):
        out = self.session.query(query, "JSONCompactEachRow").bytes().decode()
        return [tuple(json.loads(line)) for line in out.split("\n") if line]


KINDS = {kind.name: kind for kind in (PostgreSQL, DuckDB, ClickHouse)}


def read_folder(folder, suffix):
    """The rows of a folder by table, read by Python's own readers; NULL of a CSV is an empty text."""
    found = {}
    for name in sorted(os.listdir(folder)):
        table, _, kind = name.partition(".")
        if kind != suffix:
            continue
        with open(f"{folder}/{name}", newline="", encoding="utf-8") as file:
            if suffix == "csv":
                rows = list(csv.reader(file, strict=True))
                found[table] = [dict(zip(rows[0], row)) for row in rows[1:]]
                check(all(len(row) == len(rows[0]) for row in rows), f"{name}: each row has all columns")
            else:
                found[table] = [json.loads(line) for line in file]
    return found


def try_database(name, folders, expected, told):
    counts = {}
    for copy, suffix in enumerate(("ndjson", "csv")):
        database = KINDS[name](copy)
        database.script("tables", SCRATCH)
        for turn in ("first", "second"):
            # ON CONFLICT, ReplacingMergeTree: the second load changes nothing.
            if turn == "second" and name != "clickhouse":
                # What a run had before logs were put into it goes when the run is loaded again.
                database.execute(
                    "INSERT INTO fini.diagnoses (machine, boot, run, number) SELECT machine, boot, run, 99 FROM fini.runs")
            database.script(f"load-{suffix}", folders[suffix])
            for table, rows in expected.items():
                columns = list(rows[0]) if rows else ["run"]
                found = database.rows(f"SELECT {', '.join(columns)} FROM fini.{table}{database.final}")
                counts[table] = len(found)
                wanted = [tuple(guarded(cell) if suffix == "csv" else cell for cell in row.values()) for row in rows]
                check(same_cells(found, wanted), f"{name}, {table}: the {turn} load of {suffix} has each cell")
        if suffix == "ndjson":
            for number, (query, answer) in enumerate(zip(questions(name), told), 1):
                found = database.rows(query)
                check(same(found, answer), f"{name}, question {number}: {found} and not {answer}")
    print(f"{name}: {counts}", flush=True)


def guarded(cell):
    """A cell as CSV has it: an apostrophe before what a spreadsheet or psql would take for something else."""
    if not isinstance(cell, str):
        return cell
    lines = cell.split("\n")
    cell = "\n".join("'" + line if line in ("\\.", "\\.\r") and len(lines) > 1 else line for line in lines)
    return "'" + cell if cell[:1] in tuple("=+-@\t\r\n") else cell


def same_cells(found, wanted):
    if len(found) != len(wanted):
        return False
    return sorted(map(repr, map(canonical, found))) == sorted(map(repr, map(canonical, wanted)))


def canonical(row):
    return tuple(float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 2**53 else value for value in row)


def main():
    files = make_recordings()
    folders = {suffix: f"{SCRATCH}/rows-{suffix}" for suffix in ("ndjson", "csv")}
    for suffix, folder in folders.items():
        tool("export", "--fleet", *files, "--events", "--format", suffix, "--to", folder)
    expected = read_folder(folders["ndjson"], "ndjson")
    spread = read_folder(folders["csv"], "csv")
    check({table: len(rows) for table, rows in expected.items()} == {table: len(rows) for table, rows in spread.items()},
          "both formats have the same rows")
    check(len(expected) == 8 and all(expected.values()), "each table has rows")
    # No cell begins a formula, and but for the apostrophe each is the text that it was.
    for table, rows in spread.items():
        for row, plain in zip(rows, expected[table]):
            for column, cell in row.items():
                value = plain[column]
                if isinstance(value, str):
                    check(cell[:1] not in tuple("=+-@\t\r\n"), f"{table}.{column}: {cell!r} would be run")
                    check(cell == guarded(value), f"{table}.{column}: {cell!r} and not {value!r}")
                else:
                    check(cell == "" if value is None else float(cell) == float(value), f"{table}.{column}: {cell!r}")
    hosts = {row["host"] for row in expected["runs"]}
    check({shown(text) for text in HOSTILE} <= hosts, f"each hostile text is in the rows: {hosts}")

    merged = f"{SCRATCH}/merged.db"
    before = {path: open(path, "rb").read() for path in files}
    tool("merge", *files, "-o", merged)
    tool("merge", *files, "-o", merged)
    check(before == {path: open(path, "rb").read() for path in files}, "what is merged stays as it is, to the byte")
    db = sqlite3.connect(merged)
    db.text_factory = shown
    check(db.execute("SELECT count(*) FROM run").fetchone()[0] == len(expected["runs"]), "merged twice, each run is there once")
    told = [[tuple(row) for row in db.execute(question)] for question in questions("recording")]
    for number, answer in enumerate(told, 1):
        check(answer, f"question {number} has an answer")
    db.close()
    for name in DATABASES:
        try_database(name, folders, expected, told)
    if failures:
        sys.exit(f"{len(failures)} checks failed")


main()
