// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Tasks that come and go.
#ifndef FINI_BPF_TASKS_H
#define FINI_BPF_TASKS_H

#include "common.h"

// Whether the new task is a thread is not asked: a number in `tracers` that is a thread's is that of no process.
static __always_inline int forked(__s32 task, __u32 way) {
  struct fini_bpf_member *maker = tracer(this_process());
  if (maker && maker->flags & FINI_BPF_WHOLLY) {
    struct fini_bpf_member member = {.process = task, .flags = maker->flags};
    if (bpf_map_update_elem(&tracers, &task, &member, BPF_ANY)) lose();
  } else if (tracer(task)) {
    // The number is used again: the task that had it before has ended.
    bpf_map_delete_elem(&tracers, &task);
  }
  if (settings.sees_all) meet(task);
  if (!is_tracee(this_task())) {
    if (is_tracee(task)) bpf_map_delete_elem(&tracees, &task);
    return 0;
  }
  if (is_told(FINI_BPF_FORKED, task, way)) return 0;
  struct fini_bpf_member member = {.process = task};
  if (bpf_map_update_elem(&tracees, &task, &member, BPF_ANY)) lose();
  struct fini_bpf_record *record = reserve(RECORD_SIZE);
  if (!record) return 0;
  record->kind = FINI_BPF_FORKED;
  record->subject = task;
  submit(record);
  return 0;
}

// The current task runs another program.
static __always_inline int executed(__s32 before, __u32 way) {
  if (settings.sees_all) {
    // It has another name, and perhaps the number of a thread that has ended.
    struct fini_bpf_member *known = tracer(this_process());
    if (known) known->flags &= ~(FINI_BPF_IGNORED | FINI_BPF_ENDED);
    known = tracee(this_task());
    if (known) known->flags &= ~FINI_BPF_ENDED;
  }
  int traces = is_tracer(this_process());
  if (!traces && !is_tracee(this_task())) return 0;
  if (is_told(FINI_BPF_EXECUTED, this_task(), way)) return 0;
  struct fini_bpf_record *record = reserve(RECORD_SIZE);
  if (!record) return 0;
  record->kind = FINI_BPF_EXECUTED;
  record->subject = record->task;
  record->arguments[0] = before;
  if (traces) record->flags |= FINI_BPF_OF_TRACER;
  submit(record);
  return 0;
}

// Where every tracer is watched nothing may stay in the maps for ever: the reader takes out what has ended, once its
// tracer has had the time to wait for it.
static __always_inline void mark_end(__s32 task) {
  meet(task);
  struct fini_bpf_member *known = tracee(task);
  if (known) known->flags |= FINI_BPF_ENDED;
  known = tracer(task);
  if (known) known->flags |= FINI_BPF_ENDED;
}

// The current task ends.
static __always_inline int ended(__u32 way) {
  __s32 task = this_task();
  __s32 process = this_process();
  // A task that ends is in no call: it returned from the call, and that was not seen.
  if (forget(task)) lose();
  int traces = is_tracer(process);
  int traced = is_tracee(task);
  if (settings.sees_all) {
    mark_end(task);
    // The end of one that is ignored is told, so that the reader can take it out.
    struct fini_bpf_member *known = tracer(process);
    traces = known ? known->process : 0;
  }
  if (!traces && !traced) return 0;
  if (is_told(FINI_BPF_EXITED, task, way)) {
    if (task == process || settings.sees_all) return 0;
    // Only now: otherwise the other way would not recognize it.
    if (traced) bpf_map_delete_elem(&tracees, &task);
    if (is_tracer(task)) bpf_map_delete_elem(&tracers, &task);
    return 0;
  }
  struct fini_bpf_record *record = reserve(RECORD_SIZE);
  if (record) {
    record->kind = FINI_BPF_EXITED;
    record->subject = task;
    if (traces) record->flags |= FINI_BPF_OF_TRACER;
    if (settings.exit_code_offset) {
      __u64 self = bpf_get_current_task();
      record->arguments[0] = (__u32)number_in(self, settings.exit_code_offset);
      record->flags |= FINI_BPF_HAS_STATUS;
    }
    submit(record);
  }
  // A leader that is gone may still be the number by which its process is killed.
  if (settings.is_doubled || settings.sees_all || task == process) return 0;
  if (traced) bpf_map_delete_elem(&tracees, &task);
  if (is_tracer(task)) bpf_map_delete_elem(&tracers, &task);
  return 0;
}

#endif
