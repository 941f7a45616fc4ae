-- The ten questions of docs/Fleet.md, for a recording that `fini-trace merge` made. tools/fleet-test holds the answers of all to each other.

-- 1. How did the runs end, and on how many machines?
SELECT coalesce(v.name, 'not judged') AS ended, count(*) AS runs, count(DISTINCT coalesce(o.machine, '')) AS machines
FROM run r LEFT JOIN verdict_name v ON v.number = r.verdict LEFT JOIN origin o ON o.run = r.number
GROUP BY 1 ORDER BY 2 DESC, 1;

-- 2. Which share of dumps had an intervening signal, by kernel and CRIU version?
SELECT r.kernel_release, coalesce(r.tracer_version, 'not known') AS criu, count(*) AS runs,
  sum(CASE WHEN i.run IS NOT NULL THEN 1 ELSE 0 END) AS intervened, round(100.0 * sum(CASE WHEN i.run IS NOT NULL THEN 1 ELSE 0 END) / count(*), 1) AS percent
FROM run r LEFT JOIN (SELECT DISTINCT run FROM intervention WHERE signal IS NOT NULL) i ON i.run = r.number
GROUP BY 1, 2 ORDER BY 5 DESC, 1, 2;

-- 3. How long were tasks frozen, in the middle and at the 99th percentile, by kernel?
WITH ranked AS (
  SELECT kernel_release, frozen_ns, row_number() OVER kernel AS place, count(*) OVER (PARTITION BY kernel_release) AS runs
  FROM run WHERE frozen_ns IS NOT NULL WINDOW kernel AS (PARTITION BY kernel_release ORDER BY frozen_ns)
)
SELECT kernel_release, runs, max(CASE WHEN place = (runs * 50 + 99) / 100 THEN frozen_ns END) AS p50_ns,
  max(CASE WHEN place = (runs * 99 + 99) / 100 THEN frozen_ns END) AS p99_ns
FROM ranked GROUP BY 1, 2 ORDER BY 1;

-- 4. Which cause grew since the day before the newest run?
WITH dated AS (
  SELECT x.cause AS cause, r.started_realtime_ns / 86400000000000 AS day FROM explanation x JOIN run r ON r.number = x.run
  WHERE x.cause IS NOT NULL
), newest AS (SELECT max(started_realtime_ns / 86400000000000) AS day FROM run)
SELECT d.cause, sum(CASE WHEN d.day = n.day THEN 1 ELSE 0 END) AS today, sum(CASE WHEN d.day = n.day - 1 THEN 1 ELSE 0 END) AS yesterday
FROM dated d CROSS JOIN newest n GROUP BY d.cause
HAVING sum(CASE WHEN d.day = n.day THEN 1 ELSE 0 END) > sum(CASE WHEN d.day = n.day - 1 THEN 1 ELSE 0 END)
ORDER BY 2 DESC, d.cause;

-- 5. On which machines is something wrong most often?
SELECT coalesce(o.machine, '') AS machine, count(*) AS runs, sum(CASE WHEN x.answer = 'something-wrong' THEN 1 ELSE 0 END) AS wrong
FROM run r LEFT JOIN origin o ON o.run = r.number LEFT JOIN explanation x ON x.run = r.number
GROUP BY 1 ORDER BY 3 DESC, 1;

-- 6. Which stops and signals intervene, and which user sends them?
SELECT coalesce(c.name, 'event-' || (i.stop_class - 100)) AS intervening_stop,
  CASE WHEN i.signal IS NOT NULL THEN coalesce(s.name, 'signal ' || i.signal) END AS intervening_signal, i.sender_user,
  count(*) AS times
FROM intervention i LEFT JOIN stop_class_name c ON c.number = i.stop_class LEFT JOIN signal_name s ON s.number = i.signal
GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3;

-- 7. In which phase is the time that tasks stand still?
SELECT c.phase, sum(c.frozen_ns) AS frozen_ns, round(100.0 * sum(c.frozen_ns) / max(a.all_ns), 1) AS percent
FROM costs c CROSS JOIN (SELECT sum(frozen_ns) AS all_ns FROM costs WHERE phase <> 'all') a WHERE c.phase <> 'all'
GROUP BY c.phase HAVING sum(c.frozen_ns) > 0 ORDER BY 2 DESC, 1;

-- 8. Of which versions of fini-trace are the runs that lost events or can't be judged?
SELECT r.tool_version, count(*) AS runs, sum(CASE WHEN r.lost > 0 THEN 1 ELSE 0 END) AS lost,
  sum(CASE WHEN v.name = 'undetermined' THEN 1 ELSE 0 END) AS undetermined
FROM run r LEFT JOIN verdict_name v ON v.number = r.verdict GROUP BY 1 ORDER BY 3 DESC, 1;

-- 9. Which programs were frozen the longest?
SELECT t.name, count(*) AS runs, max(r.frozen_ns) AS longest_ns
FROM run r LEFT JOIN task t ON t.run = r.number AND t.number = coalesce(r.subject, 1)
WHERE r.frozen_ns IS NOT NULL GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT 10;

-- 10. Which causes were seen on one machine alone?
SELECT d.cause, min(coalesce(o.machine, '')) AS machine, count(DISTINCT d.run) AS runs
FROM diagnosis d LEFT JOIN origin o ON o.run = d.run WHERE d.is_harmless = 0
GROUP BY d.cause HAVING count(DISTINCT coalesce(o.machine, '')) = 1 ORDER BY 3 DESC, 1;
