// misuses HOW PID [ADDRESS]: a tracer that leaves its tracee otherwise than it found it.
//
//   clean     seizes, interrupts, looks at the registers, detaches: the one that does nothing wrong
//   armed     detaches with an execution breakpoint at ADDRESS armed in DR0 and DR7
//   patched   detaches with an int3 in place of the byte at ADDRESS
//   blob      has the tracee map a page and detaches without unmapping it
//   half      has the tracee map two pages, unmaps one, and detaches
//   protect   has the tracee make the page of ADDRESS writable, and detaches
//   opened    has the tracee open a descriptor (dup), and detaches
//   poked     detaches with rip set to ADDRESS by PTRACE_POKEUSER
//   flags     detaches with TF set
//   floating  detaches with another xmm0
//   floating-back  the same, but puts it back
//   file      detaches with an int3 at ADDRESS, written through /proc/PID/mem
//   file-back the same, but puts the byte back
//   remote    detaches with a word below the stack changed by process_vm_writev
//   past      lets it hit an int3 at ADDRESS, puts the byte back, and detaches with rip after it
//   rewound   the same, but sets rip back
//   skip      takes away a system call at its entry, and detaches at its exit
//   mask      detaches with SIGUSR1 added to the tracee's signal mask
//   handler   has the tracee take back its handler of SIGTRAP (SIG_DFL) and detaches
//   forced    blocks SIGTRAP and hits a breakpoint at ADDRESS: the kernel forces the trap on the tracee,
//             which costs it its handler of SIGTRAP, then puts the mask back and detaches
//   lost-stop sends it SIGSTOP, takes the stop of its delivery, and detaches without delivering it
//   die:N     as clean with a breakpoint at ADDRESS, but kills itself before its N-th request
//
// It says one line of what it did and exits 0; 1 with the request that failed.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t tracee;
static int dies_before, requests;

static long ask(const char *name, int request, uint64_t address, uint64_t data) {
  if (++requests == dies_before) kill(getpid(), SIGKILL);
  errno = 0;
  long result = ptrace(request, tracee, (void *)address, (void *)data);
  if (result == -1 && errno != 0) {
    printf("failed %s: %s\n", name, strerror(errno));
    exit(1);
  }
  return result;
}
#define ASK(request, address, data) ask(#request, request, (uint64_t)(address), (uint64_t)(data))

static int wait_for_stop(void) {
  int status = 0;
  if (waitpid(tracee, &status, __WALL) != tracee || !WIFSTOPPED(status)) {
    printf("failed wait: status %x\n", (unsigned)status);
    exit(1);
  }
  return status;
}

static uint64_t debug_register(int number) {
  return offsetof(struct user, u_debugreg) + (uint64_t)number * sizeof(long);
}

static void arm(uint64_t address) {
  ASK(PTRACE_POKEUSER, debug_register(0), address);
  ASK(PTRACE_POKEUSER, debug_register(7), 1);
}

// Runs one system call in the stopped tracee, at the instruction pointer, and puts back what it used.
static long call_in_tracee(long number, const uint64_t words[6]) {
  struct user_regs_struct saved, changed;
  ASK(PTRACE_GETREGS, 0, &saved);
  changed = saved;
  changed.rax = (unsigned long)number, changed.orig_rax = (unsigned long)-1;
  changed.rdi = words[0], changed.rsi = words[1], changed.rdx = words[2];
  changed.r10 = words[3], changed.r8 = words[4], changed.r9 = words[5];
  long code = ASK(PTRACE_PEEKDATA, saved.rip, 0);
  // syscall; int3
  ASK(PTRACE_POKEDATA, saved.rip, ((uint64_t)code & ~0xffffffull) | 0xcc050full);
  ASK(PTRACE_SETREGS, 0, &changed);
  ASK(PTRACE_CONT, 0, 0);
  wait_for_stop();
  ASK(PTRACE_GETREGS, 0, &changed);
  ASK(PTRACE_POKEDATA, saved.rip, code);
  ASK(PTRACE_SETREGS, 0, &saved);
  return (long)changed.rax;
}

static int memory(void) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/mem", tracee);
  int file = open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) exit(1);
  return file;
}

// An int3 at an address, through /proc/PID/mem; and back.
static void write_file(uint64_t address, int back) {
  int file = memory();
  unsigned char was, trap = 0xcc;
  if (pread(file, &was, 1, (off_t)address) != 1 || pwrite(file, &trap, 1, (off_t)address) != 1) exit(1);
  if (back && pwrite(file, &was, 1, (off_t)address) != 1) exit(1);
  close(file);
  printf("wrote %#lx, was %#x\n", (unsigned long)address, was);
}

static void write_remote(uint64_t address) {
  uint64_t was, word;
  struct iovec here = {&was, sizeof was}, there = {(void *)address, sizeof was};
  if (process_vm_readv(tracee, &here, 1, &there, 1, 0) != sizeof was) exit(1);
  word = was ^ 0x5a5a;
  here.iov_base = &word;
  if (process_vm_writev(tracee, &here, 1, &there, 1, 0) != sizeof was) exit(1);
  printf("wrote %#lx\n", (unsigned long)address);
}

static void change_floating(int back) {
  struct user_fpregs_struct was, changed;
  ASK(PTRACE_GETFPREGS, 0, &was);
  changed = was;
  changed.xmm_space[0] ^= 0x1234;
  ASK(PTRACE_SETFPREGS, 0, &changed);
  if (back) ASK(PTRACE_SETFPREGS, 0, &was);
  printf("xmm0 changed\n");
}

static void hit(uint64_t address, int back) {
  uint64_t code = (uint64_t)ASK(PTRACE_PEEKDATA, address, 0);
  ASK(PTRACE_POKEDATA, address, (code & ~0xffull) | 0xcc);
  ASK(PTRACE_CONT, 0, 0);
  wait_for_stop();
  struct user_regs_struct registers;
  ASK(PTRACE_GETREGS, 0, &registers);
  ASK(PTRACE_POKEDATA, address, code);
  if (back) {
    registers.rip--;
    ASK(PTRACE_SETREGS, 0, &registers);
  }
  printf("pc %llx\n", registers.rip);
}

// The tracee's next system call is not made, and fails with EPERM.
static void skip(void) {
  struct user_regs_struct registers;
  ASK(PTRACE_SETOPTIONS, 0, PTRACE_O_TRACESYSGOOD);
  do {
    ASK(PTRACE_SYSCALL, 0, 0);
    wait_for_stop();
    ASK(PTRACE_GETREGS, 0, &registers);
  } while (registers.rax != (unsigned long)-ENOSYS || registers.orig_rax == SYS_restart_syscall);
  printf("call %lld skipped\n", registers.orig_rax);
  registers.orig_rax = (unsigned long)-1;
  ASK(PTRACE_SETREGS, 0, &registers);
  ASK(PTRACE_SYSCALL, 0, 0);
  wait_for_stop();
  ASK(PTRACE_GETREGS, 0, &registers);
  registers.rax = (unsigned long)-EPERM;
  ASK(PTRACE_SETREGS, 0, &registers);
}

static void lose_a_stop(void) {
  ASK(PTRACE_CONT, 0, 0);
  kill(tracee, SIGSTOP);
  int status = wait_for_stop();
  printf("stop %d taken and not delivered\n", WSTOPSIG(status));
}

int main(int argc, char **argv) {
  if (argc < 3) return 64;
  const char *how = argv[1];
  tracee = atoi(argv[2]);
  uint64_t address = argc > 3 ? strtoull(argv[3], NULL, 0) : 0;
  if (strncmp(how, "die:", 4) == 0) dies_before = atoi(how + 4);

  ASK(PTRACE_SEIZE, 0, 0);
  ASK(PTRACE_INTERRUPT, 0, 0);
  wait_for_stop();
  struct user_regs_struct registers;
  ASK(PTRACE_GETREGS, 0, &registers);
  if (strcmp(how, "clean") == 0) {
    printf("looked at pc %llx\n", registers.rip);
  } else if (strcmp(how, "armed") == 0) {
    arm(address);
    printf("armed %#lx\n", (unsigned long)address);
  } else if (strcmp(how, "patched") == 0) {
    uint64_t code = (uint64_t)ASK(PTRACE_PEEKDATA, address, 0);
    ASK(PTRACE_POKEDATA, address, (code & ~0xffull) | 0xcc);
    printf("patched %#lx, was %#x\n", (unsigned long)address, (unsigned)(code & 0xff));
  } else if (strcmp(how, "blob") == 0) {
    // PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS
    printf("mapped %#lx\n", (unsigned long)call_in_tracee(SYS_mmap, (uint64_t[6]){0, 4096, 5, 0x22, (uint64_t)-1, 0}));
  } else if (strcmp(how, "half") == 0) {
    uint64_t at = (uint64_t)call_in_tracee(SYS_mmap, (uint64_t[6]){0, 8192, 5, 0x22, (uint64_t)-1, 0});
    call_in_tracee(SYS_munmap, (uint64_t[6]){at, 4096, 0, 0, 0, 0});
    printf("mapped %#lx\n", (unsigned long)at);
  } else if (strcmp(how, "protect") == 0) {
    call_in_tracee(SYS_mprotect, (uint64_t[6]){address & ~4095ull, 4096, 7, 0, 0, 0});
    printf("writable %#lx\n", (unsigned long)address & ~4095ul);
  } else if (strcmp(how, "opened") == 0) {
    printf("opened %ld\n", call_in_tracee(SYS_dup, (uint64_t[6]){0}));
  } else if (strcmp(how, "poked") == 0) {
    ASK(PTRACE_POKEUSER, offsetof(struct user_regs_struct, rip), address);
    printf("rip %#lx\n", (unsigned long)address);
  } else if (strcmp(how, "flags") == 0) {
    registers.eflags |= 0x100;
    ASK(PTRACE_SETREGS, 0, &registers);
    printf("TF set\n");
  } else if (strncmp(how, "floating", 8) == 0) {
    change_floating(how[8] == '-');
  } else if (strncmp(how, "file", 4) == 0) {
    write_file(address, how[4] == '-');
  } else if (strcmp(how, "remote") == 0) {
    write_remote((registers.rsp - 1024) & ~15ull);
  } else if (strcmp(how, "past") == 0 || strcmp(how, "rewound") == 0) {
    hit(address, how[0] == 'r');
  } else if (strcmp(how, "skip") == 0) {
    skip();
  } else if (strcmp(how, "mask") == 0) {
    uint64_t mask = 0;
    ASK(PTRACE_GETSIGMASK, 8, &mask);
    mask |= 1ull << (SIGUSR1 - 1);
    ASK(PTRACE_SETSIGMASK, 8, &mask);
    printf("mask %#lx\n", (unsigned long)mask);
  } else if (strcmp(how, "handler") == 0) {
    // Below the red zone: the kernel's sigaction, all of it zero.
    uint64_t at = (registers.rsp - 1024) & ~15ull, saved[4];
    for (int k = 0; k < 4; k++) {
      saved[k] = (uint64_t)ASK(PTRACE_PEEKDATA, at + 8ull * (uint64_t)k, 0);
      ASK(PTRACE_POKEDATA, at + 8ull * (uint64_t)k, 0);
    }
    long result = call_in_tracee(SYS_rt_sigaction, (uint64_t[6]){SIGTRAP, at, 0, 8, 0, 0});
    for (int k = 0; k < 4; k++) ASK(PTRACE_POKEDATA, at + 8ull * (uint64_t)k, saved[k]);
    printf("sigaction %ld\n", result);
  } else if (strcmp(how, "forced") == 0) {
    uint64_t mask = 0, all = ~0ull;
    ASK(PTRACE_GETSIGMASK, 8, &mask);
    ASK(PTRACE_SETSIGMASK, 8, &all);
    arm(address);
    ASK(PTRACE_CONT, 0, 0);
    printf("stop %#x\n", (unsigned)wait_for_stop());
    ASK(PTRACE_POKEUSER, debug_register(7), 0);
    ASK(PTRACE_SETSIGMASK, 8, &mask);
  } else if (strcmp(how, "lost-stop") == 0) {
    lose_a_stop();
  } else if (dies_before > 0) {
    arm(address);
    ASK(PTRACE_CONT, 0, 0);
    wait_for_stop();
    ASK(PTRACE_POKEUSER, debug_register(7), 0);
  } else {
    return 64;
  }
  ASK(PTRACE_DETACH, 0, 0);
  return 0;
}
