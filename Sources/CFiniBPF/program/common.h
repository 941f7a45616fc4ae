// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Maps, settings, and how a record is made.
#ifndef FINI_BPF_COMMON_H
#define FINI_BPF_COMMON_H

#include <linux/bpf.h>

#include "fini_bpf_record.h"

#include <bpf/bpf_helpers.h>

const volatile struct fini_bpf_settings settings = {};

// struct pt_regs: in the kernel as in <asm/ptrace.h>, and the first 21 words of user_regs_struct.
struct registers {
  __u64 r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, cs, flags,
      sp, ss;
};

// The maps of tasks are allocated completely at the start, 8 MB in all: up to Linux 5.10 a program on
// a tracepoint with a map that grows taints the kernel, with a call trace in its log. An entry takes
// some 64 bytes more than its key and value, so the sizes are what machines were seen to need.

// The tasks that are watched, by tid.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 65536);
  __type(key, __s32);
  __type(value, struct fini_bpf_member);
} tracees SEC(".maps");

// The processes that trace, or that were launched to do so.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 8192);
  __type(key, __s32);
  __type(value, struct fini_bpf_member);
} tracers SEC(".maps");

// The calls that have not returned, by tid: one for each thread of a tracer that waits.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16384);
  __type(key, __s32);
  __type(value, struct fini_bpf_pending);
} pending SEC(".maps");

// Children that asked to be traced while their tracer was not known as one, by tid: it may be in the wait already that
// will report them. Only where every tracer is watched.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 8192);
  __type(key, __s32);
  __type(value, __u32);
} expected SEC(".maps");

// How many entries `pending` and `expected` have: while there are none, every return is over at once.
static __u64 underway = 0;

// Events that one way has reported and the other has not seen yet, by kind and task; the value is the
// way. If the other way never sees one, because the kernel skipped it, later events replace it.
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 4096);
  __type(key, __u64);
  __type(value, __u32);
} twins SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 8 << 20);
} ring SEC(".maps");

// How many records found the ring full, or are known to be missing.
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} losses SEC(".maps");

enum {
  NR_RT_SIGRETURN = 15,
  NR_WAIT4 = 61,
  NR_KILL = 62,
  NR_PTRACE = 101,
  NR_RT_SIGQUEUEINFO = 129,
  NR_TKILL = 200,
  NR_TGKILL = 234,
  NR_WAITID = 247,
  NR_RT_TGSIGQUEUEINFO = 297,
  NR_SIGRETURN_32 = 119,
  NR_RT_SIGRETURN_32 = 173,
};

enum { USER32_CS = 0x23 };

static __always_inline __u64 *loss_count(void) {
  __u32 zero = 0;
  return bpf_map_lookup_elem(&losses, &zero);
}

static __always_inline void lose(void) {
  __u64 *count = loss_count();
  if (count) __sync_fetch_and_add(count, 1);
}

static __always_inline __s32 number_in(__u64 task, __u32 offset) {
  __s32 number = 0;
  bpf_probe_read_kernel(&number, sizeof number, (void *)(task + offset));
  return number;
}

static __always_inline __s32 this_task(void) { return (__s32)bpf_get_current_pid_tgid(); }
static __always_inline __s32 this_process(void) { return bpf_get_current_pid_tgid() >> 32; }

static __always_inline struct fini_bpf_member *tracee(__s32 task) {
  return bpf_map_lookup_elem(&tracees, &task);
}
static __always_inline struct fini_bpf_member *tracer(__s32 process) {
  return bpf_map_lookup_elem(&tracers, &process);
}

// Whether, as a number: the verifier refuses an or of two pointers, which the compiler makes. No task has the number 0.
static __always_inline int is_tracee(__s32 task) {
  struct fini_bpf_member *found = tracee(task);
  return found ? found->process : 0;
}
static __always_inline int is_tracer(__s32 process) {
  struct fini_bpf_member *found = tracer(process);
  return found && !(found->flags & FINI_BPF_IGNORED) ? found->process : 0;
}

// Whether the other way has reported this already.
static __always_inline int is_told(int kind, __s32 task, __u32 way) {
  if (!settings.is_doubled) return 0;
  __u64 key = (__u64)kind << 32 | (__u32)task;
  __u32 *other = bpf_map_lookup_elem(&twins, &key);
  if (other && *other != way) {
    bpf_map_delete_elem(&twins, &key);
    return 1;
  }
  bpf_map_update_elem(&twins, &key, &way, BPF_ANY);
  return 0;
}

// Keeps a call that begins. Returns 1 if the other way has done that.
static __always_inline int keep(__s32 task, const struct fini_bpf_pending *call) {
  if (bpf_map_update_elem(&pending, &task, call, BPF_NOEXIST) == 0) {
    __sync_fetch_and_add(&underway, 1);
    return 0;
  }
  struct fini_bpf_pending *there = bpf_map_lookup_elem(&pending, &task);
  if (there && !(there->ways & call->ways) && there->number == call->number &&
      there->arguments[0] == call->arguments[0] && there->arguments[1] == call->arguments[1] &&
      there->arguments[2] == call->arguments[2] && there->arguments[3] == call->arguments[3]) {
    there->ways |= call->ways;
    return 1;
  }
  // Either the map is full, or it has a call whose return was not seen.
  bpf_map_update_elem(&pending, &task, call, BPF_EXIST);
  lose();
  return 0;
}

// Whether the task was in a call.
static __always_inline int forget(__s32 task) {
  if (bpf_map_delete_elem(&pending, &task)) return 0;
  __sync_fetch_and_add(&underway, -1);
  return 1;
}

// The tracer of this task is to show itself by its first wait or request.
static __always_inline void expect(__s32 task) {
  __u32 one = 1;
  if (bpf_map_update_elem(&expected, &task, &one, BPF_NOEXIST) == 0) {
    __sync_fetch_and_add(&underway, 1);
    return;
  }
  if (!bpf_map_lookup_elem(&expected, &task)) lose();
}

// Whether it was expected.
static __always_inline int meet(__s32 task) {
  if (bpf_map_delete_elem(&expected, &task)) return 0;
  __sync_fetch_and_add(&underway, -1);
  return 1;
}

// Reserves a record in the ring; the size must be a constant.
static __always_inline struct fini_bpf_record *reserve(__u64 size) {
  struct fini_bpf_record *record = bpf_ringbuf_reserve(&ring, size, 0);
  if (!record) {
    lose();
    return 0;
  }
  __u64 *lost = loss_count();
  record->flags = 0;
  record->size = 0;
  record->task = this_task();
  record->process = this_process();
  record->subject = 0;
  record->number = 0;
  record->arguments[0] = 0;
  record->arguments[1] = 0;
  record->arguments[2] = 0;
  record->arguments[3] = 0;
  record->arguments[4] = 0;
  record->result = 0;
  record->word = 0;
  record->counter = 0;
  record->lost = lost ? *lost : 0;
  record->left = bpf_ktime_get_ns();
  record->entered = record->left;
  return record;
}

// A wake-up takes longer than its record, so the reader reads at intervals. Only a ring that is a
// quarter full wakes it.
static __always_inline void submit(struct fini_bpf_record *record) {
  __u64 waiting = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);
  bpf_ringbuf_submit(
      record, waiting > settings.ring_size / 4 ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
}

#define RECORD_SIZE sizeof(struct fini_bpf_record)
#define MEMORY(record) ((void *)((record) + 1))

#endif
