// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The programs by way of perf. perf is not preempted while a program runs, so no other task finds the program
// busy on that processor and is skipped (docs/Decisions/0024). The context is perf's entry, which has the
// numbers of a tracepoint and no pointers.
#ifndef FINI_BPF_BY_PERF_H
#define FINI_BPF_BY_PERF_H

#include "calls.h"
#include "tasks.h"

struct entry_of_call {
  __u64 common;
  __u64 number;
  __s64 result;
};

static __always_inline void *registers_of_caller(void) {
  return (void *)bpf_task_pt_regs(bpf_get_current_task_btf());
}

SEC("tp/raw_syscalls/sys_enter")
int at_sys_enter(struct entry_of_call *entry) {
  __u64 number = entry->number;
  if (!is_interesting(number)) return 0;
  return enter(number, registers_of_caller(), FINI_BPF_BY_PERF);
}

SEC("tp/raw_syscalls/sys_exit")
int at_sys_exit(struct entry_of_call *entry) {
  if (!*(volatile __u64 *)&underway) return 0;
  if (!may_be_ours(entry->number)) return 0;
  return leave(entry->result, registers_of_caller());
}

// The names of the tasks stand before it, in a form that has changed.
static __always_inline __s32 number_of(void *entry, __u32 offset) {
  __s32 number = 0;
  bpf_probe_read_kernel(&number, sizeof number, entry + offset);
  return number;
}

SEC("tp/sched/sched_process_fork")
int at_fork(void *entry) { return forked(number_of(entry, settings.child_offset), FINI_BPF_BY_PERF); }

SEC("tp/sched/sched_process_exec")
int at_exec(void *entry) { return executed(number_of(entry, settings.before_offset), FINI_BPF_BY_PERF); }

SEC("tp/sched/sched_process_exit")
int at_exit(void *entry) {
  (void)entry;
  return ended(FINI_BPF_BY_PERF);
}

#endif
