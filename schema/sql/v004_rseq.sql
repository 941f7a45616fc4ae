-- Version 4: restartable sequences (rseq(2)).

-- address: the abort handler; program_counter: where the task was; value: where the sequence begins;
-- extra: its size in bytes.
INSERT INTO kind_name (number, name) VALUES (44, 'rseq-abort');

-- value: the area; extra: its size in bytes, and the signature 32 bits further up.
INSERT INTO memory_name (number, name) VALUES (6, 'rseq-area');
