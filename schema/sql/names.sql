-- What the numbers mean; a test holds these tables to the words of the tool.

-- How a run stands. unfinished: the recorder vanished before the end.
CREATE TABLE state_name (number INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO state_name (number, name) VALUES
  (1, 'recording'), (2, 'finished'), (3, 'unfinished');

CREATE TABLE source_name (number INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO source_name (number, name) VALUES
  (1, 'engine'), (2, 'bpf'), (3, 'ptrace-observer'), (4, 'strace'), (5, 'criu-log'), (6, 'perf'),
  (7, 'ftrace');

CREATE TABLE kind_name (number INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO kind_name (number, name) VALUES
  (1, 'seize'), (2, 'attach'), (3, 'traceme'), (4, 'interrupt'), (5, 'poke'), (6, 'peek'),
  (7, 'registers-read'), (8, 'registers-written'), (9, 'sigmask-read'), (10, 'sigmask-set'),
  (11, 'cont'), (12, 'syscall'), (13, 'step'), (14, 'listen'), (15, 'detach'), (16, 'kill'),
  (17, 'siginfo-read'), (18, 'siginfo-written'), (19, 'sigqueue-read'), (20, 'options'),
  (21, 'event-message'), (22, 'syscall-info'), (23, 'request'), (30, 'wait'), (31, 'stop'),
  (32, 'signal'), (33, 'exit'), (34, 'killed'), (35, 'rpc'), (36, 'log'), (37, 'unparsed'),
  (38, 'phase'), (39, 'snapshot'), (40, 'missed'), (41, 'fallback'), (42, 'put-back'), (43, 'gap'),
  (44, 'rseq-abort'), (45, 'sigreturn'), (46, 'memory');

CREATE TABLE stop_class_name (number INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO stop_class_name (number, name) VALUES
  (0, 'unknown'), (1, 'breakpoint'), (2, 'int3'), (3, 'single-step'), (4, 'syscall-entry'),
  (5, 'syscall-exit'), (6, 'syscall-stop'), (7, 'signal-delivery'), (8, 'group-stop'),
  (9, 'interrupt-stop'), (101, 'event-fork'), (102, 'event-vfork'), (103, 'event-clone'),
  (104, 'event-exec'), (105, 'event-vfork-done'), (106, 'event-exit'), (107, 'event-seccomp');

CREATE TABLE signal_name (number INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO signal_name (number, name) VALUES
  (1, 'SIGHUP'), (2, 'SIGINT'), (3, 'SIGQUIT'), (4, 'SIGILL'), (5, 'SIGTRAP'), (6, 'SIGABRT'),
  (7, 'SIGBUS'), (8, 'SIGFPE'), (9, 'SIGKILL'), (10, 'SIGUSR1'), (11, 'SIGSEGV'),
  (12, 'SIGUSR2'), (13, 'SIGPIPE'), (14, 'SIGALRM'), (15, 'SIGTERM'), (16, 'SIGSTKFLT'),
  (17, 'SIGCHLD'), (18, 'SIGCONT'), (19, 'SIGSTOP'), (20, 'SIGTSTP'), (21, 'SIGTTIN'),
  (22, 'SIGTTOU'), (23, 'SIGURG'), (24, 'SIGXCPU'), (25, 'SIGXFSZ'), (26, 'SIGVTALRM'),
  (27, 'SIGPROF'), (28, 'SIGWINCH'), (29, 'SIGIO'), (30, 'SIGPWR'), (31, 'SIGSYS'),
  (32, 'SIG32'), (33, 'SIG33'), (34, 'SIGRTMIN'), (35, 'SIGRTMIN+1'), (36, 'SIGRTMIN+2'),
  (37, 'SIGRTMIN+3'), (38, 'SIGRTMIN+4'), (39, 'SIGRTMIN+5'), (40, 'SIGRTMIN+6'),
  (41, 'SIGRTMIN+7'), (42, 'SIGRTMIN+8'), (43, 'SIGRTMIN+9'), (44, 'SIGRTMIN+10'),
  (45, 'SIGRTMIN+11'), (46, 'SIGRTMIN+12'), (47, 'SIGRTMIN+13'), (48, 'SIGRTMIN+14'),
  (49, 'SIGRTMIN+15'), (50, 'SIGRTMIN+16'), (51, 'SIGRTMIN+17'), (52, 'SIGRTMIN+18'),
  (53, 'SIGRTMIN+19'), (54, 'SIGRTMIN+20'), (55, 'SIGRTMIN+21'), (56, 'SIGRTMIN+22'),
  (57, 'SIGRTMIN+23'), (58, 'SIGRTMIN+24'), (59, 'SIGRTMIN+25'), (60, 'SIGRTMIN+26'),
  (61, 'SIGRTMIN+27'), (62, 'SIGRTMIN+28'), (63, 'SIGRTMIN+29'), (64, 'SIGRTMIN+30');

CREATE TABLE request_name (number INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO request_name (number, name) VALUES
  (0, 'PTRACE_TRACEME'), (1, 'PTRACE_PEEKTEXT'), (2, 'PTRACE_PEEKDATA'), (3, 'PTRACE_PEEKUSER'),
  (4, 'PTRACE_POKETEXT'), (5, 'PTRACE_POKEDATA'), (6, 'PTRACE_POKEUSER'), (7, 'PTRACE_CONT'),
  (8, 'PTRACE_KILL'), (9, 'PTRACE_SINGLESTEP'), (12, 'PTRACE_GETREGS'), (13, 'PTRACE_SETREGS'),
  (14, 'PTRACE_GETFPREGS'), (15, 'PTRACE_SETFPREGS'), (16, 'PTRACE_ATTACH'),
  (17, 'PTRACE_DETACH'), (18, 'PTRACE_GETFPXREGS'), (19, 'PTRACE_SETFPXREGS'),
  (21, 'PTRACE_OLDSETOPTIONS'), (24, 'PTRACE_SYSCALL'), (25, 'PTRACE_GET_THREAD_AREA'),
  (26, 'PTRACE_SET_THREAD_AREA'), (30, 'PTRACE_ARCH_PRCTL'), (31, 'PTRACE_SYSEMU'),
  (32, 'PTRACE_SYSEMU_SINGLESTEP'), (33, 'PTRACE_SINGLEBLOCK'), (16896, 'PTRACE_SETOPTIONS'),
  (16897, 'PTRACE_GETEVENTMSG'), (16898, 'PTRACE_GETSIGINFO'), (16899, 'PTRACE_SETSIGINFO'),
  (16900, 'PTRACE_GETREGSET'), (16901, 'PTRACE_SETREGSET'), (16902, 'PTRACE_SEIZE'),
  (16903, 'PTRACE_INTERRUPT'), (16904, 'PTRACE_LISTEN'), (16905, 'PTRACE_PEEKSIGINFO'),
  (16906, 'PTRACE_GETSIGMASK'), (16907, 'PTRACE_SETSIGMASK'),
  (16908, 'PTRACE_SECCOMP_GET_FILTER'), (16909, 'PTRACE_SECCOMP_GET_METADATA'),
  (16910, 'PTRACE_GET_SYSCALL_INFO'), (16911, 'PTRACE_GET_RSEQ_CONFIGURATION'),
  (16912, 'PTRACE_SET_SYSCALL_USER_DISPATCH_CONFIG'),
  (16913, 'PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG'), (16914, 'PTRACE_SET_SYSCALL_INFO');

CREATE TABLE error_name (number INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO error_name (number, name) VALUES
  (1, 'EPERM'), (2, 'ENOENT'), (3, 'ESRCH'), (4, 'EINTR'), (5, 'EIO'), (6, 'ENXIO'),
  (7, 'E2BIG'), (8, 'ENOEXEC'), (9, 'EBADF'), (10, 'ECHILD'), (11, 'EAGAIN'), (12, 'ENOMEM'),
  (13, 'EACCES'), (14, 'EFAULT'), (15, 'ENOTBLK'), (16, 'EBUSY'), (17, 'EEXIST'), (18, 'EXDEV'),
  (19, 'ENODEV'), (20, 'ENOTDIR'), (21, 'EISDIR'), (22, 'EINVAL'), (23, 'ENFILE'),
  (24, 'EMFILE'), (25, 'ENOTTY'), (26, 'ETXTBSY'), (27, 'EFBIG'), (28, 'ENOSPC'), (29, 'ESPIPE'),
  (30, 'EROFS'), (31, 'EMLINK'), (32, 'EPIPE'), (33, 'EDOM'), (34, 'ERANGE'), (35, 'EDEADLK'),
  (36, 'ENAMETOOLONG'), (37, 'ENOLCK'), (38, 'ENOSYS'), (39, 'ENOTEMPTY'), (40, 'ELOOP'),
  (42, 'ENOMSG'), (43, 'EIDRM'), (44, 'ECHRNG'), (45, 'EL2NSYNC'), (46, 'EL3HLT'),
  (47, 'EL3RST'), (48, 'ELNRNG'), (49, 'EUNATCH'), (50, 'ENOCSI'), (51, 'EL2HLT'), (52, 'EBADE'),
  (53, 'EBADR'), (54, 'EXFULL'), (55, 'ENOANO'), (56, 'EBADRQC'), (57, 'EBADSLT'),
  (59, 'EBFONT'), (60, 'ENOSTR'), (61, 'ENODATA'), (62, 'ETIME'), (63, 'ENOSR'), (64, 'ENONET'),
  (65, 'ENOPKG'), (66, 'EREMOTE'), (67, 'ENOLINK'), (68, 'EADV'), (69, 'ESRMNT'), (70, 'ECOMM'),
  (71, 'EPROTO'), (72, 'EMULTIHOP'), (73, 'EDOTDOT'), (74, 'EBADMSG'), (75, 'EOVERFLOW'),
  (76, 'ENOTUNIQ'), (77, 'EBADFD'), (78, 'EREMCHG'), (79, 'ELIBACC'), (80, 'ELIBBAD'),
  (81, 'ELIBSCN'), (82, 'ELIBMAX'), (83, 'ELIBEXEC'), (84, 'EILSEQ'), (85, 'ERESTART'),
  (86, 'ESTRPIPE'), (87, 'EUSERS'), (88, 'ENOTSOCK'), (89, 'EDESTADDRREQ'), (90, 'EMSGSIZE'),
  (91, 'EPROTOTYPE'), (92, 'ENOPROTOOPT'), (93, 'EPROTONOSUPPORT'), (94, 'ESOCKTNOSUPPORT'),
  (95, 'EOPNOTSUPP'), (96, 'EPFNOSUPPORT'), (97, 'EAFNOSUPPORT'), (98, 'EADDRINUSE'),
  (99, 'EADDRNOTAVAIL'), (100, 'ENETDOWN'), (101, 'ENETUNREACH'), (102, 'ENETRESET'),
  (103, 'ECONNABORTED'), (104, 'ECONNRESET'), (105, 'ENOBUFS'), (106, 'EISCONN'),
  (107, 'ENOTCONN'), (108, 'ESHUTDOWN'), (109, 'ETOOMANYREFS'), (110, 'ETIMEDOUT'),
  (111, 'ECONNREFUSED'), (112, 'EHOSTDOWN'), (113, 'EHOSTUNREACH'), (114, 'EALREADY'),
  (115, 'EINPROGRESS');

CREATE TABLE phase_name (number INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO phase_name (number, name) VALUES
  (1, 'seize'), (2, 'prepare'), (3, 'infect'), (4, 'daemon'), (5, 'commands'), (6, 'fini'),
  (7, 'sigreturn'), (8, 'unmap'), (9, 'detach');

CREATE TABLE strategy_name (number INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO strategy_name (number, name) VALUES
  (1, 'breakpoint'), (2, 'breakpoint-after'), (3, 'syscall'), (4, 'direct');

CREATE TABLE verdict_name (number INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO verdict_name (number, name) VALUES
  (1, 'landed'), (2, 'intervened'), (3, 'missed'), (4, 'lost'), (5, 'unfinished'),
  (6, 'undetermined'), (7, 'never-reached');

CREATE TABLE fate_name (number INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO fate_name (number, name) VALUES
  (1, 'generated'), (2, 'pending'), (3, 'coalesced'), (4, 'delivered'), (5, 'discarded'),
  (6, 'held'), (7, 'put-back');

CREATE TABLE command_name (number INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO command_name (number, name) VALUES
  (1, 'ready'), (2, 'ping'), (3, 'misc'), (4, 'fini'), (5, 'park');

CREATE TABLE direction_name (number INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO direction_name (number, name) VALUES
  (1, 'sent'), (2, 'acknowledged'), (3, 'closed');

CREATE TABLE item_name (number INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO item_name (number, name) VALUES
  (1, 'registers'), (2, 'extended-state'), (3, 'signal-mask'), (4, 'debug-registers'),
  (5, 'descriptors'), (6, 'mapping'), (7, 'held-signals'), (8, 'detach'), (9, 'bridge'),
  (10, 'syscall-user-dispatch');

CREATE TABLE reason_name (number INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO reason_name (number, name) VALUES
  (1, 'probe-failed'), (2, 'no-debug-registers'), (3, 'trap-not-deliverable'),
  (4, 'restart-block'), (5, 'breakpoint-missed'), (6, 'debug-register-refused'),
  (7, 'syscall-user-dispatch');

CREATE TABLE awaited_name (number INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO awaited_name (number, name) VALUES
  (1, 'interrupt-stop'), (2, 'remote-syscall'), (3, 'parasite'), (4, 'breakpoint'),
  (5, 'sigreturn');

-- The order of user_regs_struct.
CREATE TABLE register_name (number INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO register_name (number, name) VALUES
  (0, 'r15'), (1, 'r14'), (2, 'r13'), (3, 'r12'), (4, 'rbp'), (5, 'rbx'), (6, 'r11'), (7, 'r10'),
  (8, 'r9'), (9, 'r8'), (10, 'rax'), (11, 'rcx'), (12, 'rdx'), (13, 'rsi'), (14, 'rdi'),
  (15, 'orig_rax'), (16, 'rip'), (17, 'cs'), (18, 'eflags'), (19, 'rsp'), (20, 'ss'),
  (21, 'fs_base'), (22, 'gs_base'), (23, 'ds'), (24, 'es'), (25, 'fs'), (26, 'gs');

-- What was seen of the memory that a request read or wrote: the detail of a request.
CREATE TABLE memory_name (number INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO memory_name (number, name) VALUES
  (1, 'registers'), (2, 'extended-state'), (3, 'signal-set'), (4, 'siginfo'),
  (5, 'syscall-info'), (6, 'rseq-area'), (7, 'some registers'), (8, 'not seen');

CREATE TABLE outcome_name (number INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO outcome_name (number, name) VALUES
  (1, 'cured'), (2, 'vanished'), (3, 'refused'), (4, 'let-go'), (5, 'failed'), (6, 'not-visited');

CREATE TABLE severity_name (number INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO severity_name (number, name) VALUES
  (0, 'other'), (1, 'error'), (2, 'warning'), (3, 'info');

-- What a line of a log says.
CREATE TABLE fact_name (number INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO fact_name (number, name) VALUES
  (0, 'text'),
  (1, 'seize-refused'),
  (2, 'cannot-be-seized'),
  (3, 'is-ourselves'),
  (4, 'not-stopped'),
  (5, 'trap-pending'),
  (6, 'stop-not-supported'),
  (7, 'detach-refused'),
  (8, 'seccomp-not-suspended'),
  (9, 'stop-by-signal'),
  (10, 'interrupted'),
  (11, 'not-injected'),
  (12, 'child-reported'),
  (13, 'stopped-unexpectedly'),
  (14, 'killed-unexpectedly'),
  (15, 'connect-refused'),
  (16, 'wait-mismatch'),
  (17, 'still-runs'),
  (18, 'outside-of-blob'),
  (19, 'breakpoint-refused'),
  (20, 'unexpected-state'),
  (21, 'stopped-with'),
  (22, 'killed-with'),
  (23, 'exited-with'),
  (24, 'will-execute'),
  (25, 'breakpoints-off'),
  (26, 'breakpoints-broken'),
  (27, 'trapped'),
  (28, 'exit-expected'),
  (29, 'stopped-at-exit'),
  (30, 'waits-for-trap'),
  (31, 'interrupt-taken'),
  (32, 'command-sent'),
  (33, 'command-acknowledged'),
  (34, 'command-taken'),
  (35, 'leaving'),
  (36, 'awaits-daemon'),
  (37, 'daemon-serves'),
  (38, 'syscall-at'),
  (39, 'is-seized'),
  (40, 'let-go'),
  (41, 'finished'),
  (42, 'failed'),
  (43, 'step-failed'),
  (44, 'floating-point-refused'),
  (45, 'remote-call-failed'),
  (46, 'freezer-failed'),
  (47, 'tracer-version'),
  (48, 'is-zombie'),
  (49, 'denied'),
  (50, 'frame-refused'),
  (51, 'timed-out'),
  (52, 'restore-begins'),
  (53, 'rseq-dumped'),
  (54, 'parasite-crashed');

CREATE TABLE passage_name (number INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO passage_name (number, name) VALUES (1, 'entered'), (2, 'left');

-- Whose table the number of a system call is read by: the detail of a stop.
CREATE TABLE abi_name (number INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO abi_name (number, name) VALUES (1, 'x86-64'), (2, 'i386'), (3, 'arm64');
