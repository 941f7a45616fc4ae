-- Version 5: what others recorded, or wrote down.

INSERT INTO source_name (number, name) VALUES
  (2, 'bpf'), (3, 'ptrace-observer'), (4, 'strace'), (5, 'criu-log'), (6, 'perf'), (7, 'ftrace');

-- log: data: the line; result: the severity; detail: what it says; value and extra: its numbers.
-- unparsed: data: the line. The text of both is in log_line.
INSERT INTO kind_name (number, name) VALUES (36, 'log'), (37, 'unparsed');

-- registers of which extra has a bit for each that was seen; memory that nobody wrote down.
INSERT INTO memory_name (number, name) VALUES (7, 'some registers'), (8, 'not seen');

CREATE TABLE severity_name (number INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
INSERT INTO severity_name (number, name) VALUES
  (0, 'other'), (1, 'error'), (2, 'warning'), (3, 'info');

-- What a line of a log says.
CREATE TABLE fact_name (number INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
INSERT INTO fact_name (number, name) VALUES
  (0, 'text'),
  (1, 'seize-refused'),
  (2, 'cannot-be-seized'),
  (3, 'is-ourselves'),
  (4, 'not-stopped'),
  (5, 'trap-pending'),
  (6, 'stop-not-supported'),
  (7, 'detach-refused'),
  (8, 'seccomp-not-suspended'),
  (9, 'stop-by-signal'),
  (10, 'interrupted'),
  (11, 'not-injected'),
  (12, 'child-reported'),
  (13, 'stopped-unexpectedly'),
  (14, 'killed-unexpectedly'),
  (15, 'connect-refused'),
  (16, 'wait-mismatch'),
  (17, 'still-runs'),
  (18, 'outside-of-blob'),
  (19, 'breakpoint-refused'),
  (20, 'unexpected-state'),
  (21, 'stopped-with'),
  (22, 'killed-with'),
  (23, 'exited-with'),
  (24, 'will-execute'),
  (25, 'breakpoints-off'),
  (26, 'breakpoints-broken'),
  (27, 'trapped'),
  (28, 'exit-expected'),
  (29, 'stopped-at-exit'),
  (30, 'waits-for-trap'),
  (31, 'interrupt-taken'),
  (32, 'command-sent'),
  (33, 'command-acknowledged'),
  (34, 'command-taken'),
  (35, 'leaving'),
  (36, 'awaits-daemon'),
  (37, 'daemon-serves'),
  (38, 'syscall-at'),
  (39, 'is-seized'),
  (40, 'let-go'),
  (41, 'finished'),
  (42, 'failed'),
  (43, 'step-failed'),
  (44, 'floating-point-refused'),
  (45, 'remote-call-failed'),
  (46, 'freezer-failed'),
  (47, 'tracer-version'),
  (48, 'is-zombie'),
  (49, 'denied'),
  (50, 'frame-refused'),
  (51, 'timed-out'),
  (52, 'restore-begins'),
  (53, 'rseq-dumped'),
  (54, 'parasite-crashed');

-- What a run was imported from, in the order given.
CREATE TABLE input (
  run INTEGER NOT NULL REFERENCES run (number),
  number INTEGER NOT NULL,
  -- As it was named; - for standard input.
  name TEXT NOT NULL,
  format TEXT NOT NULL,
  lines INTEGER NOT NULL,
  -- Lines that became events, lines of other things that the format is known to have, and lines
  -- that were not understood: together all of them.
  used INTEGER NOT NULL,
  passed INTEGER NOT NULL,
  unparsed INTEGER NOT NULL,
  -- What was added to its times to get the run's, and how that is known.
  offset_ns INTEGER,
  anchor TEXT,
  PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;

-- The text behind an event of kind log or unparsed, as it was: escape it before you print it.
CREATE TABLE log_line (
  run INTEGER NOT NULL REFERENCES run (number),
  sequence INTEGER NOT NULL,
  -- Number in table input.
  input INTEGER NOT NULL,
  line INTEGER NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (run, sequence)
) STRICT, WITHOUT ROWID;

CREATE VIEW log_lines AS
SELECT l.run, l.sequence, i.name AS input, l.line, k.name AS kind, s.name AS severity,
  f.name AS fact, t.tid AS tracee, l.text
FROM log_line l
JOIN event e ON e.run = l.run AND e.sequence = l.sequence
JOIN kind_name k ON k.number = e.kind
LEFT JOIN input i ON i.run = l.run AND i.number = l.input
LEFT JOIN severity_name s ON s.number = e.result AND e.kind = 36
LEFT JOIN fact_name f ON f.number = e.detail AND e.kind = 36
LEFT JOIN task t ON t.run = e.run AND t.number = e.tracee;
