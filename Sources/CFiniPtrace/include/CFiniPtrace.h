// Functions that Swift can't call, or must not call through glibc.
//
// Only <stdint.h> types cross this header: with pid_t, Swift would treat it as a type of this
// module. A result below zero is a negated error number. errno is never left to be read later:
// other code may overwrite it before Swift reads it.
#ifndef CFINI_PTRACE_H
#define CFINI_PTRACE_H

#include <stdint.h>

// The clock.

// CLOCK_MONOTONIC in ns.
uint64_t fini_monotonic_now(void);
// CLOCK_REALTIME in ns since 1970.
uint64_t fini_realtime_now(void);

// The gate for ptrace.

// ptrace(2) by its raw system call. glibc's wrapper is variadic, which Swift can't call, and for a
// PEEK it returns the word and the error in the same value. The raw call stores the word at *data.
int64_t fini_ptrace(int64_t request, int32_t tid, uint64_t address, uint64_t data);

// PTRACE_PEEKUSER and PTRACE_PEEKDATA with the word in *word.
int64_t fini_peek(int64_t request, int32_t tid, uint64_t address, uint64_t *word);

// PTRACE_GETREGSET and SETREGSET, note type `note`. *size is the size of the buffer and becomes
// what the kernel moved (216 for the general registers of a 64-bit task, 68 for those of a task in
// 32-bit code).
int64_t fini_get_regset(int32_t tid, uint64_t note, void *buffer, uint64_t *size);
int64_t fini_set_regset(int32_t tid, uint64_t note, const void *buffer, uint64_t size);
// PTRACE_GETREGS and SETREGS: always the 216 bytes of struct user_regs_struct.
int64_t fini_get_registers(int32_t tid, void *registers);
int64_t fini_set_registers(int32_t tid, const void *registers);
// PTRACE_GETFPREGS and SETFPREGS: the 512 bytes of FXSAVE, in the tracer's own format, whatever
// code the task runs. For processors without XSAVE, where NT_X86_XSTATE is refused with ENODEV.
int64_t fini_get_fpregs(int32_t tid, void *registers);
int64_t fini_set_fpregs(int32_t tid, const void *registers);

// The parts of a siginfo_t that are used by themselves. `raw` is the whole siginfo, to be given
// back.
struct fini_siginfo {
  int32_t signo;
  int32_t code;
  int32_t pid;
  uint32_t uid;
  uint64_t address;
  uint64_t value;
  uint64_t raw[16];
};

// PTRACE_GETSIGINFO.
int64_t fini_get_siginfo(int32_t tid, struct fini_siginfo *info);
// PTRACE_PEEKSIGINFO: up to `count` signals from `offset` on, of the thread or of the process.
// Returns how many there were. `scratch` has count * 128 bytes.
int64_t fini_peek_siginfo(int32_t tid, uint64_t offset, int32_t shared, int32_t count,
                          struct fini_siginfo *info);

// What PTRACE_GET_SYSCALL_INFO reports. The kernel's own struct has a union, which is awkward in
// Swift.
struct fini_syscall_info {
  uint8_t operation;  // 0 none, 1 entry, 2 exit, 3 seccomp
  uint64_t instruction_pointer;
  uint64_t stack_pointer;
  uint64_t number;    // at an entry
  int64_t result;     // at an exit
  uint32_t architecture;  // AUDIT_ARCH_* of the call
  uint64_t arguments[6];  // at an entry
};
int64_t fini_get_syscall_info(int32_t tid, struct fini_syscall_info *info);

// What PTRACE_GET_RSEQ_CONFIGURATION reports (Linux 5.13): the address of the task's struct rseq,
// or 0.
struct fini_rseq {
  uint64_t area;
  uint32_t size;
  uint32_t signature;
};
int64_t fini_get_rseq(int32_t tid, struct fini_rseq *rseq);

// The processor.

// Whether the kernel uses XSAVE.
int32_t fini_xsave_is_on(void);
// The largest size of an XSAVE area on this processor, in bytes (CPUID leaf 0xD); 0 without that
// leaf.
uint64_t fini_xsave_byte_count(void);
// The place of a state component in an XSAVE area that is not compacted; both 0 if there is none.
void fini_xsave_component(uint32_t component, uint32_t *offset, uint32_t *size);

// The gate for wait.

// wait4(2) for one tid, never for any child: other code in this process may have children.
int64_t fini_wait4(int32_t tid, uint32_t options, uint32_t *status);

// Blocks SIGCHLD, and SIGINT, SIGTERM, SIGHUP if `interrupts`, in the calling thread. Threads made
// later inherit that. A SIGCHLD with its default action is queued only while the tracing thread
// blocks it, and any thread that does not block it may take it away. So call this before there are
// threads.
int64_t fini_block_signals(int32_t interrupts);
// A signalfd(2) for what fini_block_signals blocks.
int64_t fini_open_signals(int32_t interrupts);

enum {
  FINI_WOKE_CHILD = 1,      // a wait for the task would find something
  FINI_WOKE_SOCKET = 2,     // `socket` can be read, or its other end is closed
  FINI_WOKE_INTERRUPT = 4,  // SIGINT, SIGTERM or SIGHUP came
  FINI_WOKE_WORD = 8,       // `*word` is `value`
};
// Sleeps until something of FINI_WOKE_* happens to one of the tasks, or `timeout` ns have passed
// (then 0). `socket` may be -1 and `word` null. The word is read once per millisecond; its writer
// need not wake this. Reads pending signals away. Spins for `spin` ns before it sleeps, and yields
// each time: waking a sleeping processor takes longer than most stops take to come. A lost SIGCHLD
// delays it by at most 16 ms.
int64_t fini_sleep(const int32_t *tids, uint64_t count, int32_t signals, int32_t socket,
                   const uint32_t *word, uint32_t value, int64_t timeout, int64_t spin);
// Whether SIGINT, SIGTERM or SIGHUP is pending. It takes nothing.
int32_t fini_interrupt_is_pending(void);
void fini_pause(int64_t nanoseconds);

// Sleeps for `timeout` ns, or until one of `signals` comes. Returns FINI_WOKE_*.
int64_t fini_rest(int32_t signals, int64_t timeout);

// Other ways to reach a task.

int32_t fini_gettid(void);
// process_vm_readv(2) for one range; returns bytes read.
int64_t fini_read_memory(int32_t tid, uint64_t address, void *buffer, uint64_t size);
// pidfd_open(2) of the thread, or of its process if the kernel has no pidfd for threads, and
// pidfd_getfd(2).
int64_t fini_pidfd_open(int32_t tid, int32_t pid);
int64_t fini_pidfd_getfd(int32_t pidfd, int32_t fd);
// /proc/<tid>/mem, which can be written even where the task itself can't write.
int64_t fini_open_memory(int32_t tid);
int64_t fini_read_descriptor(int32_t fd, uint64_t address, void *bytes, uint64_t size);
int64_t fini_write_memory(int32_t fd, uint64_t address, const void *bytes, uint64_t size);
// tgkill(2) and kill(2).
int64_t fini_tgkill(int32_t pid, int32_t tid, int32_t signo);
int64_t fini_kill(int32_t pid, int32_t signo);

// A memory file shared with a task: sized, mapped here and filled with zeros.
int64_t fini_map_shared(int32_t fd, uint64_t size, void **mapping);
// The same for memory that the task has mapped shared, of any kind: /proc/<tid>/map_files. Needs
// CAP_CHECKPOINT_RESTORE; the first call says whether it is there.
int64_t fini_may_map_region(void);
int64_t fini_map_region(int32_t tid, uint64_t start, uint64_t size, void **mapping);
int64_t fini_unmap(void *mapping, uint64_t size);
int64_t fini_close(int32_t fd);

// One packet. Returns its size, 0 when the other end is closed, or a negated error number.
int64_t fini_send(int32_t fd, const void *packet, uint64_t size);
int64_t fini_receive(int32_t fd, void *packet, uint64_t size);

// A robust, process-shared lock in shared memory. The calling thread holds it as long as it lives:
// if the thread dies, the kernel marks the word and wakes a waiter (set_robust_list(2)). The futex
// word is the first word of the lock.
int64_t fini_life_lock(void *memory);
int64_t fini_life_unlock(void *memory);
enum { FINI_LIFE_LOCK_SIZE = 40 };
// Stores which side may write the shared memory, and wakes a task that sleeps on the life lock. Only the
// holder of that lock may call this.
void fini_hand_over(uint32_t *writer, uint32_t value, void *life);

// The breakpoint probe.

enum {
  FINI_PROBE_WORKS = 1,    // the breakpoint stopped the child
  FINI_PROBE_SILENT = 2,   // the child ran past it
  FINI_PROBE_REFUSED = 3,  // a debug register could not be written
};
// Forks a process that sets a breakpoint in a child of its own, and returns the result. The
// process's pid is stored in *pid, and the caller must wait for it. Neither is a tracee of the
// caller.
int64_t fini_probe_breakpoint(int64_t timeout, int32_t *pid);

// A child to try things on.

// Forks a child that sleeps for this many nanoseconds and then ends; it also ends with the calling
// thread. Stores its pid, and returns a pidfd. The caller must kill it and wait for it.
int64_t fini_start_stand_in(int64_t lifetime, int32_t *pid);
// Kills it by its pidfd: after the wait its pid may be another process's.
int64_t fini_kill_stand_in(int32_t pidfd);

// A command of the user.

struct fini_launch {
  int32_t pid;
  int32_t gate;    // the child waits until a byte comes through here
  int32_t report;  // the error of its execvp, if that fails
};
enum {
  FINI_LAUNCH_OWN_GROUP = 1,  // in a process group of its own
  FINI_LAUNCH_TO_ERROR = 2,   // its standard output is the caller's standard error
};
// Forks a child that waits at its gate, with the caller's signal mask and with the caller's
// original SIGPIPE action. If the caller dies first, the child runs nothing.
int64_t fini_launch(char *const *words, int32_t flags, struct fini_launch *launch);
// Opens the gate.
int64_t fini_launch_open(struct fini_launch *launch);
// Returns when the child runs the command, or with the error of execvp(3).
int64_t fini_launch_report(struct fini_launch *launch);
// Whether the child has ended: its pid with the status, or 0.
int64_t fini_launch_reap(int32_t pid, int32_t *status);
enum {
  FINI_GRANTS_USER = 1,          // set-user-ID
  FINI_GRANTS_GROUP = 2,         // set-group-ID
  FINI_GRANTS_CAPABILITIES = 4,  // security.capability
};
// The rights that the file of a process gives to its user, and that this process does not have:
// FINI_GRANTS_*.
int64_t fini_program_grants(int32_t pid);
// Takes a pending SIGINT, SIGTERM or SIGHUP: returns its number, or 0.
int32_t fini_take_interrupt(void);
// Ends this process by a signal, with its default action and without a core file.
void fini_die_by(int32_t signo);

#endif
