// The records of the BPF program in the ring buffer. Both sides include this, so only
// types of a fixed size cross it.
#ifndef FINI_BPF_RECORD_H
#define FINI_BPF_RECORD_H

#ifdef __bpf__
#include <linux/types.h>
typedef __u8 uint8_t;
typedef __u16 uint16_t;
typedef __u32 uint32_t;
typedef __u64 uint64_t;
typedef __s32 int32_t;
typedef __s64 int64_t;
#else
#include <stdint.h>
#endif

// What a record reports.
enum {
  FINI_BPF_CALL = 1,       // a system call has returned: number, arguments, result, memory
  FINI_BPF_GENERATED = 2,  // signal_generate: about `subject`
  FINI_BPF_DELIVERED = 3,  // signal_deliver: about the task itself
  FINI_BPF_FORKED = 4,     // the task made `subject`
  FINI_BPF_EXECUTED = 5,   // the task runs another program; its number was arguments[0] before
  FINI_BPF_EXITED = 6,     // the task ends; arguments[0] is its wait status, where it is known
  FINI_BPF_SIGRETURN_ENTERED = 7,  // registers in memory
  FINI_BPF_SIGRETURN_LEFT = 8,     // registers in memory: what it gave back
  FINI_BPF_TRACER = 9,  // the task's process is a tracer from here on; arguments[0] and [1] are the task's name,
                        // the memory its command line, as far as there is room for it
};

enum {
  FINI_BPF_HAS_MEMORY = 1,    // `size` bytes of memory were read
  FINI_BPF_COMPAT = 2,        // the task ran 32-bit code
  FINI_BPF_HAS_PC = 4,        // `counter` is the task's own program counter in user space
  FINI_BPF_HAS_STATUS = 8,    // the wait status of an end is known
  FINI_BPF_TO_PROCESS = 16,   // a signal was sent to the process and not to one thread
  FINI_BPF_OF_TRACER = 32,    // it is about a task that traces
};

// Bytes of memory that a record carries at most, by its form.
enum {
  FINI_BPF_NO_MEMORY = 0,
  FINI_BPF_SIGINFO_SIZE = 48,     // of 128; the rest has no names
  FINI_BPF_REGISTERS_SIZE = 216,  // struct user_regs_struct
  FINI_BPF_WORDS_SIZE = 480,      // of a command line
};

struct fini_bpf_record {
  uint8_t kind;
  uint8_t flags;
  uint16_t size;
  int32_t task;       // the task that did it
  int32_t process;
  int32_t subject;    // the tracee, if it is another task and known
  uint64_t entered;   // CLOCK_MONOTONIC, ns; the same as `left` for an event without duration
  uint64_t left;
  uint64_t number;    // of the system call; the signal's number for signals
  uint64_t arguments[5];
  int64_t result;     // for a generated signal its outcome (enum in trace/events/signal.h)
  uint64_t word;      // what a pointer argument pointed to: wait status, peeked word, mask, length
  uint64_t counter;
  uint64_t lost;      // how many records had found the ring full, or were known to be missing
  // `size` bytes of memory follow.
};

// The values of the map of tracees and of tracers.
enum {
  FINI_BPF_WHOLLY = 1,  // of a tracer: all its calls, on any task, and its children's
  FINI_BPF_ADOPTS = 2,  // and a task that it begins to trace is a tracee from then on
  FINI_BPF_IGNORED = 4,  // of a tracer: nothing that it does is recorded until it runs another program
  FINI_BPF_ENDED = 8,    // the task has ended; its number may still be waited for
};

struct fini_bpf_member {
  int32_t process;
  uint32_t flags;
};

// A call that a task is in.
struct fini_bpf_pending {
  uint64_t entered;
  uint64_t number;
  uint64_t arguments[5];
  uint64_t ways;  // which have seen it begin
};

// The two ways to attach (docs/Decisions/0024). If the kernel skips one of them, the other one reports.
enum {
  // A wish: by itself, and by way of perf too where the kernel may preempt a raw tracepoint.
  FINI_BPF_AS_NEEDED = 0,
  FINI_BPF_BY_PERF = 1,    // by way of perf, which keeps the processor while a program runs
  FINI_BPF_BY_ITSELF = 2,  // raw tracepoints
};

// Where perf's entries of system calls have the number and the result; asked before it is relied on.
enum { FINI_BPF_ENTRY_NUMBER = 8, FINI_BPF_ENTRY_RESULT = 16 };

// What the program can't find out by itself; set before it is loaded.
struct fini_bpf_settings {
  uint32_t pid_offset;        // of `pid` in struct task_struct
  uint32_t tgid_offset;
  uint32_t exit_code_offset;  // 0: not known
  uint32_t ring_size;         // bytes
  uint32_t child_offset;      // of `child_pid` in the entry of sched_process_fork, for perf
  uint32_t before_offset;     // of `old_pid` in the entry of sched_process_exec
  uint32_t is_doubled;        // whether both ways are taken
  uint32_t mm_offset;         // of `mm` in struct task_struct; 0: not known
  uint32_t words_offset;      // of `arg_start` and of `arg_end` in struct mm_struct
  uint32_t words_end_offset;
  uint32_t sees_all;          // whether each process that makes a ptrace call is a tracer, whatever it traces
};

// The question where `pid` and `tgid` stand, and the answer.
struct fini_bpf_search {
  int32_t task;
  uint32_t offset;
  uint32_t found;  // how often the pair was found
};

#endif
