-- The tables that `fini-trace export --fleet` fills, for ClickHouse. docs/Fleet.md says how.
--
-- What is loaded again replaces what was there, when ClickHouse merges the parts; the questions ask with FINAL.
CREATE DATABASE IF NOT EXISTS fini;

-- A run. machine and boot are empty where they are not known; times are nanoseconds since 1970.
CREATE TABLE IF NOT EXISTS fini.runs (
  machine String, boot String, run String, state Nullable(String), source Nullable(String),
  started_ns Nullable(Int64), finished_ns Nullable(Int64), duration_ns Nullable(Int64),
  host Nullable(String), kernel_release Nullable(String), tool_version Nullable(String),
  tracer_version Nullable(String), command_line Nullable(String), exit_summary Nullable(String),
  is_tree Nullable(Int64), strategy_asked Nullable(String), strategy_taken Nullable(String),
  verdict Nullable(String), frozen_ns Nullable(Int64), subject_tid Nullable(Int64),
  subject_name Nullable(String), event_count Nullable(Int64), lost Nullable(Int64),
  loaded DateTime64(9) DEFAULT now64(9)
) ENGINE = ReplacingMergeTree(loaded) ORDER BY (machine, boot, run);

-- What was judged of a task, and what intervened.
CREATE TABLE IF NOT EXISTS fini.verdicts (
  machine String, boot String, run String, task Int64, tid Nullable(Int64),
  verdict Nullable(String), caught Nullable(String), summary Nullable(String),
  calls Nullable(Int64), stops Nullable(Int64), signals Nullable(Int64), frozen_ns Nullable(Int64),
  fini_ns Nullable(Int64), fini_calls Nullable(Int64), fini_stops Nullable(Int64),
  intervening_stop Nullable(String), intervening_signal Nullable(String), code Nullable(Int64),
  sender Nullable(Int64), sender_user Nullable(Int64), loaded DateTime64(9) DEFAULT now64(9)
) ENGINE = ReplacingMergeTree(loaded) ORDER BY (machine, boot, run, task);

-- The tasks of a run: 0 is the tracer that it began with and 1 its tracee.
CREATE TABLE IF NOT EXISTS fini.tasks (
  machine String, boot String, run String, task Int64, tid Nullable(Int64),
  thread_group Nullable(Int64), start_ticks Nullable(Int64), name Nullable(String),
  outcome Nullable(String), fini_verdict Nullable(String), has_fini Nullable(Int64),
  loaded DateTime64(9) DEFAULT now64(9)
) ENGINE = ReplacingMergeTree(loaded) ORDER BY (machine, boot, run, task);

-- What explain says of a run.
CREATE TABLE IF NOT EXISTS fini.explanations (
  machine String, boot String, run String, answer Nullable(String), tid Nullable(Int64),
  headline Nullable(String), cause Nullable(String), ptrace_part Nullable(String),
  not_understood Nullable(Int64), passed_over Nullable(Int64), tool Nullable(String),
  loaded DateTime64(9) DEFAULT now64(9)
) ENGINE = ReplacingMergeTree(loaded) ORDER BY (machine, boot, run);

-- What explain found, the one that explains most first.
CREATE TABLE IF NOT EXISTS fini.diagnoses (
  machine String, boot String, run String, number Int64, cause Nullable(String),
  entry Nullable(String), certainty Nullable(String), tid Nullable(Int64),
  sentence Nullable(String), is_harmless Nullable(Int64), loaded DateTime64(9) DEFAULT now64(9)
) ENGINE = ReplacingMergeTree(loaded) ORDER BY (machine, boot, run, number);

-- The phases of a judged task; entered_ns counts from the start of the run.
CREATE TABLE IF NOT EXISTS fini.phases (
  machine String, boot String, run String, task Int64, first_sequence Int64,
  last_sequence Nullable(Int64), phase Nullable(String), entered_ns Nullable(Int64),
  took_ns Nullable(Int64), calls Nullable(Int64), stops Nullable(Int64),
  loaded DateTime64(9) DEFAULT now64(9)
) ENGINE = ReplacingMergeTree(loaded) ORDER BY (machine, boot, run, task, first_sequence);

-- Calls, stops and time stopped, by phase.
CREATE TABLE IF NOT EXISTS fini.costs (
  machine String, boot String, run String, phase String, calls Nullable(Int64),
  stops Nullable(Int64), frozen_ns Nullable(Int64), loaded DateTime64(9) DEFAULT now64(9)
) ENGINE = ReplacingMergeTree(loaded) ORDER BY (machine, boot, run, phase);

-- Each event, as the view timeline of a recording has it; only of exports with --events.
CREATE TABLE IF NOT EXISTS fini.events (
  machine String, boot String, run String, sequence Int64, at_ms Nullable(Float64),
  took_us Nullable(Float64), phase Nullable(String), tracer Nullable(Int64), tracee Nullable(Int64),
  kind Nullable(String), request Nullable(String), detail Nullable(String), stop Nullable(String),
  address Nullable(String), data Nullable(String), result Nullable(Int64), error Nullable(String),
  status Nullable(String), signal Nullable(String), code Nullable(Int64), sender Nullable(Int64),
  sender_user Nullable(Int64), program_counter Nullable(String), pending Nullable(String),
  shared_pending Nullable(String), blocked Nullable(String), value Nullable(String),
  extra Nullable(String), loaded DateTime64(9) DEFAULT now64(9)
) ENGINE = ReplacingMergeTree(loaded) ORDER BY (machine, boot, run, sequence);
