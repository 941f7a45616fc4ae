// Calls every door of CFiniPtrace on a real child, to be run under sanitizers and valgrind.
#define _GNU_SOURCE
#include "CFiniPtrace.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <unistd.h>

static int failures;
static void expect(int is_so, const char *what) {
  if (is_so) return;
  fprintf(stderr, "shims: not so: %s\n", what);
  failures++;
}
#define EXPECT(condition) expect(condition, #condition)

static uint32_t await_stop(int32_t child, int32_t signals) {
  uint32_t status = 0;
  int64_t woke = fini_sleep(&child, 1, signals, -1, 0, 0, 5000000000ll, 50000);
  EXPECT(woke > 0 && woke & FINI_WOKE_CHILD);
  // __WALL, WNOHANG
  EXPECT(fini_wait4(child, 0x40000001u, &status) == child);
  return status;
}

static void look(int32_t child) {
  uint64_t registers[27], size = sizeof registers;
  EXPECT(fini_get_regset(child, 1, registers, &size) == 0 && size == sizeof registers);
  EXPECT(fini_set_regset(child, 1, registers, sizeof registers) == 0);
  EXPECT(fini_get_registers(child, registers) == 0 && fini_set_registers(child, registers) == 0);
  static uint8_t state[65536];
  size = sizeof state;
  EXPECT(fini_get_regset(child, 0x202, state, &size) == 0 && size > 512);
  struct fini_siginfo info;
  EXPECT(fini_get_siginfo(child, &info) == 0);
  struct fini_syscall_info call;
  EXPECT(fini_get_syscall_info(child, &call) >= 0);
  uint64_t mask = 0, word = 0;
  EXPECT(fini_peek(0x420a, child, 8, &mask) >= 0);  // PTRACE_GETSIGMASK
  EXPECT(fini_peek(PTRACE_PEEKUSER, child, 848 + 56, &word) >= 0);
  struct fini_rseq rseq = {0, 0, 0};
  int64_t told = fini_get_rseq(child, &rseq);
  // A kernel before 5.13 does not know the request; without an area there is no size either.
  EXPECT(told == -5 || (told == 24 && !rseq.area == !rseq.size));
  struct fini_siginfo queue[4];
  EXPECT(fini_kill(child, SIGUSR1) == 0 && fini_tgkill(child, child, SIGUSR2) == 0);
  EXPECT(fini_peek_siginfo(child, 0, 1, 4, queue) == 1 && queue[0].signo == SIGUSR1);
  EXPECT(fini_peek_siginfo(child, 0, 0, 4, queue) == 1 && queue[0].signo == SIGUSR2);
}

static void reach_in(int32_t child, uint64_t *shared) {
  uint64_t seen = 0;
  EXPECT(fini_read_memory(child, (uint64_t)(uintptr_t)shared, &seen, 8) == 8 && seen == 4711);
  int64_t memory = fini_open_memory(child);
  EXPECT(memory >= 0);
  seen = 4712;
  EXPECT(fini_write_memory((int32_t)memory, (uint64_t)(uintptr_t)shared, &seen, 8) == 8);
  EXPECT(*shared == 4712);
  EXPECT(fini_close((int32_t)memory) == 0);
  if (fini_may_map_region() == 0) {
    void *again = 0;
    EXPECT(fini_map_region(child, (uint64_t)(uintptr_t)shared, 4096, &again) == 0);
    EXPECT(again && *(uint64_t *)again == 4712);
    EXPECT(fini_unmap(again, 4096) == 0);
  }
  EXPECT(fini_map_region(child, 4096, 4096, &(void *){0}) < 0);
  int64_t pidfd = fini_pidfd_open(child, child);
  // ENOSYS: valgrind may be older than the call.
  if (pidfd == -38) return;
  EXPECT(pidfd >= 0);
  int64_t copy = fini_pidfd_getfd((int32_t)pidfd, 2);
  EXPECT(copy >= 0 && fini_close((int32_t)copy) == 0 && fini_close((int32_t)pidfd) == 0);
}

static void packets(void) {
  int ends[2];
  EXPECT(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0);
  char room[8] = "";
  EXPECT(fini_send(ends[0], "hello", 6) == 6 && fini_receive(ends[1], room, 8) == 6);
  EXPECT(strcmp(room, "hello") == 0 && fini_receive(ends[1], room, 8) < 0);
  close(ends[0]);
  EXPECT(fini_receive(ends[1], room, 8) == 0 && fini_send(ends[1], room, 1) < 0);
  close(ends[1]);
  int file = memfd_create("shims", 0);
  void *mapping = 0;
  EXPECT(fini_map_shared(file, 4096, &mapping) == 0 && mapping && *(char *)mapping == 0);
  EXPECT(fini_unmap(mapping, 4096) == 0 && fini_close(file) == 0);
  EXPECT(fini_map_shared(-1, 4096, &mapping) < 0 && fini_close(-1) < 0);
}

// Two threads hand memory over to each other, like tracer and parasite.
struct table {
  uint64_t life[8];
  uint32_t writer;
  int64_t count;
};
enum { ROUNDS = 200 };
static void *other_side(void *memory) {
  struct table *table = memory;
  for (int i = 0; i < ROUNDS; i++) {
    while (__atomic_load_n(&table->writer, __ATOMIC_ACQUIRE) != 1) usleep(10);
    table->count++;
    __atomic_store_n(&table->writer, 2, __ATOMIC_RELEASE);
  }
  return 0;
}
static void turns(int32_t child, int32_t signals) {
  struct table *table =
      mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  EXPECT(fini_life_lock(table->life) == 0);
  table->writer = 2;
  pthread_t thread;
  pthread_create(&thread, 0, other_side, table);
  for (int i = 0; i < ROUNDS; i++) {
    table->count++;
    fini_hand_over(&table->writer, 1, table->life);
    int64_t woke;
    do woke = fini_sleep(&child, 1, signals, -1, &table->writer, 2, 5000000000ll, 50000);
    while (woke > 0 && !(woke & FINI_WOKE_WORD));
    EXPECT(woke & FINI_WOKE_WORD);
  }
  pthread_join(thread, 0);
  EXPECT(table->count == 2 * ROUNDS);
  EXPECT(fini_life_unlock(table->life) == 0);
  munmap(table, 4096);
}

static int32_t end_of(int32_t pid) {
  int32_t status = 0;
  while (fini_launch_reap(pid, &status) == 0) usleep(100);
  return status;
}

static void launches(void) {
  struct fini_launch launch;
  EXPECT(fini_launch((char *[]){"/bin/sh", "-c", "exit 7", 0}, 1, &launch) == 0);
  EXPECT(fini_launch_open(&launch) == 0 && fini_launch_report(&launch) == 0);
  EXPECT(end_of(launch.pid) == 7 << 8);
  EXPECT(fini_launch((char *[]){"/no/such/program", 0}, 0, &launch) == 0);
  EXPECT(fini_launch_open(&launch) == 0 && fini_launch_report(&launch) == -2);  // ENOENT
  end_of(launch.pid);
}

static void ends(void) {
  int32_t child = fork();
  if (!child) fini_die_by(SIGTERM);
  uint32_t status = 0;
  EXPECT(fini_wait4(child, 0, &status) == child && (status & 0x7f) == SIGTERM);
}

int main(void) {
  EXPECT(fini_block_signals(1) == 0);
  int64_t signals = fini_open_signals(1);
  EXPECT(signals >= 0 && fini_gettid() == getpid());
  EXPECT(fini_monotonic_now() > 0 && fini_realtime_now() > 0);
  uint64_t *shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  *shared = 4711;
  int32_t child = fork();
  if (!child) {
    sigset_t none;
    sigemptyset(&none);
    sigaddset(&none, SIGUSR1);
    sigaddset(&none, SIGUSR2);
    sigprocmask(SIG_SETMASK, &none, 0);
    for (;;) pause();
  }
  EXPECT(fini_ptrace(0x4206, child, 0, 1) == 0);  // PTRACE_SEIZE
  turns(child, (int32_t)signals);
  EXPECT(fini_ptrace(0x4207, child, 0, 0) == 0);  // PTRACE_INTERRUPT
  EXPECT((await_stop(child, (int32_t)signals) & 0xff) == 0x7f);
  look(child);
  reach_in(child, shared);
  EXPECT(fini_ptrace(PTRACE_DETACH, child, 0, 0) == 0);
  EXPECT(fini_ptrace(PTRACE_DETACH, child, 0, 0) < 0);
  packets();
  launches();
  ends();
  EXPECT(fini_program_grants(getpid()) == 0 && fini_program_grants(-1) < 0);
  EXPECT(!fini_interrupt_is_pending());
  raise(SIGTERM);
  EXPECT(fini_interrupt_is_pending());
  EXPECT(fini_rest((int32_t)signals, 1000000000) & FINI_WOKE_INTERRUPT);
  EXPECT(fini_take_interrupt() == 0);
  raise(SIGINT);
  EXPECT(fini_take_interrupt() == SIGINT);
  fini_pause(1000);
  int32_t probe = 0;
  uint32_t status = 0;
  int64_t answer = fini_probe_breakpoint(1000000000, &probe);
  EXPECT(answer >= FINI_PROBE_WORKS && answer <= FINI_PROBE_REFUSED);
  EXPECT(probe > 0 && fini_wait4(probe, 0, &status) == probe);
  kill(child, SIGKILL);
  EXPECT(fini_wait4(child, 0, &status) == child && (status & 0x7f) == SIGKILL);
  munmap(shared, 4096);
  EXPECT(fini_close((int32_t)signals) == 0);
  if (!failures) puts("shims: every door opened");
  return failures ? 1 : 0;
}
