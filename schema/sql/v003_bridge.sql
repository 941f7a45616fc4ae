-- Version 3: one more thing that a cure puts back.

INSERT INTO item_name (number, name) VALUES (9, 'bridge');
