// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Tasks that come and go.
#ifndef FINI_BPF_TASKS_H
#define FINI_BPF_TASKS_H

#include "common.h"

// TP_PROTO(struct task_struct *parent, struct task_struct *child)
SEC("raw_tp/sched_process_fork")
int on_fork(struct bpf_raw_tracepoint_args *context) {
  __s32 task = number_in(context->args[1], settings.pid_offset);
  __s32 process = number_in(context->args[1], settings.tgid_offset);

  struct fini_bpf_member *maker = tracer(this_process());
  if (task == process) {
    if (maker && maker->flags & FINI_BPF_WHOLLY) {
      struct fini_bpf_member member = {.process = process, .flags = maker->flags};
      if (bpf_map_update_elem(&tracers, &process, &member, BPF_ANY)) lose();
    } else if (is_tracer(process)) {
      // A number that comes again: the one that is known by it is gone.
      bpf_map_delete_elem(&tracers, &process);
    }
  }
  if (!is_tracee(this_task())) {
    if (is_tracee(task)) bpf_map_delete_elem(&tracees, &task);
    return 0;
  }
  struct fini_bpf_member member = {.process = process};
  if (bpf_map_update_elem(&tracees, &task, &member, BPF_ANY)) lose();
  struct fini_bpf_record *record = reserve(RECORD_SIZE);
  if (!record) return 0;
  record->kind = FINI_BPF_FORKED;
  record->subject = task;
  record->arguments[0] = process;
  submit(record);
  return 0;
}

// TP_PROTO(struct task_struct *p, pid_t old_pid, struct linux_binprm *bprm)
SEC("raw_tp/sched_process_exec")
int on_exec(struct bpf_raw_tracepoint_args *context) {
  int traces = is_tracer(this_process());
  if (!traces && !is_tracee(this_task())) return 0;
  struct fini_bpf_record *record = reserve(RECORD_SIZE);
  if (!record) return 0;
  record->kind = FINI_BPF_EXECUTED;
  record->subject = record->task;
  record->arguments[0] = (__s32)context->args[1];
  if (traces) record->flags |= FINI_BPF_OF_TRACER;
  submit(record);
  return 0;
}

// TP_PROTO(struct task_struct *p), and more in later kernels; p is the current task
SEC("raw_tp/sched_process_exit")
int on_exit(struct bpf_raw_tracepoint_args *context) {
  __s32 task = this_task();
  int traces = is_tracer(this_process());
  int traced = is_tracee(task);
  forget(task);
  if (!traces && !traced) return 0;
  struct fini_bpf_record *record = reserve(RECORD_SIZE);
  if (record) {
    record->kind = FINI_BPF_EXITED;
    record->subject = task;
    if (traces) record->flags |= FINI_BPF_OF_TRACER;
    if (settings.exit_code_offset) {
      record->arguments[0] = (__u32)number_in(context->args[0], settings.exit_code_offset);
      record->flags |= FINI_BPF_HAS_STATUS;
    }
    submit(record);
  }
  // A leader that is gone may still be the number by which its process is killed.
  if (traced && task != this_process()) bpf_map_delete_elem(&tracees, &task);
  return 0;
}

#endif
