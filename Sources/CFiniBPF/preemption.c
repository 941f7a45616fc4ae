// Asks the kernel, by trying it, whether a task may be preempted inside of a program on a raw tracepoint.
#define _GNU_SOURCE
#include "preemption.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// How often the program ran where the processor might be taken, and how often where it was kept.
struct seen {
  uint64_t free, kept;
};

#define RAW(CODE, TO, FROM, OFFSET, VALUE) \
  ((struct bpf_insn){.code = (CODE), .dst_reg = (TO), .src_reg = (FROM), .off = (OFFSET), .imm = (VALUE)})

// A program must stay on its processor. Either preemption is off meanwhile, or the task may be preempted but not be moved,
// which is counted in its task_struct; a kernel that can't count it has no such member, or turns preemption off instead.
int64_t begin_trial(struct trial *trial, const struct kernel_types *types) {
  *trial = (struct trial){.seen = -1, .program = -1};
  uint32_t offset = offset_of_member(types, "task_struct", "migration_disabled");
  if (!offset) return -ENOENT;
  trial->seen = bpf_map_create(BPF_MAP_TYPE_ARRAY, "seen", sizeof(uint32_t), sizeof(struct seen), 1, NULL);
  if (trial->seen < 0) return -errno;
  // It counts for every task that comes by: which one it is makes no difference, and this task's number may be that
  // of another pid namespace. What can't be read counts as free.
  const struct bpf_insn program[] = {
      RAW(BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, -8, 0),
      RAW(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_current_task),
      RAW(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_3, BPF_REG_0, 0, 0),
      RAW(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_3, 0, 0, (int32_t)offset),
      RAW(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_10, 0, 0),
      RAW(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_1, 0, 0, -8),
      RAW(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_2, 0, 0, sizeof(uint16_t)),
      RAW(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_probe_read_kernel),
      RAW(BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_6, BPF_REG_10, -8, 0),
      RAW(BPF_ALU64 | BPF_OR | BPF_X, BPF_REG_6, BPF_REG_0, 0, 0),
      RAW(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_VALUE, 0, trial->seen),
      RAW(0, 0, 0, 0, 0),
      RAW(BPF_JMP | BPF_JNE | BPF_K, BPF_REG_6, 0, 1, 0),
      RAW(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_1, 0, 0, offsetof(struct seen, kept)),
      RAW(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_2, 0, 0, 1),
      // An atomic addition.
      RAW(BPF_STX | BPF_XADD | BPF_DW, BPF_REG_1, BPF_REG_2, 0, 0),
      RAW(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0),
      RAW(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
  };
  trial->program = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "is_kept", "Dual MIT/GPL", program,
                                 sizeof program / sizeof *program, NULL);
  if (trial->program >= 0) return 0;
  int64_t result = -errno;
  end_trial(trial);
  return result;
}

bool is_kept(struct trial *trial, const char *tracepoint, void (*act)(void)) {
  if (trial->program < 0 || trial->count == TRIALS) return false;
  uint32_t zero = 0;
  struct seen seen = {};
  if (bpf_map_update_elem(trial->seen, &zero, &seen, BPF_ANY)) return false;
  int link = bpf_raw_tracepoint_open(tracepoint, trial->program);
  if (link < 0) return false;
  trial->links[trial->count++] = link;
  act();
  if (bpf_map_lookup_elem(trial->seen, &zero, &seen)) return false;
  return seen.kept > 0 && seen.free == 0;
}

void end_trial(struct trial *trial) {
  while (trial->count > 0) close(trial->links[--trial->count]);
  if (trial->program >= 0) close(trial->program);
  if (trial->seen >= 0) close(trial->seen);
  trial->program = trial->seen = -1;
}

// No process can have this number. Nothing is waited for, and no child is reaped.
void wait_for_no_child(void) {
  siginfo_t info;
  waitid(P_PID, INT32_MAX, &info, WEXITED | WNOHANG | WNOWAIT);
}

void make_a_call(void) { syscall(SYS_getppid); }
