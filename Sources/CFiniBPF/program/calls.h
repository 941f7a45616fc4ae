// SPDX-License-Identifier: MIT OR GPL-2.0-only
// System calls of tracers, and rt_sigreturn of tracees.
#ifndef FINI_BPF_CALLS_H
#define FINI_BPF_CALLS_H

#include "tracers.h"

// ---- what a call is about

// Whether a ptrace call is about a watched task. A process that makes one is a tracer from here on.
static __always_inline int concerns(__u64 request, __s32 target) {
  if (settings.sees_all) return concerns_all(request, target);
  __s32 process = this_process();
  struct fini_bpf_member *known = tracer(process);
  if (known && known->flags & FINI_BPF_ADOPTS) adopt(request, target);
  if (known && known->flags & FINI_BPF_WHOLLY) return 1;
  // PTRACE_TRACEME has no target but the caller.
  if (request == TRACEME) return is_tracee(this_task());
  if (!is_tracee(target)) return 0;
  if (!known) {
    struct fini_bpf_member member = {.process = process};
    if (bpf_map_update_elem(&tracers, &process, &member, BPF_ANY)) lose();
  }
  return 1;
}

static __always_inline int is_sigreturn(__u64 number, __u64 segment) {
  if (segment == USER32_CS) return number == NR_RT_SIGRETURN_32 || number == NR_SIGRETURN_32;
  return number == NR_RT_SIGRETURN;
}

static __always_inline int is_interesting(__u64 number) {
  switch (number) {
    case NR_RT_SIGRETURN:
    case NR_WAIT4:
    case NR_KILL:
    case NR_PTRACE:
    case NR_RT_SIGQUEUEINFO:
    case NR_TKILL:
    case NR_TGKILL:
    case NR_WAITID:
    case NR_RT_TGSIGQUEUEINFO:
    case NR_SIGRETURN_32:
    case NR_RT_SIGRETURN_32:
      return 1;
    default:
      return 0;
  }
}

static __always_inline void tell_sigreturn(int kind, const struct registers *registers) {
  struct fini_bpf_record *record = reserve(RECORD_SIZE + FINI_BPF_REGISTERS_SIZE);
  if (!record) return;
  record->kind = kind;
  record->flags = FINI_BPF_HAS_MEMORY | FINI_BPF_HAS_PC;
  if (registers->cs == USER32_CS) record->flags |= FINI_BPF_COMPAT;
  record->subject = record->task;
  record->size = sizeof *registers;
  record->counter = registers->ip;
  record->number = registers->orig_ax;
  __builtin_memcpy(MEMORY(record), registers, sizeof *registers);
  __builtin_memset(MEMORY(record) + sizeof *registers, 0,
                   FINI_BPF_REGISTERS_SIZE - sizeof *registers);
  submit(record);
}

// A call begins; `there` are the caller's registers, in the kernel.
static __always_inline int enter(__u64 number, const void *there, __u32 way) {
  struct registers registers;
  if (bpf_probe_read_kernel(&registers, sizeof registers, there)) return 0;
  // With FRED the kernel keeps bits of its own above these two.
  registers.cs &= 0xffff;
  registers.ss &= 0xffff;

  __s32 task = this_task();
  int returns = is_sigreturn(number, registers.cs);
  if (returns) {
    if (!is_tracee(task)) return 0;
  } else {
    // The other numbers mean something else in 32-bit code, and these two only there.
    if (registers.cs == USER32_CS || number == NR_RT_SIGRETURN_32 || number == NR_SIGRETURN_32)
      return 0;
    __s32 process = this_process();
    __s32 first = (__s32)registers.di;
    __s32 second = (__s32)registers.si;
    switch (number) {
      case NR_PTRACE:
        if (!concerns(registers.di, second)) return 0;
        break;
      case NR_WAIT4:
      case NR_WAITID:
        if (!is_tracer(process)) return 0;
        break;
      case NR_TGKILL:
      case NR_RT_TGSIGQUEUEINFO:
        if (!is_tracer(process) && !is_tracee(second)) return 0;
        break;
      default:
        if (!is_tracer(process) && !is_tracee(first)) return 0;
    }
  }
  struct fini_bpf_pending call = {
      .entered = bpf_ktime_get_ns(),
      .number = number,
      .arguments = {registers.di, registers.si, registers.dx, registers.r10, registers.r8},
      .ways = way,
  };
  int is_known = keep(task, &call);
  if (returns && !is_known) tell_sigreturn(FINI_BPF_SIGRETURN_ENTERED, &registers);
  return 0;
}

// ---- what a call read and wrote: at its return, when the kernel has faulted every page in

enum { FORM_PLAIN, FORM_WORD, FORM_SIGINFO, FORM_BYTES, FORM_REGSET };

struct look {
  int form;
  __u64 pointer;
};

static __always_inline struct look look_of_ptrace(const struct fini_bpf_pending *call) {
  struct look look = {.form = FORM_PLAIN, .pointer = call->arguments[3]};
  switch (call->arguments[0]) {
    case 1:       // PEEKTEXT
    case 2:       // PEEKDATA
    case 3:       // PEEKUSER
    case 0x4201:  // GETEVENTMSG
    case 0x420a:  // GETSIGMASK
    case 0x420b:  // SETSIGMASK
      look.form = FORM_WORD;
      break;
    case 0x4202:  // GETSIGINFO
    case 0x4203:  // SETSIGINFO
    case 0x4209:  // PEEKSIGINFO: the first of them
      look.form = FORM_SIGINFO;
      break;
    case 12:      // GETREGS
    case 13:      // SETREGS
    case 0x420e:  // GET_SYSCALL_INFO
    case 0x420f:  // GET_RSEQ_CONFIGURATION
      look.form = FORM_BYTES;
      break;
    case 0x4204:  // GETREGSET
    case 0x4205:  // SETREGSET
      look.form = FORM_REGSET;
      break;
  }
  return look;
}

static __always_inline struct look look_of(const struct fini_bpf_pending *call) {
  struct look look = {.form = FORM_PLAIN};
  switch (call->number) {
    case NR_PTRACE:
      return look_of_ptrace(call);
    case NR_WAIT4:
      look.form = call->arguments[1] ? FORM_WORD : FORM_PLAIN;
      look.pointer = call->arguments[1];
      break;
    case NR_WAITID:
      look.form = call->arguments[2] ? FORM_SIGINFO : FORM_PLAIN;
      look.pointer = call->arguments[2];
      break;
    case NR_RT_SIGQUEUEINFO:
      look.form = FORM_SIGINFO;
      look.pointer = call->arguments[2];
      break;
    case NR_RT_TGSIGQUEUEINFO:
      look.form = FORM_SIGINFO;
      look.pointer = call->arguments[3];
      break;
  }
  return look;
}

static __always_inline void fill(
    struct fini_bpf_record *record, const struct fini_bpf_pending *call, __s64 result) {
  record->kind = FINI_BPF_CALL;
  record->entered = call->entered;
  record->number = call->number;
  record->arguments[0] = call->arguments[0];
  record->arguments[1] = call->arguments[1];
  record->arguments[2] = call->arguments[2];
  record->arguments[3] = call->arguments[3];
  record->arguments[4] = call->arguments[4];
  record->result = result;
}

static __always_inline void tell_plain(const struct fini_bpf_pending *call, __s64 result) {
  struct fini_bpf_record *record = reserve(RECORD_SIZE);
  if (!record) return;
  fill(record, call, result);
  submit(record);
}

static __always_inline void tell_word(
    const struct fini_bpf_pending *call, __s64 result, __u64 pointer) {
  struct fini_bpf_record *record = reserve(RECORD_SIZE);
  if (!record) return;
  fill(record, call, result);
  // A wait status has 32 bits, everything else 64.
  __u64 word = 0;
  long error = call->number == NR_WAIT4
                   ? bpf_probe_read_user(&word, 4, (void *)pointer)
                   : bpf_probe_read_user(&word, 8, (void *)pointer);
  if (!error) record->flags |= FINI_BPF_HAS_MEMORY;
  record->word = word;
  submit(record);
}

static __always_inline void tell_siginfo(
    const struct fini_bpf_pending *call, __s64 result, __u64 pointer) {
  struct fini_bpf_record *record = reserve(RECORD_SIZE + FINI_BPF_SIGINFO_SIZE);
  if (!record) return;
  fill(record, call, result);
  if (!bpf_probe_read_user(MEMORY(record), FINI_BPF_SIGINFO_SIZE, (void *)pointer)) {
    record->flags |= FINI_BPF_HAS_MEMORY;
    record->size = FINI_BPF_SIGINFO_SIZE;
  }
  submit(record);
}

// Reads memory of the task into a record that is large enough for registers.
//
// One comparison, unsigned, of the very value that the helper gets. Up to Linux 6.12 the verifier
// doesn't carry a bound from `size - 1` back to `size`, and that is what clang makes of
// `size > 0 && size <= limit`; the empty statement keeps clang from merging this comparison with
// one of the caller's. The helper takes a size of 0.
static __always_inline void read_memory(
    struct fini_bpf_record *record, __u64 size, __u64 pointer) {
  __asm__ volatile("" : "+r"(size));
  if (size > FINI_BPF_REGISTERS_SIZE) return;
  if (bpf_probe_read_user(MEMORY(record), size, (void *)pointer)) return;
  record->flags |= FINI_BPF_HAS_MEMORY;
  record->size = size;
}

static __always_inline void tell_bytes(
    const struct fini_bpf_pending *call, __s64 result, __u64 pointer) {
  struct fini_bpf_record *record = reserve(RECORD_SIZE + FINI_BPF_REGISTERS_SIZE);
  if (!record) return;
  fill(record, call, result);
  __u64 size = FINI_BPF_REGISTERS_SIZE;
  // For the last two the third argument is the size of the buffer; 88 bytes are defined.
  if (call->arguments[0] > 0x4200) size = call->arguments[2] < 88 ? call->arguments[2] : 88;
  read_memory(record, size, pointer);
  submit(record);
}

static __always_inline void tell_regset(
    const struct fini_bpf_pending *call, __s64 result, __u64 pointer) {
  struct fini_bpf_record *record = reserve(RECORD_SIZE + FINI_BPF_REGISTERS_SIZE);
  if (!record) return;
  fill(record, call, result);
  __u64 vector[2] = {};  // struct iovec; after the call its length is what was moved
  if (!bpf_probe_read_user(vector, sizeof vector, (void *)pointer)) {
    record->word = vector[1];
    __u64 size = vector[1];
    // NT_PRSTATUS; for other sets only the size is recorded.
    if (call->arguments[2] == 1 && size <= FINI_BPF_REGISTERS_SIZE)
      read_memory(record, size, vector[0]);
    else
      record->flags |= FINI_BPF_HAS_MEMORY;
  }
  submit(record);
}

// A tracer may have other children; their ends are not recorded.
static __always_inline int is_foreign_wait(const struct fini_bpf_pending *call, __s64 result) {
  if (call->number != NR_WAIT4 || result <= 0) return 0;
  struct fini_bpf_member *known = tracer(this_process());
  if (known && known->flags & FINI_BPF_WHOLLY) return 0;
  return !is_tracee((__s32)result);
}

// A call of this number returns; after rt_sigreturn the registers are in no call.
static __always_inline int may_be_ours(__u64 number) {
  return is_interesting(number) || number == ~0ull || (__u32)number == ~0u;
}

// The task that a wait reports; 0 for none.
static __always_inline __s32 reported(const struct fini_bpf_pending *call, __s64 result) {
  if (call->number == NR_WAIT4) return result > 0 ? (__s32)result : 0;
  if (call->number != NR_WAITID || result || !call->arguments[2]) return 0;
  __s32 task = 0;
  bpf_probe_read_user(&task, sizeof task, (void *)(call->arguments[2] + 16));
  return task;
}

// A wait that began before its caller was known as a tracer, and that returns with a child that is expected. The
// registers still have its arguments; when it began is not known.
static __always_inline int recall(struct fini_bpf_pending *call, __s64 result, const void *there) {
  struct registers registers;
  if (bpf_probe_read_kernel(&registers, sizeof registers, there)) return 0;
  if ((registers.cs & 0xffff) == USER32_CS) return 0;
  *call = (struct fini_bpf_pending){
      .entered = bpf_ktime_get_ns(),
      .number = registers.orig_ax,
      .arguments = {registers.di, registers.si, registers.dx, registers.r10, registers.r8},
  };
  __s32 task = reported(call, result);
  if (task <= 0 || !meet(task)) return 0;
  __s32 process = this_process();
  struct fini_bpf_member *known = tracer(process);
  if (known && known->flags & FINI_BPF_IGNORED) return 0;
  if (!known) become_tracer(process);
  return 1;
}

static __always_inline int leave(__s64 result, const void *there) {
  __s32 task = this_task();
  struct fini_bpf_pending *found = bpf_map_lookup_elem(&pending, &task);
  struct fini_bpf_pending call;
  if (found) {
    call = *found;
    forget(task);
    if (settings.sees_all) {
      __s32 other = reported(&call, result);
      if (other > 0) meet(other);
      // Nobody traces it.
      if (call.number == NR_PTRACE && call.arguments[0] == TRACEME && result < 0) meet(task);
    }
  } else if (!settings.sees_all || !recall(&call, result, there)) {
    return 0;
  }

  if (call.number == NR_RT_SIGRETURN || call.number == NR_RT_SIGRETURN_32 ||
      call.number == NR_SIGRETURN_32) {
    struct registers registers;
    if (bpf_probe_read_kernel(&registers, sizeof registers, there)) return 0;
    registers.cs &= 0xffff;
    registers.ss &= 0xffff;
    tell_sigreturn(FINI_BPF_SIGRETURN_LEFT, &registers);
    return 0;
  }
  if (is_foreign_wait(&call, result)) return 0;
  struct look look = look_of(&call);
  switch (look.form) {
    case FORM_WORD:
      tell_word(&call, result, look.pointer);
      break;
    case FORM_SIGINFO:
      tell_siginfo(&call, result, look.pointer);
      break;
    case FORM_BYTES:
      tell_bytes(&call, result, look.pointer);
      break;
    case FORM_REGSET:
      tell_regset(&call, result, look.pointer);
      break;
    default:
      tell_plain(&call, result);
  }
  return 0;
}

#endif
