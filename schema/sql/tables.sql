-- The tables of a recording. Times are nanoseconds. Words of 64 bits are stored as signed integers
-- with the same bits; the views show them in hexadecimal. What a column holds is said once, in table
-- meaning (meaning.sql).
--
-- No table is STRICT: SQLite 3.34 must read the file. A row goes with its run:
--   PRAGMA foreign_keys = ON; DELETE FROM run WHERE number = 3;
-- The other references say which table has the names of a number; the recorder does not enforce them.

-- One recording of one or more tasks.
CREATE TABLE run (
  number INTEGER PRIMARY KEY,
  state INTEGER NOT NULL REFERENCES state_name (number),
  source INTEGER NOT NULL REFERENCES source_name (number),
  strategy_asked INTEGER REFERENCES strategy_name (number),
  strategy_taken INTEGER REFERENCES strategy_name (number),
  command_line TEXT NOT NULL,
  tool_version TEXT NOT NULL,
  kernel_release TEXT NOT NULL,
  started_monotonic_ns INTEGER NOT NULL,
  started_realtime_ns INTEGER NOT NULL,
  finished_monotonic_ns INTEGER,
  finished_realtime_ns INTEGER,
  lost INTEGER NOT NULL DEFAULT 0,
  exit_summary TEXT,
  is_tree INTEGER NOT NULL DEFAULT 0,
  frozen_ns INTEGER,
  subject INTEGER,
  event_count INTEGER
);

-- The tasks of a run. Number 0 is the tracer that the run began with and 1 its tracee.
CREATE TABLE task (
  run INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  tid INTEGER NOT NULL,
  thread_group INTEGER,
  start_ticks INTEGER,
  name TEXT NOT NULL,
  PRIMARY KEY (run, number)
) WITHOUT ROWID;

-- What happened. A column that has no meaning for a kind of event, or was not seen, is NULL.
CREATE TABLE event (
  run INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
  sequence INTEGER NOT NULL,
  kind INTEGER NOT NULL REFERENCES kind_name (number),
  source INTEGER REFERENCES source_name (number),
  tracer INTEGER NOT NULL,
  tracee INTEGER NOT NULL,
  entered_ns INTEGER NOT NULL,
  duration_ns INTEGER NOT NULL,
  request INTEGER,
  address INTEGER,
  data INTEGER,
  result INTEGER,
  status INTEGER,
  stop_class INTEGER,
  signal INTEGER,
  code INTEGER,
  sender INTEGER,
  sender_user INTEGER,
  program_counter INTEGER,
  pending INTEGER,
  shared_pending INTEGER,
  blocked INTEGER,
  detail INTEGER,
  value INTEGER,
  extra INTEGER,
  PRIMARY KEY (run, sequence)
) WITHOUT ROWID;

-- Phase events alone, so that the phase of an event is found without reading back to it. It is that of
-- its tracee: in a tree each task has its own.
CREATE INDEX event_phase ON event (run, tracee, sequence, detail) WHERE kind = 38;

-- The general registers of an event whose detail says that it has them: only the words that
-- differ from the set before it of the same tracee in the same run; all 27 for the first.
-- An event without a row here has the same registers as the one before.
CREATE TABLE register_change (
  run INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
  sequence INTEGER NOT NULL,
  mask INTEGER NOT NULL,
  words BLOB NOT NULL,
  PRIMARY KEY (run, sequence)
) WITHOUT ROWID;

-- Whether the stop landed, and the sequences of the events that prove it as a JSON array.
CREATE TABLE verdict (
  run INTEGER PRIMARY KEY REFERENCES run (number) ON DELETE CASCADE,
  verdict INTEGER NOT NULL REFERENCES verdict_name (number),
  evidence TEXT NOT NULL CHECK (json_valid(evidence))
);

-- What came of each task of a tree. A run of one task has no rows here.
CREATE TABLE cure (
  run INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
  task INTEGER NOT NULL,
  outcome INTEGER REFERENCES outcome_name (number),
  first_sequence INTEGER NOT NULL,
  last_sequence INTEGER,
  strategy_taken INTEGER REFERENCES strategy_name (number),
  verdict INTEGER REFERENCES verdict_name (number),
  evidence TEXT CHECK (evidence IS NULL OR json_valid(evidence)),
  frozen_ns INTEGER,
  summary TEXT,
  PRIMARY KEY (run, task)
) WITHOUT ROWID;

-- What a run was imported from, in the order given.
CREATE TABLE input (
  run INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  name TEXT NOT NULL,
  format TEXT NOT NULL,
  lines INTEGER NOT NULL,
  used INTEGER NOT NULL,
  passed INTEGER NOT NULL,
  unparsed INTEGER NOT NULL,
  offset_ns INTEGER,
  anchor TEXT,
  PRIMARY KEY (run, number)
) WITHOUT ROWID;

-- The text of an event of kind log or unparsed, as it was: escape it before you print it.
CREATE TABLE log_line (
  run INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
  sequence INTEGER NOT NULL,
  input INTEGER NOT NULL,
  line INTEGER NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (run, sequence)
) WITHOUT ROWID;
