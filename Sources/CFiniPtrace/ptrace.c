#define _GNU_SOURCE
#include "CFiniPtrace.h"

#include <elf.h>
#include <errno.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <time.h>
#include <unistd.h>

// Swift repeats these layouts (FiniModel, Registers and DebugRegister): the two must stay equal.
_Static_assert(sizeof(struct user_regs_struct) == 27 * 8, "27 general registers");
_Static_assert(offsetof(struct user_regs_struct, orig_rax) == 15 * 8, "orig_rax is word 15");
_Static_assert(offsetof(struct user_regs_struct, rip) == 16 * 8, "rip is word 16");
_Static_assert(offsetof(struct user, u_debugreg) == 848, "DR0 in struct user");
_Static_assert(sizeof(siginfo_t) == 128, "siginfo_t is 128 bytes");
_Static_assert(PTRACE_GETREGSET == 0x4204, "PTRACE_GETREGSET");
_Static_assert(PTRACE_SEIZE == 0x4206, "PTRACE_SEIZE");
_Static_assert(PTRACE_GET_SYSCALL_INFO == 0x420e, "PTRACE_GET_SYSCALL_INFO");

static uint64_t clock_ns(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t fini_monotonic_now(void) { return clock_ns(CLOCK_MONOTONIC); }
uint64_t fini_realtime_now(void) { return clock_ns(CLOCK_REALTIME); }

int64_t fini_ptrace(int64_t request, int32_t tid, uint64_t address, uint64_t data) {
  long result = syscall(SYS_ptrace, request, (long)tid, address, data);
  return result < 0 ? -(int64_t)errno : result;
}

int64_t fini_peek(int64_t request, int32_t tid, uint64_t address, uint64_t *word) {
  return fini_ptrace(request, tid, address, (uint64_t)(uintptr_t)word);
}

int64_t fini_get_regset(int32_t tid, uint64_t note, void *buffer, uint64_t *size) {
  struct iovec range = {.iov_base = buffer, .iov_len = *size};
  int64_t result = fini_ptrace(PTRACE_GETREGSET, tid, note, (uint64_t)(uintptr_t)&range);
  if (result >= 0) *size = range.iov_len;
  return result;
}

int64_t fini_set_regset(int32_t tid, uint64_t note, const void *buffer, uint64_t size) {
  struct iovec range = {.iov_base = (void *)(uintptr_t)buffer, .iov_len = size};
  return fini_ptrace(PTRACE_SETREGSET, tid, note, (uint64_t)(uintptr_t)&range);
}

int64_t fini_get_registers(int32_t tid, void *registers) {
  return fini_ptrace(PTRACE_GETREGS, tid, 0, (uint64_t)(uintptr_t)registers);
}

int64_t fini_set_registers(int32_t tid, const void *registers) {
  return fini_ptrace(PTRACE_SETREGS, tid, 0, (uint64_t)(uintptr_t)registers);
}

_Static_assert(sizeof(struct user_fpregs_struct) == 512, "FXSAVE's area");

int64_t fini_get_fpregs(int32_t tid, void *registers) {
  return fini_ptrace(PTRACE_GETFPREGS, tid, 0, (uint64_t)(uintptr_t)registers);
}

int64_t fini_set_fpregs(int32_t tid, const void *registers) {
  return fini_ptrace(PTRACE_SETFPREGS, tid, 0, (uint64_t)(uintptr_t)registers);
}

static void take_apart(const siginfo_t *whole, struct fini_siginfo *info) {
  info->signo = whole->si_signo;
  info->code = whole->si_code;
  memcpy(info->raw, whole, sizeof *whole);
  // Offsets of the kernel's union on 64-bit: pid and uid share their bytes with the address.
  memcpy(&info->pid, (const char *)whole + 16, 4);
  memcpy(&info->uid, (const char *)whole + 20, 4);
  memcpy(&info->address, (const char *)whole + 16, 8);
  memcpy(&info->value, (const char *)whole + 24, 8);
}

int64_t fini_get_siginfo(int32_t tid, struct fini_siginfo *info) {
  siginfo_t whole;
  memset(&whole, 0, sizeof whole);
  int64_t result = fini_ptrace(PTRACE_GETSIGINFO, tid, 0, (uint64_t)(uintptr_t)&whole);
  if (result >= 0) take_apart(&whole, info);
  return result;
}

int64_t fini_peek_siginfo(int32_t tid, uint64_t offset, int32_t shared, int32_t count,
                          struct fini_siginfo *info) {
  enum { ROOM = 32 };
  siginfo_t whole[ROOM];
  memset(whole, 0, sizeof whole);
  struct __ptrace_peeksiginfo_args {
    uint64_t off;
    uint32_t flags;
    int32_t nr;
  } arguments = {.off = offset, .flags = shared ? 1u : 0u, .nr = count < ROOM ? count : ROOM};
  int64_t result = fini_ptrace(PTRACE_PEEKSIGINFO, tid, (uint64_t)(uintptr_t)&arguments,
                               (uint64_t)(uintptr_t)whole);
  for (int64_t i = 0; i < result; i++) take_apart(&whole[i], &info[i]);
  return result;
}

int64_t fini_get_syscall_info(int32_t tid, struct fini_syscall_info *info) {
  struct ptrace_syscall_info whole;
  memset(&whole, 0, sizeof whole);
  int64_t result = fini_ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof whole,
                               (uint64_t)(uintptr_t)&whole);
  if (result < 0) return result;
  info->operation = whole.op;
  info->instruction_pointer = whole.instruction_pointer;
  info->stack_pointer = whole.stack_pointer;
  info->number = whole.op == PTRACE_SYSCALL_INFO_ENTRY ? whole.entry.nr : 0;
  info->result = whole.op == PTRACE_SYSCALL_INFO_EXIT ? whole.exit.rval : 0;
  info->architecture = whole.arch;
  memset(info->arguments, 0, sizeof info->arguments);
  if (whole.op == PTRACE_SYSCALL_INFO_ENTRY)
    memcpy(info->arguments, whole.entry.args, sizeof info->arguments);
  return result;
}

int64_t fini_get_rseq(int32_t tid, struct fini_rseq *rseq) {
  // struct ptrace_rseq_configuration, which headers before 5.13 do not have.
  struct {
    uint64_t area;
    uint32_t size;
    uint32_t signature;
    uint32_t flags;
    uint32_t pad;
  } whole = {0, 0, 0, 0, 0};
  enum { GET_RSEQ_CONFIGURATION = 0x420f };
  int64_t result = fini_ptrace(GET_RSEQ_CONFIGURATION, tid, sizeof whole, (uint64_t)(uintptr_t)&whole);
  if (result < 0) return result;
  rseq->area = whole.area;
  rseq->size = whole.size;
  rseq->signature = whole.signature;
  return result;
}

int32_t fini_gettid(void) { return (int32_t)syscall(SYS_gettid); }

int64_t fini_read_memory(int32_t tid, uint64_t address, void *buffer, uint64_t size) {
  struct iovec here = {.iov_base = buffer, .iov_len = size};
  struct iovec there = {.iov_base = (void *)(uintptr_t)address, .iov_len = size};
  ssize_t result = process_vm_readv(tid, &here, 1, &there, 1, 0);
  return result < 0 ? -(int64_t)errno : result;
}
