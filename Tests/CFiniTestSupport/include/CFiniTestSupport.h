// Kernel functions for the tests, without the code under test.
#ifndef CFINI_TEST_SUPPORT_H
#define CFINI_TEST_SUPPORT_H

#include <stdint.h>

// Linking this target blocks SIGCHLD in every thread of the test process, before main. A SIGCHLD
// that any thread does not block would be discarded there instead of waking the tracer.

// Starts a program with an empty signal mask, default actions, a session of its own and pipes for
// stdin and stdout. Returns zero or an error number.
int32_t test_spawn(const char *path, char *const *arguments, char *const *environment,
                   int32_t *pid, int32_t *input, int32_t *output);
// The same with the caller's stdout and stderr thrown away, no pipes, no session.
int32_t test_spawn_quietly(const char *path, char *const *arguments, int32_t *pid);
// Waits for one child for at most `timeout` ms. Returns 1 with its status, 0 when the time is
// over, or a negated error number.
int32_t test_wait(int32_t pid, int32_t timeout, int32_t *status);
// Reads what is there within `timeout` ms. Returns bytes, 0 at the end, -1 when the time is over.
int64_t test_read(int32_t fd, void *room, uint64_t size, int32_t timeout);
int64_t test_write(int32_t fd, const void *bytes, uint64_t size);
int32_t test_close(int32_t fd);

int32_t test_kill(int32_t pid, int32_t signo);
int32_t test_tgkill(int32_t pid, int32_t tid, int32_t signo);
int32_t test_sigqueue(int32_t pid, int32_t signo, int32_t value);
int32_t test_getpid(void);
int32_t test_gettid(void);
int32_t test_getuid(void);
uint64_t test_milliseconds(void);
// A raw ptrace call; a negated error number if it fails.
int64_t test_ptrace(int64_t request, int32_t tid, uint64_t address, uint64_t data);

// Sets flags of a stopped tracee of the calling thread, as PTRACE_SETREGS takes them; an error number,
// negated, or zero.
int64_t test_set_flags(int32_t tid, uint64_t flags);

// Reads a task by an independent tracer: seize, interrupt, read, detach. It uses no code under test
// and writes nothing into the task.
struct test_look {
  uint32_t status;           // of the stop
  uint64_t mask;
  uint64_t debug_control;    // DR7
  uint64_t xstate_size;
};
// `registers` has 27 words, `xstate` 65536 bytes. Zero or a negated error number.
int32_t test_look_at(int32_t tid, struct test_look *look, uint64_t *registers, void *xstate);

// Reads the setting of Syscall User Dispatch of a task by a tracer of our own: mode, selector, offset,
// length. Zero or a negated error number; -EIO where the kernel does not tell.
int32_t test_read_dispatch(int32_t tid, uint64_t setting[4]);

// What is seen of a process, and of its task `tid`, from /proc: lines `KEY<tab>VALUE`; a key with
// several lines stands before each of them. Device numbers and inodes of pipes and sockets are left
// out, so that two processes that do the same give the same lines. Returns bytes, or a negated
// error number.
int64_t test_portrait(int32_t pid, int32_t tid, char *room, uint64_t size);
// The same as a tracer sees it: registers, extended state as a digest, mask, DR7, and the siginfo
// of pending signals. Seizes, reads, lets go. `status` is that of the stop.
int64_t test_inner_portrait(int32_t tid, char *room, uint64_t size, uint32_t *status);

// Programs that are started from now on have all their mappings at the same addresses.
int32_t test_fix_addresses(void);
// No core files from now on.
int32_t test_forbid_cores(void);
// How many descriptors this process has open.
int32_t test_count_descriptors(void);
// Takes a signal that is blocked and pending for this process; 1 if there was one.
int32_t test_take_signal(int32_t signo);

// Acts on a socket of another process: shuts it down, or sends rubbish from it.
enum { TEST_SOCKET_SHUT = 1, TEST_SOCKET_RUBBISH = 2 };
int32_t test_meddle(int32_t pid, int32_t fd, int32_t kind);
// Damages a task like a faulty tracer, to check that a test notices.
enum {
  TEST_DAMAGE_REGISTER = 1,
  TEST_DAMAGE_VECTOR = 2,
  TEST_DAMAGE_MASK = 3,
  TEST_DAMAGE_DEBUG = 4,
  TEST_DAMAGE_TEXT = 5,
};
int32_t test_damage(int32_t tid, int32_t kind);

// How often the calling thread asked the heap for memory since it began.
uint64_t test_allocations(void);
// Whether allocations are counted at all (a sanitizer brings a heap of its own).
int32_t test_counts_allocations(void);
// Keeps the call stacks of the next allocations of the calling thread, to print them later.
void test_watch_allocations(int32_t on);
void test_print_allocations(void);

// Forks a child that does what `kind` says and stays there until it is killed.
enum {
  TEST_CHILD_ZOMBIE = 1,   // is dead and not waited for
  TEST_CHILD_STOPPED = 2,  // stopped by SIGSTOP
  TEST_CHILD_PAUSED = 3,   // sleeps in pause(2)
};
int32_t test_fork(int32_t kind);
// Forks a child that sleeps in pause(2) and has this number, which must be free; its number or a negated
// error number. For root only.
int32_t test_fork_numbered(int32_t pid);
// Takes capabilities (bit n for number n) from the calling thread, and gives them back. Zero or a
// negated error number.
int32_t test_drop_capabilities(uint64_t set);
int32_t test_regain_capabilities(uint64_t set);
// Forks a tracer that seizes `tid` and holds it until it is killed. Returns once the task is held:
// the tracer's pid or a negated error number.
int32_t test_fork_tracer(int32_t tid);
// Forks a child of user `uid` that tries PTRACE_SEIZE of `tid`. Returns the error number that it
// got, or zero.
int32_t test_seize_as(uint32_t uid, int32_t tid);

#endif
