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
  host TEXT NOT NULL,
  started_monotonic_ns INTEGER NOT NULL,
  started_realtime_ns INTEGER NOT NULL,
  finished_monotonic_ns INTEGER,
  finished_realtime_ns INTEGER,
  lost INTEGER NOT NULL DEFAULT 0,
  exit_summary TEXT,
  is_tree INTEGER NOT NULL DEFAULT 0,
  verdict INTEGER REFERENCES verdict_name (number),
  frozen_ns INTEGER,
  subject INTEGER,
  event_count INTEGER,
  zero_ns INTEGER,
  tracer_version TEXT
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

-- What the events of a task prove, and what was done to it, counted. It is judged once: when its run ends, in a tree when
-- its turn ends. A run of one task has one row, for its subject. A run without an end, or with too many events to be
-- judged at once, has none.
CREATE TABLE judgement (
  run INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
  task INTEGER NOT NULL,
  verdict INTEGER NOT NULL REFERENCES verdict_name (number),
  caught INTEGER REFERENCES strategy_name (number),
  summary TEXT NOT NULL,
  first_sequence INTEGER,
  last_sequence INTEGER,
  calls INTEGER NOT NULL,
  stops INTEGER NOT NULL,
  signals INTEGER NOT NULL,
  frozen_ns INTEGER,
  fini_first INTEGER,
  fini_last INTEGER,
  fini_calls INTEGER,
  fini_stops INTEGER,
  fini_ns INTEGER,
  PRIMARY KEY (run, task)
) WITHOUT ROWID;

-- The events that prove a verdict, in order.
CREATE TABLE evidence (
  run INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
  task INTEGER NOT NULL,
  number INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  entered_ns INTEGER,
  reason TEXT NOT NULL,
  PRIMARY KEY (run, task, number)
) WITHOUT ROWID;

-- The first stop that came where another one was awaited.
CREATE TABLE intervention (
  run INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
  task INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  stop_class INTEGER NOT NULL,
  signal INTEGER,
  code INTEGER,
  sender INTEGER,
  sender_user INTEGER,
  value INTEGER,
  address INTEGER,
  pending_since INTEGER,
  PRIMARY KEY (run, task)
) WITHOUT ROWID;

-- What else is worth knowing of a task, in the order of the events.
CREATE TABLE finding (
  run INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
  task INTEGER NOT NULL,
  number INTEGER NOT NULL,
  kind TEXT NOT NULL,
  is_failure INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  sentence TEXT NOT NULL,
  PRIMARY KEY (run, task, number)
) WITHOUT ROWID;

-- The phases of a judged task, in order, as they were found in its events.
CREATE TABLE phase (
  run INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
  task INTEGER NOT NULL,
  first_sequence INTEGER NOT NULL,
  last_sequence INTEGER NOT NULL,
  phase INTEGER NOT NULL REFERENCES phase_name (number),
  entered_ns INTEGER NOT NULL,
  left_ns INTEGER NOT NULL,
  calls INTEGER NOT NULL,
  stops INTEGER NOT NULL,
  PRIMARY KEY (run, task, first_sequence)
) WITHOUT ROWID;

-- The signals of a judged task, each with what became of it.
CREATE TABLE signal_history (
  run INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
  task INTEGER NOT NULL,
  number INTEGER NOT NULL,
  signal INTEGER NOT NULL,
  first_seen INTEGER NOT NULL,
  first_pending INTEGER,
  delivery_stops TEXT NOT NULL CHECK (json_valid(delivery_stops)),
  fate INTEGER REFERENCES fate_name (number),
  fate_sequence INTEGER,
  code INTEGER,
  sender INTEGER,
  sender_user INTEGER,
  value INTEGER,
  address INTEGER,
  PRIMARY KEY (run, task, number)
) WITHOUT ROWID;

-- The tasks that another tracer traced, with what became of the fini of each, in the order in which they were touched.
CREATE TABLE tracee (
  run INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  task INTEGER NOT NULL,
  verdict INTEGER NOT NULL REFERENCES verdict_name (number),
  has_fini INTEGER NOT NULL,
  is_probe INTEGER NOT NULL,
  PRIMARY KEY (run, number)
) WITHOUT ROWID;

-- What came of each task of a tree. A run of one task has no rows here.
CREATE TABLE cure (
  run INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
  task INTEGER NOT NULL,
  outcome INTEGER REFERENCES outcome_name (number),
  first_sequence INTEGER NOT NULL,
  last_sequence INTEGER,
  strategy_taken INTEGER REFERENCES strategy_name (number),
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
