-- Runs of many tasks: what came of each, and views that tell the tasks apart.

-- Whether the run is of a whole tree of tasks; its cures are in table cure.
ALTER TABLE run ADD COLUMN is_tree INTEGER NOT NULL DEFAULT 0;

CREATE TABLE outcome_name (number INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
INSERT INTO outcome_name (number, name) VALUES
  (1, 'cured'), (2, 'vanished'), (3, 'refused'), (4, 'let-go'), (5, 'failed'), (6, 'not-visited');

-- What came of each task of a tree. A run of one task has no rows here.
CREATE TABLE cure (
  run INTEGER NOT NULL REFERENCES run (number),
  -- Number in table task.
  task INTEGER NOT NULL,
  -- NULL: the recorder vanished before the end of this cure.
  outcome INTEGER REFERENCES outcome_name (number),
  -- The events of the task lie between these two, both included; other tasks' may as well.
  first_sequence INTEGER NOT NULL,
  last_sequence INTEGER,
  strategy_taken INTEGER REFERENCES strategy_name (number),
  -- NULL for a task that was not touched.
  verdict INTEGER REFERENCES verdict_name (number),
  -- The sequences of the events that prove the verdict, as a JSON array.
  evidence TEXT CHECK (evidence IS NULL OR json_valid(evidence)),
  -- From the wait that reports the first stop to the return of the detach.
  frozen_ns INTEGER,
  -- How it ended, in a sentence; names in it are as processes chose them.
  summary TEXT,
  PRIMARY KEY (run, task)
) STRICT, WITHOUT ROWID;

-- The phase of an event is that of its tracee: in a tree each task has its own.
DROP INDEX event_phase;
CREATE INDEX event_phase ON event (run, tracee, sequence, detail) WHERE kind = 38;

DROP VIEW timeline;
CREATE VIEW timeline AS
SELECT
  e.run,
  e.sequence,
  round(e.entered_ns / 1e6, 6) AS at_ms,
  round(e.duration_ns / 1e3, 3) AS took_us,
  (SELECT n.name FROM event p JOIN phase_name n ON n.number = p.detail
    WHERE p.kind = 38 AND p.run = e.run AND p.tracee = e.tracee AND p.sequence <= e.sequence
    ORDER BY p.sequence DESC LIMIT 1) AS phase,
  tracer.tid AS tracer,
  tracee.tid AS tracee,
  kind.name AS kind,
  CASE
    WHEN e.request IS NULL THEN NULL
    WHEN e.kind = 35 THEN (SELECT name FROM command_name WHERE number = e.request)
    WHEN e.kind = 41 THEN (SELECT name FROM strategy_name WHERE number = e.request)
    ELSE coalesce((SELECT name FROM request_name WHERE number = e.request),
      printf('PTRACE_0x%x', e.request))
  END AS request,
  CASE
    WHEN e.kind < 30 THEN (SELECT name FROM memory_name WHERE number = e.detail)
    WHEN e.kind = 32 THEN (SELECT name FROM fate_name WHERE number = e.detail)
    WHEN e.kind = 35 THEN (SELECT name FROM direction_name WHERE number = e.detail)
    WHEN e.kind = 38 THEN (SELECT name FROM phase_name WHERE number = e.detail)
    WHEN e.kind = 40 THEN (SELECT name FROM awaited_name WHERE number = e.detail)
    WHEN e.kind = 41 THEN (SELECT name FROM reason_name WHERE number = e.detail)
    WHEN e.kind = 42 THEN (SELECT name FROM item_name WHERE number = e.detail)
  END AS detail,
  CASE WHEN e.kind = 31 THEN coalesce(
    (SELECT name FROM stop_class_name WHERE number = e.stop_class),
    'event-' || (e.stop_class - 100)) END AS stop,
  CASE WHEN e.kind = 30 AND e.address IS NOT NULL THEN e.address
    WHEN e.address IS NOT NULL THEN printf('0x%x', e.address) END AS address,
  CASE WHEN e.kind = 41 THEN (SELECT name FROM strategy_name WHERE number = e.data)
    WHEN e.data IS NOT NULL THEN printf('0x%x', e.data) END AS data,
  e.result,
  CASE WHEN e.result BETWEEN -4095 AND -1 THEN coalesce(
    (SELECT name FROM error_name WHERE number = -e.result), 'errno ' || -e.result) END AS error,
  CASE WHEN e.kind = 39 THEN char(e.status)
    WHEN e.status IS NOT NULL THEN printf('0x%x', e.status) END AS status,
  CASE WHEN e.signal IS NOT NULL THEN coalesce(
    (SELECT name FROM signal_name WHERE number = e.signal), 'signal ' || e.signal) END AS signal,
  e.code,
  e.sender,
  e.sender_user,
  CASE WHEN e.program_counter IS NOT NULL THEN printf('0x%x', e.program_counter) END
    AS program_counter,
  CASE WHEN e.pending IS NOT NULL THEN printf('0x%x', e.pending) END AS pending,
  CASE WHEN e.shared_pending IS NOT NULL THEN printf('0x%x', e.shared_pending) END
    AS shared_pending,
  CASE WHEN e.blocked IS NOT NULL THEN printf('0x%x', e.blocked) END AS blocked,
  CASE WHEN e.kind IN (40, 42, 43) THEN e.value
    WHEN e.value IS NOT NULL THEN printf('0x%x', e.value) END AS value,
  CASE WHEN e.extra IS NOT NULL THEN printf('0x%x', e.extra) END AS extra
FROM event e
JOIN kind_name kind ON kind.number = e.kind
LEFT JOIN task tracer ON tracer.run = e.run AND tracer.number = e.tracer
LEFT JOIN task tracee ON tracee.run = e.run AND tracee.number = e.tracee;

DROP VIEW phases;
CREATE VIEW phases AS
SELECT p.run, n.name AS phase, p.sequence AS first_sequence,
  coalesce(p.next_sequence - 1, p.last_sequence) AS last_sequence,
  round(p.entered_ns / 1e6, 6) AS at_ms,
  round((coalesce(p.next_ns, p.last_ns) - p.entered_ns) / 1e6, 6) AS took_ms,
  t.tid AS tracee
FROM (
  SELECT e.run, e.tracee, e.sequence, e.detail, e.entered_ns,
    lead(e.sequence) OVER task AS next_sequence, lead(e.entered_ns) OVER task AS next_ns,
    l.last_sequence, l.last_ns
  FROM event e JOIN (
    -- max() of one column takes the others from its row.
    SELECT run, tracee, max(sequence) AS last_sequence, entered_ns + duration_ns AS last_ns
    FROM event GROUP BY run, tracee
  ) l ON l.run = e.run AND l.tracee = e.tracee
  WHERE e.kind = 38
  WINDOW task AS (PARTITION BY e.run, e.tracee ORDER BY e.sequence)
) p LEFT JOIN phase_name n ON n.number = p.detail
LEFT JOIN task t ON t.run = p.run AND t.number = p.tracee;

-- What a run cost, as before; the phase is that of the event's own task.
DROP VIEW costs;
CREATE VIEW costs AS
WITH cost AS (
  SELECT e.run,
    (SELECT p.detail FROM event p WHERE p.kind = 38 AND p.run = e.run AND p.tracee = e.tracee
      AND p.sequence <= e.sequence ORDER BY p.sequence DESC LIMIT 1) AS phase,
    e.kind <= 30 AS calls, e.kind = 31 AS stops, f.frozen_ns
  FROM event e LEFT JOIN frozen f ON f.run = e.run AND f.sequence = e.sequence
)
SELECT c.run, coalesce(n.name, 'none') AS phase, sum(c.calls) AS calls, sum(c.stops) AS stops,
  coalesce(sum(c.frozen_ns), 0) AS frozen_ns
FROM cost c LEFT JOIN phase_name n ON n.number = c.phase
GROUP BY c.run, c.phase
UNION ALL
SELECT run, 'all', sum(calls), sum(stops), coalesce(sum(frozen_ns), 0) FROM cost GROUP BY run;

-- The same for each task alone.
CREATE VIEW task_costs AS
WITH cost AS (
  SELECT e.run, e.tracee,
    (SELECT p.detail FROM event p WHERE p.kind = 38 AND p.run = e.run AND p.tracee = e.tracee
      AND p.sequence <= e.sequence ORDER BY p.sequence DESC LIMIT 1) AS phase,
    e.kind <= 30 AS calls, e.kind = 31 AS stops, f.frozen_ns
  FROM event e LEFT JOIN frozen f ON f.run = e.run AND f.sequence = e.sequence
), summed AS (
  SELECT run, tracee, coalesce((SELECT name FROM phase_name WHERE number = phase), 'none') AS phase,
    sum(calls) AS calls, sum(stops) AS stops, coalesce(sum(frozen_ns), 0) AS frozen_ns
  FROM cost GROUP BY run, tracee, phase
  UNION ALL
  SELECT run, tracee, 'all', sum(calls), sum(stops), coalesce(sum(frozen_ns), 0)
  FROM cost GROUP BY run, tracee
)
SELECT s.run, t.tid AS task, s.phase, s.calls, s.stops, s.frozen_ns
FROM summed s LEFT JOIN task t ON t.run = s.run AND t.number = s.tracee;

-- One row for each task of a tree.
CREATE VIEW task_verdicts AS
SELECT c.run, t.tid AS task, t.thread_group AS process, t.name,
  (SELECT l.name FROM task l WHERE l.run = c.run AND l.tid = t.thread_group
    ORDER BY l.number DESC LIMIT 1) AS process_name,
  coalesce(o.name, 'unfinished') AS outcome, v.name AS verdict, c.evidence,
  s.name AS strategy_taken, round(c.frozen_ns / 1e6, 6) AS frozen_ms, c.first_sequence,
  c.last_sequence, c.summary
FROM cure c
JOIN task t ON t.run = c.run AND t.number = c.task
LEFT JOIN outcome_name o ON o.number = c.outcome
LEFT JOIN verdict_name v ON v.number = c.verdict
LEFT JOIN strategy_name s ON s.number = c.strategy_taken;
