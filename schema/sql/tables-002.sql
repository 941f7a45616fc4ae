-- What is needed to show a part of a run without reading the rest of it.

-- Where the parasite's code was mapped, if that was seen; and whether the tracer was seen to let go of the task.
ALTER TABLE judgement ADD COLUMN blob_start INTEGER;
ALTER TABLE judgement ADD COLUMN blob_end INTEGER;
ALTER TABLE judgement ADD COLUMN let_go INTEGER;
