-- The tables of a recording. Times are nanoseconds. Words of 64 bits are stored as signed
-- integers with the same bits; the views show them in hexadecimal.

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
  -- The same two moments on CLOCK_MONOTONIC (as the events count) and on CLOCK_REALTIME (since
  -- 1970): two anchors, so that a step of the wall clock during the run can be seen.
  started_monotonic_ns INTEGER NOT NULL,
  started_realtime_ns INTEGER NOT NULL,
  finished_monotonic_ns INTEGER,
  finished_realtime_ns INTEGER,
  -- How many events were lost; every loss is also an event of kind gap.
  lost INTEGER NOT NULL DEFAULT 0,
  exit_summary TEXT
) STRICT;

-- The tasks of a run. Number 0 is the tracer that the run began with and 1 its tracee.
CREATE TABLE task (
  run INTEGER NOT NULL REFERENCES run (number),
  number INTEGER NOT NULL,
  tid INTEGER NOT NULL,
  thread_group INTEGER,
  -- Clock ticks since boot, field 22 of /proc/<tid>/stat: tells a tid from its next use.
  start_ticks INTEGER,
  -- As the process chose it: escape it before you print it.
  name TEXT NOT NULL,
  PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;

-- What happened. A column that has no meaning for a kind of event, or was not seen, is NULL.
CREATE TABLE event (
  run INTEGER NOT NULL REFERENCES run (number),
  -- From 1. A gap stands where the first event that it lost would stand.
  sequence INTEGER NOT NULL,
  kind INTEGER NOT NULL REFERENCES kind_name (number),
  -- NULL: the source of the run.
  source INTEGER REFERENCES source_name (number),
  -- Numbers in table task.
  tracer INTEGER NOT NULL,
  tracee INTEGER NOT NULL,
  -- After run.started_monotonic_ns; negative for what came before.
  entered_ns INTEGER NOT NULL,
  duration_ns INTEGER NOT NULL,
  -- The ptrace request; for an rpc its command; for a fallback the strategy asked for.
  request INTEGER,
  -- The request's address; for a wait the task waited for; for a snapshot DR0; for the answer to
  -- misc the process in its own pid namespace (and the task in data, the umask in extra).
  address INTEGER,
  -- The request's data; for a wait its options; for a stop the system call; for a snapshot DR6;
  -- for a fallback the strategy taken.
  data INTEGER,
  -- The raw result, negative for an error; the exit status; 1 for a signal sent to the process
  -- and for a core that was dumped.
  result INTEGER,
  -- The wait status; for a snapshot the letter of the state.
  status INTEGER,
  -- For a siginfo or a stop; numbers above 100 are PTRACE_EVENT_* + 100. For syscall-info the
  -- kernel's op.
  stop_class INTEGER,
  signal INTEGER,
  code INTEGER,
  sender INTEGER,
  sender_user INTEGER,
  program_counter INTEGER,
  -- Signal n is bit n - 1.
  pending INTEGER,
  shared_pending INTEGER,
  blocked INTEGER,
  -- For a signal its fate; for an rpc the direction; for a phase the phase; for missed what was
  -- awaited; for a fallback the reason; for a put-back the item; for a request what kind of
  -- memory was seen: 1 registers, 2 extended state, 3 signal set, 4 siginfo, 5 syscall info.
  detail INTEGER,
  -- Signal set, digest of the extended state, si_value, system call or its result, first word of
  -- an answer, nanoseconds waited, how much still differs, how many were lost, DR7.
  value INTEGER,
  -- si_addr, size of the extended state in bytes, stack pointer.
  extra INTEGER,
  PRIMARY KEY (run, sequence)
) STRICT, WITHOUT ROWID;

-- Phase events alone, so that the phase of an event is found without reading back to it.
CREATE INDEX event_phase ON event (run, sequence, detail) WHERE kind = 38;

-- The general registers of an event whose detail says that it has them: only the words that
-- differ from the set before it of the same tracee in the same run; all 27 for the first.
-- An event without a row here has the same registers as the one before.
CREATE TABLE register_change (
  run INTEGER NOT NULL REFERENCES run (number),
  sequence INTEGER NOT NULL,
  -- Bit n: register n of register_name is in words.
  mask INTEGER NOT NULL,
  -- 8 bytes for each bit, lowest bit first, most significant byte first (hex() reads them).
  words BLOB NOT NULL,
  PRIMARY KEY (run, sequence)
) STRICT, WITHOUT ROWID;

-- Whether the stop landed, and the sequences of the events that prove it as a JSON array.
CREATE TABLE verdict (
  run INTEGER PRIMARY KEY REFERENCES run (number),
  verdict INTEGER NOT NULL REFERENCES verdict_name (number),
  evidence TEXT NOT NULL CHECK (json_valid(evidence))
) STRICT;
