// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The same on raw tracepoints: the only way if the kernel or the rights do not allow the other one, and the
// second way beside it.
#ifndef FINI_BPF_BY_ITSELF_H
#define FINI_BPF_BY_ITSELF_H

#include "calls.h"
#include "tasks.h"

// TP_PROTO(struct pt_regs *regs, long id)
SEC("raw_tp/sys_enter")
int on_sys_enter(struct bpf_raw_tracepoint_args *context) {
  __u64 number = context->args[1];
  if (!is_interesting(number)) return 0;
  return enter(number, (const void *)context->args[0], FINI_BPF_BY_ITSELF);
}

// TP_PROTO(struct pt_regs *regs, long ret)
SEC("raw_tp/sys_exit")
int on_sys_exit(struct bpf_raw_tracepoint_args *context) {
  if (!*(volatile __u64 *)&underway) return 0;
  struct registers *there = (struct registers *)context->args[0];
  __u64 number = 0;
  bpf_probe_read_kernel(&number, sizeof number, &there->orig_ax);
  if (!may_be_ours(number)) return 0;
  return leave((__s64)context->args[1], there);
}

// TP_PROTO(struct task_struct *parent, struct task_struct *child)
SEC("raw_tp/sched_process_fork")
int on_fork(struct bpf_raw_tracepoint_args *context) {
  return forked(number_in(context->args[1], settings.pid_offset), FINI_BPF_BY_ITSELF);
}

// TP_PROTO(struct task_struct *p, pid_t old_pid, struct linux_binprm *bprm)
SEC("raw_tp/sched_process_exec")
int on_exec(struct bpf_raw_tracepoint_args *context) { return executed((__s32)context->args[1], FINI_BPF_BY_ITSELF); }

// TP_PROTO(struct task_struct *p), and more in later kernels; p is the current task
SEC("raw_tp/sched_process_exit")
int on_exit(struct bpf_raw_tracepoint_args *context) {
  (void)context;
  return ended(FINI_BPF_BY_ITSELF);
}

#endif
