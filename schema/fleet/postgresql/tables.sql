-- The tables that `fini-trace export --fleet` fills, for PostgreSQL (15 or later). docs/Fleet.md says how.
CREATE SCHEMA IF NOT EXISTS fini;

-- A run. machine and boot are empty where they are not known; times are nanoseconds since 1970.
CREATE TABLE IF NOT EXISTS fini.runs (
  machine text NOT NULL, boot text NOT NULL, run text NOT NULL, state text, source text,
  started_ns bigint, finished_ns bigint, duration_ns bigint, host text, kernel_release text,
  tool_version text, tracer_version text, command_line text, exit_summary text, is_tree bigint,
  strategy_asked text, strategy_taken text, verdict text, frozen_ns bigint, subject_tid bigint,
  subject_name text, event_count bigint, lost bigint, PRIMARY KEY (machine, boot, run)
);

-- What was judged of a task, and what intervened.
CREATE TABLE IF NOT EXISTS fini.verdicts (
  machine text NOT NULL, boot text NOT NULL, run text NOT NULL, task bigint NOT NULL, tid bigint,
  verdict text, caught text, summary text, calls bigint, stops bigint, signals bigint,
  frozen_ns bigint, fini_ns bigint, fini_calls bigint, fini_stops bigint, intervening_stop text,
  intervening_signal text, code bigint, sender bigint, sender_user bigint,
  PRIMARY KEY (machine, boot, run, task)
);

-- The tasks of a run: 0 is the tracer that it began with and 1 its tracee.
CREATE TABLE IF NOT EXISTS fini.tasks (
  machine text NOT NULL, boot text NOT NULL, run text NOT NULL, task bigint NOT NULL, tid bigint,
  thread_group bigint, start_ticks bigint, name text, outcome text, fini_verdict text,
  has_fini bigint, PRIMARY KEY (machine, boot, run, task)
);

-- What explain says of a run.
CREATE TABLE IF NOT EXISTS fini.explanations (
  machine text NOT NULL, boot text NOT NULL, run text NOT NULL, answer text, tid bigint,
  headline text, cause text, ptrace_part text, not_understood bigint, passed_over bigint, tool text,
  PRIMARY KEY (machine, boot, run)
);

-- What explain found, the one that explains most first.
CREATE TABLE IF NOT EXISTS fini.diagnoses (
  machine text NOT NULL, boot text NOT NULL, run text NOT NULL, number bigint NOT NULL, cause text,
  entry text, certainty text, tid bigint, sentence text, is_harmless bigint,
  PRIMARY KEY (machine, boot, run, number)
);

-- The phases of a judged task; entered_ns counts from the start of the run.
CREATE TABLE IF NOT EXISTS fini.phases (
  machine text NOT NULL, boot text NOT NULL, run text NOT NULL, task bigint NOT NULL,
  first_sequence bigint NOT NULL, last_sequence bigint, phase text, entered_ns bigint,
  took_ns bigint, calls bigint, stops bigint, PRIMARY KEY (machine, boot, run, task, first_sequence)
);

-- Calls, stops and time stopped, by phase.
CREATE TABLE IF NOT EXISTS fini.costs (
  machine text NOT NULL, boot text NOT NULL, run text NOT NULL, phase text NOT NULL, calls bigint,
  stops bigint, frozen_ns bigint, PRIMARY KEY (machine, boot, run, phase)
);

-- Each event, as the view timeline of a recording has it; only of exports with --events.
CREATE TABLE IF NOT EXISTS fini.events (
  machine text NOT NULL, boot text NOT NULL, run text NOT NULL, sequence bigint NOT NULL,
  at_ms double precision, took_us double precision, phase text, tracer bigint, tracee bigint,
  kind text, request text, detail text, stop text, address text, data text, result bigint,
  error text, status text, signal text, code bigint, sender bigint, sender_user bigint,
  program_counter text, pending text, shared_pending text, blocked text, value text, extra text,
  PRIMARY KEY (machine, boot, run, sequence)
);
