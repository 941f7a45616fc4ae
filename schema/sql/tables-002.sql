-- What came with version 2, but for what explain finds (explanation.sql).

-- What is needed to show a part of a run without reading the rest of it.

-- Where the parasite's code was mapped, if that was seen; and whether the tracer was seen to let go of the task.
ALTER TABLE judgement ADD COLUMN blob_start INTEGER;
ALTER TABLE judgement ADD COLUMN blob_end INTEGER;
ALTER TABLE judgement ADD COLUMN let_go INTEGER;

-- Where a run was recorded, written when it begins: by it runs of many files and machines are told apart.
CREATE TABLE origin (
  run INTEGER PRIMARY KEY REFERENCES run (number) ON DELETE CASCADE,
  uuid TEXT NOT NULL UNIQUE,
  machine TEXT,
  boot TEXT
);
