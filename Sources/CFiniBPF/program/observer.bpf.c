// SPDX-License-Identifier: MIT OR GPL-2.0-only
//
// What tracers do to the tracees that are watched, seen from inside the kernel.
//
// Raw tracepoints only, because kprobes may be absent and fentry needs BTF. No kernel type is
// used: registers and siginfo have the layout of the user interface, and where `pid` lies in a
// task_struct comes in as a number (docs/Decisions/0016).
#include <linux/bpf.h>

#include "fini_bpf_record.h"

#include <bpf/bpf_helpers.h>

char _license[] SEC("license") = "Dual MIT/GPL";

const volatile struct fini_bpf_settings settings = {};

// struct pt_regs: in the kernel as in <asm/ptrace.h>, and the first 21 words of user_regs_struct.
struct registers {
  __u64 r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, cs, flags,
      sp, ss;
};

// The tasks that are watched, by tid.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 131072);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, __s32);
  __type(value, struct fini_bpf_member);
} tracees SEC(".maps");

// The processes that trace, or that were launched to do so.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 8192);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, __s32);
  __type(value, struct fini_bpf_member);
} tracers SEC(".maps");

// The calls that have not returned, by tid.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 65536);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, __s32);
  __type(value, struct fini_bpf_pending);
} pending SEC(".maps");

// How many calls are in `pending`: while there are none, every return is over at once.
static __u64 underway = 0;

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 16 << 20);
} ring SEC(".maps");

// How many records found no room.
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

static __always_inline __s32 this_task(void) { return (__s32)bpf_get_current_pid_tgid(); }
static __always_inline __s32 this_process(void) { return bpf_get_current_pid_tgid() >> 32; }

static __always_inline struct fini_bpf_member *tracee(__s32 task) {
  return bpf_map_lookup_elem(&tracees, &task);
}
static __always_inline struct fini_bpf_member *tracer(__s32 process) {
  return bpf_map_lookup_elem(&tracers, &process);
}

// Whether, as a number: two pointers may not be or-ed, and the compiler likes to. Nobody is task 0.
static __always_inline int is_tracee(__s32 task) {
  struct fini_bpf_member *found = tracee(task);
  return found ? found->process : 0;
}
static __always_inline int is_tracer(__s32 process) {
  struct fini_bpf_member *found = tracer(process);
  return found ? found->process : 0;
}

static __always_inline void keep(__s32 task, const struct fini_bpf_pending *call) {
  if (bpf_map_update_elem(&pending, &task, call, BPF_NOEXIST) == 0)
    __sync_fetch_and_add(&underway, 1);
  else if (bpf_map_update_elem(&pending, &task, call, BPF_EXIST))
    lose();
}

static __always_inline void forget(__s32 task) {
  if (bpf_map_delete_elem(&pending, &task) == 0) __sync_fetch_and_add(&underway, -1);
}

// Room for a record; the size must be a constant.
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

// A wake-up costs more than the record that it tells of, so the reader looks by itself. Only a
// ring that is a quarter full wakes it.
static __always_inline void submit(struct fini_bpf_record *record) {
  __u64 waiting = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);
  bpf_ringbuf_submit(
      record, waiting > settings.ring_size / 4 ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
}

#define RECORD_SIZE sizeof(struct fini_bpf_record)
#define MEMORY(record) ((void *)((record) + 1))

// ---- where a task_struct has its numbers, for kernels without BTF

// The task that asks, a thread that is not its process's first; 0 for nobody.
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct fini_bpf_search);
} search SEC(".maps");

// `pid` and `tgid` stand side by side in every kernel; the pair of a thread is easily told from
// anything else.
SEC("raw_tp/sys_enter")
int find_offsets(struct bpf_raw_tracepoint_args *context) {
  (void)context;
  __u32 zero = 0;
  struct fini_bpf_search *wish = bpf_map_lookup_elem(&search, &zero);
  if (!wish || wish->task != this_task() || wish->found) return 0;
  __u64 self = bpf_get_current_task();
  __s32 task = this_task();
  __s32 process = this_process();
  for (__u32 offset = 64; offset < 8192; offset += 4) {
    __s32 pair[2] = {};
    if (bpf_probe_read_kernel(pair, sizeof pair, (void *)(self + offset))) break;
    if (pair[0] == task && pair[1] == process) {
      if (!wish->found) wish->offset = offset;
      wish->found++;
    }
  }
  return 0;
}

// ---- what a call is about

// Whether a ptrace call is about a watched task; whoever makes one is a tracer from here on.
static __always_inline int concerns(__u64 request, __s32 target) {
  __s32 process = this_process();
  struct fini_bpf_member *known = tracer(process);
  if (known && known->flags & FINI_BPF_WHOLLY) return 1;
  // PTRACE_TRACEME has no target but the caller.
  if (request == 0) return is_tracee(this_task());
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

SEC("raw_tp/sys_enter")
int on_sys_enter(struct bpf_raw_tracepoint_args *context) {
  __u64 number = context->args[1];
  if (!is_interesting(number)) return 0;
  struct registers registers;
  if (bpf_probe_read_kernel(&registers, sizeof registers, (void *)context->args[0])) return 0;

  __s32 task = this_task();
  int returns = is_sigreturn(number, registers.cs);
  if (returns) {
    if (!is_tracee(task)) return 0;
    tell_sigreturn(FINI_BPF_SIGRETURN_ENTERED, &registers);
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
  };
  keep(task, &call);
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

static __always_inline void tell_bytes(
    const struct fini_bpf_pending *call, __s64 result, __u64 pointer) {
  struct fini_bpf_record *record = reserve(RECORD_SIZE + FINI_BPF_REGISTERS_SIZE);
  if (!record) return;
  fill(record, call, result);
  __u64 size = FINI_BPF_REGISTERS_SIZE;
  // The last two have the room in their third argument; 88 bytes are named.
  if (call->arguments[0] > 0x4200) size = call->arguments[2] < 88 ? call->arguments[2] : 88;
  if (size <= FINI_BPF_REGISTERS_SIZE && size > 0 &&
      !bpf_probe_read_user(MEMORY(record), size, (void *)pointer)) {
    record->flags |= FINI_BPF_HAS_MEMORY;
    record->size = size;
  }
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
    // NT_PRSTATUS; other sets are told by their size alone.
    if (call->arguments[2] == 1 && size > 0 && size <= FINI_BPF_REGISTERS_SIZE) {
      if (!bpf_probe_read_user(MEMORY(record), size, (void *)vector[0])) {
        record->flags |= FINI_BPF_HAS_MEMORY;
        record->size = size;
      }
    } else {
      record->flags |= FINI_BPF_HAS_MEMORY;
    }
  }
  submit(record);
}

// A tracer may have other children; their ends are none of ours.
static __always_inline int is_foreign_wait(const struct fini_bpf_pending *call, __s64 result) {
  if (call->number != NR_WAIT4 || result <= 0) return 0;
  struct fini_bpf_member *known = tracer(this_process());
  if (known && known->flags & FINI_BPF_WHOLLY) return 0;
  return !is_tracee((__s32)result);
}

SEC("raw_tp/sys_exit")
int on_sys_exit(struct bpf_raw_tracepoint_args *context) {
  if (!*(volatile __u64 *)&underway) return 0;
  struct registers *there = (struct registers *)context->args[0];
  __u64 number = 0;
  bpf_probe_read_kernel(&number, sizeof number, &there->orig_ax);
  // After rt_sigreturn the registers are in no call.
  if (!is_interesting(number) && number != ~0ull && (__u32)number != ~0u) return 0;
  __s32 task = this_task();
  struct fini_bpf_pending *found = bpf_map_lookup_elem(&pending, &task);
  if (!found) return 0;
  struct fini_bpf_pending call = *found;
  forget(task);
  __s64 result = (__s64)context->args[1];

  if (call.number == NR_RT_SIGRETURN || call.number == NR_RT_SIGRETURN_32 ||
      call.number == NR_SIGRETURN_32) {
    struct registers registers;
    if (bpf_probe_read_kernel(&registers, sizeof registers, there)) return 0;
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

// ---- signals

enum { SIGILL = 4, SIGTRAP = 5, SIGBUS = 7, SIGFPE = 8, SIGSEGV = 11 };

static __always_inline __s32 number_in(__u64 task, __u32 offset) {
  __s32 number = 0;
  bpf_probe_read_kernel(&number, sizeof number, (void *)(task + offset));
  return number;
}

// `is_sent`: whether the current process is the one that sends it, if nobody else is named.
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

// ---- tasks

// TP_PROTO(struct task_struct *parent, struct task_struct *child)
SEC("raw_tp/sched_process_fork")
int on_fork(struct bpf_raw_tracepoint_args *context) {
  __s32 task = number_in(context->args[1], settings.pid_offset);
  __s32 process = number_in(context->args[1], settings.tgid_offset);

  struct fini_bpf_member *maker = tracer(this_process());
  if (task == process) {
    if (maker && maker->flags & FINI_BPF_WHOLLY) {
      struct fini_bpf_member member = {.process = process, .flags = FINI_BPF_WHOLLY};
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
