-- Version 7: the phases of a tracer that was watched from inside the kernel.

-- Where they begin is known when it is over, and no event says it: the first event of each.
CREATE TABLE phase_start (
  run INTEGER NOT NULL REFERENCES run (number),
  tracee INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  phase INTEGER NOT NULL,
  PRIMARY KEY (run, tracee, sequence)
) STRICT, WITHOUT ROWID;

-- Where a phase begins, in whichever way that is told.
CREATE VIEW phase_begin AS
SELECT run, tracee, sequence, detail AS phase FROM event WHERE kind = 38
UNION ALL
SELECT run, tracee, sequence, phase FROM phase_start;

-- As before, with these phases as well.
DROP VIEW timeline;
CREATE VIEW timeline AS
SELECT
  e.run,
  e.sequence,
  round(e.entered_ns / 1e6, 6) AS at_ms,
  round(e.duration_ns / 1e3, 3) AS took_us,
  (SELECT name FROM phase_name WHERE number = coalesce(
    (SELECT p.detail FROM event p WHERE p.kind = 38 AND p.run = e.run AND p.tracee = e.tracee
      AND p.sequence <= e.sequence ORDER BY p.sequence DESC LIMIT 1),
    (SELECT p.phase FROM phase_start p WHERE p.run = e.run AND p.tracee = e.tracee
      AND p.sequence <= e.sequence ORDER BY p.sequence DESC LIMIT 1))) AS phase,
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
  SELECT e.run, e.tracee, e.sequence, b.phase, e.entered_ns,
    lead(e.sequence) OVER task AS next_sequence, lead(e.entered_ns) OVER task AS next_ns,
    l.last_sequence, l.last_ns
  FROM phase_begin b JOIN event e ON e.run = b.run AND e.sequence = b.sequence JOIN (
    -- max() of one column takes the others from its row.
    SELECT run, tracee, max(sequence) AS last_sequence, entered_ns + duration_ns AS last_ns
    FROM event GROUP BY run, tracee
  ) l ON l.run = e.run AND l.tracee = e.tracee
  WINDOW task AS (PARTITION BY e.run, e.tracee ORDER BY e.sequence)
) p LEFT JOIN phase_name n ON n.number = p.phase
LEFT JOIN task t ON t.run = p.run AND t.number = p.tracee;

DROP VIEW costs;
CREATE VIEW costs AS
WITH cost AS (
  SELECT e.run,
    coalesce(
      (SELECT p.detail FROM event p WHERE p.kind = 38 AND p.run = e.run AND p.tracee = e.tracee
        AND p.sequence <= e.sequence ORDER BY p.sequence DESC LIMIT 1),
      (SELECT p.phase FROM phase_start p WHERE p.run = e.run AND p.tracee = e.tracee
        AND p.sequence <= e.sequence ORDER BY p.sequence DESC LIMIT 1)) AS phase,
    e.kind <= 30 AS calls, e.kind = 31 AS stops, f.frozen_ns
  FROM event e LEFT JOIN frozen f ON f.run = e.run AND f.sequence = e.sequence
)
SELECT c.run, coalesce(n.name, 'none') AS phase, sum(c.calls) AS calls, sum(c.stops) AS stops,
  coalesce(sum(c.frozen_ns), 0) AS frozen_ns
FROM cost c LEFT JOIN phase_name n ON n.number = c.phase
GROUP BY c.run, c.phase
UNION ALL
SELECT run, 'all', sum(calls), sum(stops), coalesce(sum(frozen_ns), 0) FROM cost GROUP BY run;

DROP VIEW task_costs;
CREATE VIEW task_costs AS
WITH cost AS (
  SELECT e.run, e.tracee,
    coalesce(
      (SELECT p.detail FROM event p WHERE p.kind = 38 AND p.run = e.run AND p.tracee = e.tracee
        AND p.sequence <= e.sequence ORDER BY p.sequence DESC LIMIT 1),
      (SELECT p.phase FROM phase_start p WHERE p.run = e.run AND p.tracee = e.tracee
        AND p.sequence <= e.sequence ORDER BY p.sequence DESC LIMIT 1)) AS phase,
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
