-- Version 8: Syscall User Dispatch.

INSERT INTO item_name (number, name) VALUES (10, 'syscall-user-dispatch');
INSERT INTO reason_name (number, name) VALUES (7, 'syscall-user-dispatch');
