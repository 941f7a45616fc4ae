-- The views of a recording, for people with sqlite3 and nothing else. Words of 64 bits are shown as
-- hexadecimal text. They hold no data: a file that has others gets these when it is opened to be written.
--
-- The comment after "CREATE VIEW name AS" is the line that `fini-trace sql --help` and docs/Schema.md show.
-- Numbers of kinds: below 30 a ptrace request, 30 wait, 31 stop, 32 signal, 33 exit, 34 killed, 35 rpc,
-- 36 log, 38 phase, 39 snapshot, 40 missed, 41 fallback, 42 put-back, 43 gap, 45 sigreturn.

CREATE VIEW timeline AS -- Each event, with names for its numbers, its time and its phase.
SELECT
  e.run,
  e.sequence,
  -- A line of a log may have no time of its own.
  CASE WHEN e.kind NOT IN (36, 37) OR e.status IS NOT 1
    THEN round((e.entered_ns - zero.entered_ns) / 1e6, 6) END AS at_ms,
  round(e.duration_ns / 1e3, 3) AS took_us,
  (SELECT name FROM phase_name WHERE number =
    (SELECT p.detail FROM event p WHERE p.kind = 38 AND p.run = e.run AND p.tracee = e.tracee
      AND p.sequence <= e.sequence ORDER BY p.sequence DESC LIMIT 1)) AS phase,
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
    WHEN e.kind = 31 THEN (SELECT name FROM abi_name WHERE number = e.detail)
    WHEN e.kind = 32 THEN (SELECT name FROM fate_name WHERE number = e.detail)
    WHEN e.kind = 35 THEN (SELECT name FROM direction_name WHERE number = e.detail)
    WHEN e.kind = 36 THEN (SELECT name FROM fact_name WHERE number = e.detail)
    WHEN e.kind = 38 THEN (SELECT name FROM phase_name WHERE number = e.detail)
    WHEN e.kind = 40 THEN (SELECT name FROM awaited_name WHERE number = e.detail)
    WHEN e.kind = 41 THEN (SELECT name FROM reason_name WHERE number = e.detail)
    WHEN e.kind = 42 THEN (SELECT name FROM item_name WHERE number = e.detail)
    WHEN e.kind = 45 THEN (SELECT name FROM passage_name WHERE number = e.detail)
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
JOIN run_start zero ON zero.run = e.run
LEFT JOIN task tracer ON tracer.run = e.run AND tracer.number = e.tracer
LEFT JOIN task tracee ON tracee.run = e.run AND tracee.number = e.tracee;

CREATE VIEW stops AS -- Each stop of a task, with what was seen of the task.
SELECT run, sequence, at_ms, phase, tracee, stop, status, signal, code, sender, program_counter,
  data AS syscall, pending, shared_pending, blocked, detail AS syscall_abi
FROM timeline WHERE kind = 'stop';

CREATE VIEW signals AS -- What happened to signals: sent, delivered, held, put back.
SELECT run, sequence, at_ms, phase, tracee, detail AS fate, signal, code, sender, sender_user,
  CASE result WHEN 1 THEN 'process' WHEN 0 THEN 'thread' END AS sent_to
FROM timeline WHERE kind = 'signal';

CREATE VIEW pokes AS -- Each word written into memory or a debug register of a task.
SELECT t.run, t.sequence, t.at_ms, t.phase, t.tracee, t.request,
  CASE WHEN e.request = 6 AND e.address BETWEEN 848 AND 904 AND e.address % 8 = 0
    THEN 'DR' || ((e.address - 848) / 8) ELSE coalesce(t.address, '0x0') END AS place,
  coalesce(t.data, '0x0') AS word, t.error
FROM event e JOIN timeline t ON t.run = e.run AND t.sequence = e.sequence
WHERE e.kind = 5;

CREATE VIEW breakpoints AS -- The life of a hardware breakpoint: set, armed, hit, disarmed.
SELECT t.run, t.sequence, t.at_ms, t.phase, t.tracee,
  CASE
    WHEN e.kind = 31 THEN 'hit'
    WHEN e.address = 848 + 56 AND coalesce(e.data, 0) & 255 != 0 THEN 'armed'
    WHEN e.address = 848 + 56 THEN 'disarmed'
    WHEN e.address = 848 + 48 THEN 'status written'
    ELSE 'address written'
  END AS what,
  CASE WHEN e.kind = 5 THEN 'DR' || ((e.address - 848) / 8) END AS register,
  CASE WHEN e.kind = 31 THEN t.program_counter ELSE coalesce(t.data, '0x0') END AS word,
  t.error
FROM event e JOIN timeline t ON t.run = e.run AND t.sequence = e.sequence
WHERE (e.kind = 5 AND e.request = 6 AND e.address BETWEEN 848 AND 904 AND e.address % 8 = 0)
  OR (e.kind = 31 AND e.stop_class = 1);

CREATE VIEW phases AS -- When each phase of a cure began, its events, and how long it took.
SELECT p.run, n.name AS phase, p.sequence AS first_sequence,
  coalesce(p.next_sequence - 1, p.last_sequence) AS last_sequence,
  round((p.entered_ns - zero.entered_ns) / 1e6, 6) AS at_ms,
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
) p JOIN run_start zero ON zero.run = p.run
LEFT JOIN phase_name n ON n.number = p.phase
LEFT JOIN task t ON t.run = p.run AND t.number = p.tracee;

CREATE VIEW verdicts AS -- Each run with its state, its verdict and the events that prove it.
SELECT r.number AS run, s.name AS state, n.name AS verdict,
  CASE WHEN r.verdict IS NOT NULL AND NOT r.is_tree THEN (
    SELECT json_group_array(sequence) FROM (
      SELECT e.sequence FROM evidence e WHERE e.run = r.number ORDER BY e.number)) END AS evidence,
  a.name AS strategy_asked,
  t.name AS strategy_taken, r.lost, r.exit_summary
FROM run r
JOIN state_name s ON s.number = r.state
LEFT JOIN verdict_name n ON n.number = r.verdict
LEFT JOIN strategy_name a ON a.number = r.strategy_asked
LEFT JOIN strategy_name t ON t.number = r.strategy_taken;

CREATE VIEW proofs AS -- What proves each verdict, and what was found besides.
SELECT e.run, t.tid AS task, e.sequence,
  round((e.entered_ns - r.zero_ns) / 1e6, 6) AS at_ms, 'evidence' AS what, e.reason AS says
FROM evidence e JOIN run r ON r.number = e.run
LEFT JOIN task t ON t.run = e.run AND t.number = e.task
UNION ALL
SELECT f.run, t.tid, f.sequence, NULL, f.kind, f.sentence
FROM finding f LEFT JOIN task t ON t.run = f.run AND t.number = f.task;

CREATE VIEW task_verdicts AS -- The same for each task of a run of a tree.
SELECT c.run, t.tid AS task, t.thread_group AS process, t.name,
  (SELECT l.name FROM task l WHERE l.run = c.run AND l.tid = t.thread_group
    ORDER BY l.number DESC LIMIT 1) AS process_name,
  coalesce(o.name, 'unfinished') AS outcome, v.name AS verdict,
  CASE WHEN j.verdict IS NOT NULL THEN (
    SELECT json_group_array(sequence) FROM (
      SELECT e.sequence FROM evidence e WHERE e.run = c.run AND e.task = c.task
      ORDER BY e.number)) END AS evidence,
  s.name AS strategy_taken, round(j.frozen_ns / 1e6, 6) AS frozen_ms, c.first_sequence,
  c.last_sequence, c.summary
FROM cure c
LEFT JOIN judgement j ON j.run = c.run AND j.task = c.task
JOIN task t ON t.run = c.run AND t.number = c.task
LEFT JOIN outcome_name o ON o.number = c.outcome
LEFT JOIN verdict_name v ON v.number = j.verdict
LEFT JOIN strategy_name s ON s.number = c.strategy_taken;

-- Time stopped is summed over the tasks and counted in the phase of the stop.
CREATE VIEW costs AS -- Calls, stops and time stopped by phase; 'all' has the sums.
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

CREATE VIEW task_costs AS -- The same for each task of a run.
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

-- A stop that nothing ended in the recording has no length.
CREATE VIEW frozen AS -- How long each stop lasted, to a resume or the end of the task.
SELECT run, sequence, tracee, until_ns - entered_ns AS frozen_ns
FROM (
  SELECT run, sequence, tracee, kind, entered_ns,
    lead(entered_ns) OVER (PARTITION BY run, tracee ORDER BY sequence) AS until_ns
  FROM event
  WHERE kind IN (31, 33, 34)
    OR (kind IN (11, 12, 13, 15, 16) AND coalesce(result, 0) >= 0)
    OR (kind = 23 AND request IN (31, 32, 33) AND coalesce(result, 0) >= 0)
) WHERE kind = 31;

CREATE VIEW registers AS -- All 27 general registers at each event that has them.
SELECT e.run, e.sequence, t.tid AS tracee, n.name AS register, (
    SELECT v.value FROM register_value v
    JOIN event w ON w.run = v.run AND w.sequence = v.sequence
    WHERE v.run = e.run AND v.sequence <= e.sequence AND v.number = n.number
      AND w.tracee = e.tracee
    ORDER BY v.sequence DESC LIMIT 1
  ) AS value,
  EXISTS (SELECT 1 FROM register_change c WHERE c.run = e.run AND c.sequence = e.sequence
    AND (c.mask >> n.number) & 1) AS changed
FROM event e JOIN register_name n
LEFT JOIN task t ON t.run = e.run AND t.number = e.tracee
WHERE e.kind < 30 AND e.detail = 1 OR e.kind = 45;

CREATE VIEW register_value AS -- The registers that an event changed, one a row.
SELECT c.run, c.sequence, n.number, n.name AS register,
  '0x' || coalesce(nullif(ltrim(lower(hex(substr(c.words, 1 + 8 * (
    SELECT count(*) FROM register_name b WHERE b.number < n.number AND (c.mask >> b.number) & 1
  ), 8))), '0'), ''), '0') AS value
FROM register_change c JOIN register_name n ON (c.mask >> n.number) & 1;

CREATE VIEW log_lines AS -- The lines of a log that are events, with their text.
SELECT l.run, l.sequence, i.name AS input, l.line, k.name AS kind, s.name AS severity,
  f.name AS fact, t.tid AS tracee, l.text
FROM log_line l
JOIN event e ON e.run = l.run AND e.sequence = l.sequence
JOIN kind_name k ON k.number = e.kind
LEFT JOIN input i ON i.run = l.run AND i.number = l.input AND e.kind IN (36, 37)
LEFT JOIN severity_name s ON s.number = e.result AND e.kind = 36
LEFT JOIN fact_name f ON f.number = e.detail AND e.kind = 36
LEFT JOIN task t ON t.run = e.run AND t.number = e.tracee;

CREATE VIEW phase_begin AS -- The first event of each phase of each task.
SELECT run, tracee, sequence, detail AS phase FROM event WHERE kind = 38;

CREATE VIEW run_start AS -- The zero of at_ms: the first event that is not a snapshot.
SELECT r.number AS run, s.sequence, s.entered_ns,
  r.started_monotonic_ns + s.entered_ns AS monotonic_ns
FROM run r JOIN event s ON s.run = r.number AND s.sequence = coalesce(
  (SELECT f.sequence FROM event f WHERE f.run = r.number AND f.kind <> 39 ORDER BY f.sequence LIMIT 1),
  (SELECT min(f.sequence) FROM event f WHERE f.run = r.number));
