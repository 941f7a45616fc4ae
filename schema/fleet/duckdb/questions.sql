-- The ten questions of docs/Fleet.md, for DuckDB. tools/fleet-test holds the answers of all to each other.

-- 1. How did the runs end, and on how many machines?
SELECT coalesce(r.verdict, 'not judged') AS ended, count(*) AS runs, count(DISTINCT r.machine) AS machines
FROM fini.runs r GROUP BY 1 ORDER BY 2 DESC, 1;

-- 2. Which share of dumps had an intervening signal, by kernel and CRIU version?
SELECT r.kernel_release, coalesce(r.tracer_version, 'not known') AS criu, count(*) AS runs,
  sum(CASE WHEN i.run IS NOT NULL THEN 1 ELSE 0 END) AS intervened, round(100.0 * sum(CASE WHEN i.run IS NOT NULL THEN 1 ELSE 0 END) / count(*), 1) AS percent
FROM fini.runs r LEFT JOIN (
  SELECT DISTINCT v.run FROM fini.verdicts v WHERE v.intervening_signal IS NOT NULL
) i ON i.run = r.run
GROUP BY 1, 2 ORDER BY 5 DESC, 1, 2;

-- 3. How long were tasks frozen, in the middle and at the 99th percentile, by kernel?
SELECT r.kernel_release, count(*) AS runs, quantile_disc(r.frozen_ns, 0.5) AS p50_ns,
  quantile_disc(r.frozen_ns, 0.99) AS p99_ns
FROM fini.runs r WHERE r.frozen_ns IS NOT NULL GROUP BY 1 ORDER BY 1;

-- 4. Which cause grew since the day before the newest run?
WITH dated AS (
  SELECT x.cause AS cause, r.started_ns // 86400000000000 AS day FROM fini.explanations x JOIN fini.runs r USING (machine, boot, run)
  WHERE x.cause IS NOT NULL
), newest AS (SELECT max(r.started_ns // 86400000000000) AS day FROM fini.runs r)
SELECT d.cause, sum(CASE WHEN d.day = n.day THEN 1 ELSE 0 END) AS today, sum(CASE WHEN d.day = n.day - 1 THEN 1 ELSE 0 END) AS yesterday
FROM dated d CROSS JOIN newest n GROUP BY d.cause
HAVING sum(CASE WHEN d.day = n.day THEN 1 ELSE 0 END) > sum(CASE WHEN d.day = n.day - 1 THEN 1 ELSE 0 END)
ORDER BY 2 DESC, d.cause;

-- 5. On which machines is something wrong most often?
SELECT r.machine, count(*) AS runs, sum(CASE WHEN x.answer = 'something-wrong' THEN 1 ELSE 0 END) AS wrong
FROM fini.runs r LEFT JOIN fini.explanations x USING (machine, boot, run) GROUP BY r.machine ORDER BY 3 DESC, 1;

-- 6. Which stops and signals intervene, and which user sends them?
SELECT v.intervening_stop, v.intervening_signal, v.sender_user, count(*) AS times
FROM fini.verdicts v WHERE v.intervening_stop IS NOT NULL
GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3;

-- 7. In which phase is the time that tasks stand still?
SELECT c.phase, sum(c.frozen_ns) AS frozen_ns, round(100.0 * sum(c.frozen_ns) / max(a.all_ns), 1) AS percent
FROM fini.costs c CROSS JOIN (SELECT sum(frozen_ns) AS all_ns FROM fini.costs k) a
GROUP BY c.phase HAVING sum(c.frozen_ns) > 0 ORDER BY 2 DESC, 1;

-- 8. Of which versions of fini-trace are the runs that lost events or can't be judged?
SELECT r.tool_version, count(*) AS runs, sum(CASE WHEN r.lost > 0 THEN 1 ELSE 0 END) AS lost,
  sum(CASE WHEN r.verdict = 'undetermined' THEN 1 ELSE 0 END) AS undetermined
FROM fini.runs r GROUP BY 1 ORDER BY 3 DESC, 1;

-- 9. Which programs were frozen the longest?
SELECT r.subject_name, count(*) AS runs, max(r.frozen_ns) AS longest_ns
FROM fini.runs r WHERE r.frozen_ns IS NOT NULL GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT 10;

-- 10. Which causes were seen on one machine alone?
SELECT d.cause, min(r.machine) AS machine, count(DISTINCT r.run) AS runs
FROM fini.diagnoses d JOIN fini.runs r USING (machine, boot, run) WHERE d.is_harmless = 0
GROUP BY d.cause HAVING count(DISTINCT r.machine) = 1 ORDER BY 3 DESC, 1;
