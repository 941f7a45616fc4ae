// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Signals of tracees.
#ifndef FINI_BPF_SIGNALS_H
#define FINI_BPF_SIGNALS_H

#include "common.h"

enum { SIGILL = 4, SIGTRAP = 5, SIGBUS = 7, SIGFPE = 8, SIGSEGV = 11 };

// `is_sent`: whether the current process is the sender, if no other one is named.
static __always_inline void copy_siginfo(
    struct fini_bpf_record *record, __u64 info, int signal, int is_sent) {
  if (info > 1) {
    if (bpf_probe_read_kernel(MEMORY(record), FINI_BPF_SIGINFO_SIZE, (void *)info)) return;
  } else {
    // SEND_SIG_NOINFO stands for kill(2) by the current process, SEND_SIG_PRIV for the kernel.
    int *words = MEMORY(record);
    __builtin_memset(words, 0, FINI_BPF_SIGINFO_SIZE);
    words[0] = signal;
    words[2] = info || !is_sent ? 0x80 : 0;
    if (!info && is_sent) {
      words[4] = this_process();
      words[5] = (int)bpf_get_current_uid_gid();
    }
  }
  record->flags |= FINI_BPF_HAS_MEMORY;
  record->size = FINI_BPF_SIGINFO_SIZE;
}

// TP_PROTO(int sig, struct kernel_siginfo *info, struct task_struct *task, int group, int result)
SEC("raw_tp/signal_generate")
int on_signal_generate(struct bpf_raw_tracepoint_args *context) {
  __u64 target = context->args[2];
  __s32 task = number_in(target, settings.pid_offset);
  if (!is_tracee(task)) return 0;
  struct fini_bpf_record *record = reserve(RECORD_SIZE + FINI_BPF_SIGINFO_SIZE);
  if (!record) return 0;
  int signal = (int)context->args[0];
  record->kind = FINI_BPF_GENERATED;
  record->subject = task;
  record->number = signal;
  record->result = (__s32)context->args[4];
  if ((__s32)context->args[3]) record->flags |= FINI_BPF_TO_PROCESS;
  copy_siginfo(record, context->args[1], signal, 1);
  // A trap is generated in the task itself, which still has its user registers on its stack.
  if (task == record->task && (signal == SIGTRAP || signal == SIGSEGV || signal == SIGILL ||
                               signal == SIGBUS || signal == SIGFPE)) {
    __u64 counter = 0;
    if (bpf_get_stack(context, &counter, sizeof counter, BPF_F_USER_STACK) == sizeof counter) {
      record->counter = counter;
      record->flags |= FINI_BPF_HAS_PC;
    }
  }
  submit(record);
  return 0;
}

// TP_PROTO(int sig, struct kernel_siginfo *info, struct k_sigaction *ka)
SEC("raw_tp/signal_deliver")
int on_signal_deliver(struct bpf_raw_tracepoint_args *context) {
  if (!is_tracee(this_task())) return 0;
  struct fini_bpf_record *record = reserve(RECORD_SIZE + FINI_BPF_SIGINFO_SIZE);
  if (!record) return 0;
  record->kind = FINI_BPF_DELIVERED;
  record->subject = record->task;
  record->number = (__s32)context->args[0];
  copy_siginfo(record, context->args[1], (int)context->args[0], 0);
  // sa_handler comes first: SIG_DFL, SIG_IGN or an address.
  __u64 handler = 0;
  bpf_probe_read_kernel(&handler, sizeof handler, (void *)context->args[2]);
  record->word = handler;
  submit(record);
  return 0;
}

#endif
