-- What went wrong in a run, found once, when it ended. These tables came with version 2.
--
-- Lists have rows of their own, and no column of JSON: so each event that is named can be joined with table event.

-- The answer for a run of one task. A run without an end has no row, and neither has a tree.
CREATE TABLE explanation (
  run INTEGER PRIMARY KEY REFERENCES run (number) ON DELETE CASCADE,
  answer TEXT NOT NULL,
  tid INTEGER,
  headline TEXT NOT NULL,
  cause TEXT,
  ptrace_part TEXT,
  not_understood INTEGER NOT NULL,
  passed_over INTEGER NOT NULL,
  tool TEXT NOT NULL
);

-- What was found, the one that explains most first.
CREATE TABLE diagnosis (
  run INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  cause TEXT NOT NULL,
  entry TEXT,
  certainty TEXT NOT NULL,
  tid INTEGER,
  sentence TEXT NOT NULL,
  is_harmless INTEGER NOT NULL,
  PRIMARY KEY (run, number)
) WITHOUT ROWID;

-- The events that a diagnosis names.
CREATE TABLE diagnosis_event (
  run INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
  diagnosis INTEGER NOT NULL,
  number INTEGER NOT NULL,
  role TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  entered_ns INTEGER,
  reason TEXT NOT NULL,
  PRIMARY KEY (run, diagnosis, number)
) WITHOUT ROWID;

-- What a diagnosis says to do.
CREATE TABLE diagnosis_advice (
  run INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
  diagnosis INTEGER NOT NULL,
  number INTEGER NOT NULL,
  role TEXT NOT NULL,
  sentence TEXT NOT NULL,
  PRIMARY KEY (run, diagnosis, number)
) WITHOUT ROWID;
