// The interface to BPF: loads the observing program, gives it the tasks to watch, reads its ring.
//
// A result below zero is a negated error number.
#ifndef CFINI_BPF_H
#define CFINI_BPF_H

#include <stdint.h>

#include "fini_bpf_record.h"

// A loaded and attached program.
struct fini_bpf;

// How far fini_bpf_start came.
enum {
  FINI_BPF_STAGE_OFFSETS = 1,  // finding out where a task_struct has its numbers
  FINI_BPF_STAGE_OPEN = 2,     // reading the object
  FINI_BPF_STAGE_LOAD = 3,     // maps and programs
  FINI_BPF_STAGE_ATTACH = 4,   // tracepoints
  FINI_BPF_STAGE_RING = 5,     // mapping the ring
};

// What the kernel was found to lack, the first of these.
enum {
  FINI_BPF_LACKS_NOTHING = 0,
  FINI_BPF_LACKS_CALL = 1,            // bpf(2)
  FINI_BPF_LACKS_RAW_TRACEPOINT = 2,  // programs of this kind
  FINI_BPF_LACKS_RING = 3,            // maps of this kind
  FINI_BPF_LACKS_KERNEL_READ = 4,     // the helper that reads the kernel's memory
  FINI_BPF_LACKS_USER_READ = 5,       // the helper that reads a task's
};

// Where loading failed, and what for.
struct fini_bpf_refusal {
  int32_t stage;
  int32_t lacks;
};

// What the caller asks for.
struct fini_bpf_wishes {
  uint32_t ring_size;  // bytes: a power of two and a multiple of the page size
  uint32_t tracees;    // how many tasks can be watched at once
  uint32_t ways;       // the bits of those that may be taken, or FINI_BPF_AS_NEEDED
  uint32_t sees_all;   // whether every tracer of the machine is watched
};

// Loads and attaches. `refusal` is set if it fails; `text` (of `room` bytes) is then the last message of libbpf or the kernel.
// For tests, `lacking` is a tracepoint that is treated as absent; NULL for none.
int64_t fini_bpf_start(const void *object, uint64_t size, struct fini_bpf_wishes wishes,
                       const char *lacking, struct fini_bpf **made, struct fini_bpf_refusal *refusal,
                       char *text, uint64_t room);
// Which ways were taken.
uint32_t fini_bpf_ways(const struct fini_bpf *bpf);
// Whether the kernel was seen to keep the processor while a program on a raw tracepoint runs.
int32_t fini_bpf_is_kept(const struct fini_bpf *bpf);
// Detaches and frees.
void fini_bpf_stop(struct fini_bpf *bpf);

// Adds a task to those that are watched, before it acts; a task may be added twice. -E2BIG if the
// map is full.
int64_t fini_bpf_add_tracee(struct fini_bpf *bpf, int32_t task, int32_t process);
// Adds a process to those whose calls are recorded.
int64_t fini_bpf_add_tracer(struct fini_bpf *bpf, int32_t process, uint32_t flags);
// Records nothing more of a tracer until it runs another program.
int64_t fini_bpf_ignore_tracer(struct fini_bpf *bpf, int32_t process);
// Takes out a tracer or a tracee that was let go. One whose session has begun again is found anew by its next call.
int64_t fini_bpf_forget_tracer(struct fini_bpf *bpf, int32_t process);
int64_t fini_bpf_forget_tracee(struct fini_bpf *bpf, int32_t task);
// Takes a task out that has ended, unless another one has its number.
int64_t fini_bpf_forget_ended(struct fini_bpf *bpf, int32_t task);
// How many processes are known as tracers; at most `count` of them are put into `processes`.
int64_t fini_bpf_tracers(struct fini_bpf *bpf, int32_t *processes, uint64_t count);
// Whether a task is watched.
int64_t fini_bpf_is_tracee(struct fini_bpf *bpf, int32_t task);

// Wakes who waits when a process ends, once; for one process.
int64_t fini_bpf_wake_at_end(struct fini_bpf *bpf, int32_t process);
// Wakes who waits when an interrupt is pending for this process, in the place of that.
int64_t fini_bpf_wake_at_interrupt(struct fini_bpf *bpf);
// Waits until the ring is a quarter full, or for `timeout` ms.
int64_t fini_bpf_wait(struct fini_bpf *bpf, int32_t timeout);
// Moves records out of the ring, each after its size as 8 bytes, as long as the largest one would
// fit. Returns the bytes moved.
int64_t fini_bpf_drain(struct fini_bpf *bpf, void *room, uint64_t size);
// How many records found the ring or a map full, or are known to be missing from later events: a task that
// makes a call or ends has returned from the call before.
uint64_t fini_bpf_lost(struct fini_bpf *bpf);
// How often the kernel may have skipped all programs of a tracepoint, for any task of the machine: at most this
// many records are missing.
uint64_t fini_bpf_missed(struct fini_bpf *bpf);
// The calls that have not returned; at most `count`. Returns how many.
int64_t fini_bpf_pending_calls(struct fini_bpf *bpf, int32_t *tasks, struct fini_bpf_pending *calls,
                               uint64_t count);

// Where struct task_struct has `pid`, `tgid` and `exit_code`, from the kernel's BTF. -ENOENT without
// BTF, or with one that knows no such members.
int64_t fini_bpf_offsets_from_btf(struct fini_bpf_settings *settings);
// The same from the bytes of a BTF.
int64_t fini_bpf_offsets_from_bytes(const void *bytes, uint64_t size, struct fini_bpf_settings *settings);
// The same by a search in the task_struct of a thread of this process; `exit_code` stays unknown.
int64_t fini_bpf_offsets_by_search(const void *object, uint64_t size,
                                   struct fini_bpf_settings *settings);

// The version of libbpf that is linked.
uint32_t fini_bpf_library_major(void);
uint32_t fini_bpf_library_minor(void);

#endif
