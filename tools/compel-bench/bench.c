// compel-bench [--syscall] PID [CURES]: the cost of a cure with Debian's libcompel, as a baseline.
//
// Stops PID, infects it with a daemon, calls it once, cures it and resumes it, CURES (100) times, and
// prints one line of `key value` pairs for each and one with the medians. All in microseconds of
// CLOCK_MONOTONIC:
//
//   frozen  from just before the first PTRACE_INTERRUPT until the resume has returned
//   stop    compel_stop_task: seize, interrupt, wait
//   infect  compel_prepare and compel_infect
//   rpc     one command, called and acknowledged
//   fini    compel_stop_daemon: from PTRACE_INTERRUPT to the exit of rt_sigreturn
//   unmap   compel_cure
//   resume  compel_resume_task: detach
//
// Half of the time is waking one side when the other stops: with both on one processor (taskset)
// everything is some three times as fast. So measure both tools in the same placement.
//
// The victim should have nothing in its vector registers: a cure by libcompel 3.17.1 alone, without
// CRIU around it, was seen to leave the upper halves of ymm0 and zmm0 zero (Tests/Victims/busy
// reports that).
//
// The strategy is the library's default, a hardware breakpoint on the parasite's sigreturn; --syscall
// forbids breakpoints.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include <compel/infect-rpc.h>
#include <compel/infect.h>
#include <compel/log.h>

#include "parasite.h"

enum { answer = 64 };  // PARASITE_USER_CMDS, the first number free for us

enum span { frozen, stop, infect, rpc, fini, unmap, resume, span_count };
static const char *const span_names[span_count] = {
    "frozen", "stop", "infect", "rpc", "fini", "unmap", "resume",
};

static double now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

// When the library last began to interrupt a running task; 0 asks for the next time.
static double interrupted_at;

// compel_stop_task seizes and interrupts in one call, and a seized task still runs. So the
// library's ptrace calls come through here, where the moment in between can be measured.
long ptrace(enum __ptrace_request request, ...) {
  static long (*next)(enum __ptrace_request, ...);
  if (!next) next = (long (*)(enum __ptrace_request, ...))dlsym(RTLD_NEXT, "ptrace");
  va_list arguments;
  va_start(arguments, request);
  pid_t pid = va_arg(arguments, pid_t);
  void *address = va_arg(arguments, void *);
  void *data = va_arg(arguments, void *);
  va_end(arguments);
  if (request == PTRACE_INTERRUPT && interrupted_at == 0) interrupted_at = now_us();
  return next(request, pid, address, data);
}

static void log_line(unsigned int level, const char *format, va_list arguments) {
  (void)level;
  vfprintf(stderr, format, arguments);
}

// The victim is left as it is, perhaps infected. It must not be measured again.
__attribute__((noreturn)) static void fail(const char *what) {
  fprintf(stderr, "compel-bench: %s failed\n", what);
  exit(1);
}

static void cure_once(pid_t pid, int without_breakpoints, double spans[span_count]) {
  interrupted_at = 0;
  double start = now_us();
  int state = compel_stop_task(pid);
  if (state < 0) fail("compel_stop_task");
  double stopped = now_us();

  struct parasite_ctl *ctl = compel_prepare(pid);
  if (!ctl) fail("compel_prepare");
  // Without a log function compel_infect refuses silently. The parasite logs errors only: its debug
  // lines would be more syscalls, and more stops if syscalls are traced.
  compel_infect_ctx(ctl)->log_fd = STDERR_FILENO;
  if (without_breakpoints) compel_infect_ctx(ctl)->flags |= INFECT_NO_BREAKPOINTS;
  parasite_setup_c_header(ctl);
  if (compel_infect(ctl, 1, sizeof(int)) != 0) fail("compel_infect");
  double infected = now_us();

  int *counter = compel_parasite_args(ctl, int);
  *counter = 41;
  if (compel_rpc_call_sync(answer, ctl) != 0 || *counter != 42) fail("compel_rpc_call_sync");
  double answered = now_us();

  if (compel_stop_daemon(ctl) != 0) fail("compel_stop_daemon");
  double finished = now_us();

  // compel_cure leaves it open, and then the next cure can't bind the same address.
  int listening = compel_infect_ctx(ctl)->sock;
  if (compel_cure(ctl) != 0) fail("compel_cure");
  double cured = now_us();

  if (compel_resume_task(pid, state, state) != 0) fail("compel_resume_task");
  double resumed = now_us();
  close(listening);

  spans[frozen] = resumed - interrupted_at;
  spans[stop] = stopped - start;
  spans[infect] = infected - stopped;
  spans[rpc] = answered - infected;
  spans[fini] = finished - answered;
  spans[unmap] = cured - finished;
  spans[resume] = resumed - cured;
}

static void print_spans(const double spans[span_count]) {
  for (int span = 0; span < span_count; span++) printf(" %s %.1f", span_names[span], spans[span]);
  printf("\n");
}

static int by_value(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

static double median(const double (*all)[span_count], int count, int span) {
  double *values = calloc((size_t)count, sizeof *values);
  if (!values) fail("calloc");
  for (int index = 0; index < count; index++) values[index] = all[index][span];
  qsort(values, (size_t)count, sizeof *values, by_value);
  double middle = (values[(count - 1) / 2] + values[count / 2]) / 2;
  free(values);
  return middle;
}

int main(int argc, char **argv) {
  int without_breakpoints = argc > 1 && strcmp(argv[1], "--syscall") == 0;
  if (without_breakpoints) argc--, argv++;
  pid_t pid = argc > 1 ? atoi(argv[1]) : 0;
  int cures = argc > 2 ? atoi(argv[2]) : 100;
  if (pid <= 0 || cures <= 0 || argc > 3) {
    fprintf(stderr, "usage: compel-bench [--syscall] PID [CURES]\n");
    return 64;
  }

  compel_log_init(log_line, COMPEL_LOG_ERROR);
  double(*all)[span_count] = calloc((size_t)cures, sizeof *all);
  if (!all) fail("calloc");
  // Printed afterwards: a slow reader must not run between two cures.
  for (int index = 0; index < cures; index++) cure_once(pid, without_breakpoints, all[index]);

  for (int index = 0; index < cures; index++) {
    printf("cure %d", index + 1);
    print_spans(all[index]);
  }
  double medians[span_count];
  for (int span = 0; span < span_count; span++) medians[span] = median(all, cures, span);
  printf("median %d strategy %s", cures, without_breakpoints ? "syscall" : "breakpoint");
  print_spans(medians);
  free(all);
  return 0;
}
