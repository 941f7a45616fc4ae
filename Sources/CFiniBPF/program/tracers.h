// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Who becomes a tracer, and who a tracee, by a call of ptrace.
#ifndef FINI_BPF_TRACERS_H
#define FINI_BPF_TRACERS_H

#include "common.h"

enum { TRACEME = 0, ATTACH = 16, SEIZE = 0x4206 };

// From the call on: its result is not known before it returns.
static __always_inline void adopt(__u64 request, __s32 target) {
  if (request == TRACEME) target = this_task();
  if (request != TRACEME && request != ATTACH && request != SEIZE) return;
  if (target <= 0 || is_tracee(target)) return;
  // Its process is not needed: a thread that ends is taken out by its own number.
  struct fini_bpf_member member = {.process = target};
  if (bpf_map_update_elem(&tracees, &target, &member, BPF_ANY)) lose();
}

// The command line of this process, which is the one that runs.
static __always_inline void tell_words(struct fini_bpf_record *record) {
  if (!settings.mm_offset) return;
  __u64 mm = 0, start = 0, end = 0;
  bpf_probe_read_kernel(&mm, sizeof mm, (void *)(bpf_get_current_task() + settings.mm_offset));
  if (!mm) return;
  bpf_probe_read_kernel(&start, sizeof start, (void *)(mm + settings.words_offset));
  bpf_probe_read_kernel(&end, sizeof end, (void *)(mm + settings.words_end_offset));
  if (end <= start) return;
  __u64 size = end - start;
  if (size > FINI_BPF_WORDS_SIZE) size = FINI_BPF_WORDS_SIZE;
  // As in read_memory().
  __asm__ volatile("" : "+r"(size));
  if (size > FINI_BPF_WORDS_SIZE) return;
  if (bpf_probe_read_user(MEMORY(record), size, (void *)start)) return;
  record->flags |= FINI_BPF_HAS_MEMORY;
  record->size = size;
}

// The process is a tracer from here on. The reader is woken, so that it finds the process while it is there: a tracer may
// live no longer than some ms. Its command line is told as well, for one that is gone by then.
static __always_inline void become_tracer(__s32 process) {
  struct fini_bpf_member member = {.process = process, .flags = FINI_BPF_ADOPTS};
  if (bpf_map_update_elem(&tracers, &process, &member, BPF_ANY)) {
    lose();
    return;
  }
  struct fini_bpf_record *record = reserve(RECORD_SIZE + FINI_BPF_WORDS_SIZE);
  if (!record) return;
  tell_words(record);
  __u64 name[2] = {};
  bpf_get_current_comm(name, sizeof name);
  record->kind = FINI_BPF_TRACER;
  record->subject = process;
  record->arguments[0] = name[0];
  record->arguments[1] = name[1];
  bpf_ringbuf_submit(record, BPF_RB_FORCE_WAKEUP);
}

// The same where every tracer is watched. A child that asks to be traced is no tracer: that is its parent, which is
// found by its first wait for the child.
static __always_inline int concerns_all(__u64 request, __s32 target) {
  __s32 process = this_process();
  if (request == TRACEME) {
    adopt(request, target);
    if (!is_tracee(this_task())) return 0;
    expect(this_task());
    return 1;
  }
  struct fini_bpf_member *known = tracer(process);
  if (known && known->flags & FINI_BPF_IGNORED) return 0;
  if (!known) become_tracer(process);
  meet(target);
  // Whatever it asks: a child that it traces by PTRACE_TRACEME has another number in a pid namespace.
  adopt(SEIZE, target);
  return 1;
}

#endif
