-- Version 6: what an observer of another tracer reports.


-- The tracee at its own rt_sigreturn; event.detail is 1 where it enters and 2 where it leaves, and the
-- registers there stand in register_change.
INSERT INTO kind_name (number, name) VALUES (45, 'sigreturn');
CREATE TABLE passage_name (number INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
INSERT INTO passage_name (number, name) VALUES (1, 'entered'), (2, 'left');

-- As before, with the registers at rt_sigreturn among them.
DROP VIEW registers;
CREATE VIEW registers AS
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
