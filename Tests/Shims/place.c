// place: preloaded into a foreign tracer, lets one event fall at one of its requests.
//
//   PLACE_VICTIM   the tracee whose requests are counted (others, like criu's probes, are let pass)
//   PLACE_AT       [before:|after:]REQUEST[:N]  the N-th (1) such request to the victim. REQUEST is
//                  interrupt, cont, syscall, detach, getregset, setregset, peekdata, pokedata,
//                  sigmask, wait (a wait that returns the victim), or arm, disarm (DR7 written not 0, or 0),
//                  fini (the interrupt that begins fini: the first one to a tracee already seized
//                  and stopped once)
//   PLACE_EVENT    kill:N     signal N to the victim
//                  stop-wait:N  signal N to the victim, then 20 ms for it to take effect
//                  die        SIGKILL to the tracer itself
//                  drop       the request is not made and reported as done
//                  fail:E     the request is not made and fails with errno E
//                  close      the tracer's newest socket is closed
//                  sleep:MS   nothing, for MS milliseconds
//                  run        the shell command in PLACE_COMMAND, to its end
//   PLACE_LOG      a file to which what was placed is appended: NS REQUEST N EVENT RESULT
//
// With `drop`, N = 0 means every one of them.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <stddef.h>

static pid_t victim;
static char request_name[32], event_name[32];
static int wanted_count = 1, is_after, event_argument, is_ready;

static void set_up(void) {
  if (is_ready) return;
  is_ready = 1;
  const char *text = getenv("PLACE_VICTIM");
  victim = text ? atoi(text) : 0;
  text = getenv("PLACE_AT");
  if (!text) text = "";
  if (strncmp(text, "before:", 7) == 0) text += 7;
  if (strncmp(text, "after:", 6) == 0) is_after = 1, text += 6;
  const char *colon = strchr(text, ':');
  snprintf(request_name, sizeof request_name, "%.*s", colon ? (int)(colon - text) : 31, text);
  if (colon) wanted_count = atoi(colon + 1);
  text = getenv("PLACE_EVENT");
  if (!text) text = "";
  colon = strchr(text, ':');
  snprintf(event_name, sizeof event_name, "%.*s", colon ? (int)(colon - text) : 31, text);
  if (colon) event_argument = atoi(colon + 1);
}

static void note(int count, const char *result) {
  const char *path = getenv("PLACE_LOG");
  int file = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644) : -1;
  if (file < 0) return;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  char line[160];
  int length = snprintf(line, sizeof line, "%lld %s%s %d %s:%d %s\n",
                        (long long)now.tv_sec * 1000000000 + now.tv_nsec, is_after ? "after:" : "before:",
                        request_name, count, event_name, event_argument, result);
  if (write(file, line, (size_t)length) != length) _exit(99);
  close(file);
}

static int newest_socket(void) {
  struct stat status;
  for (int file = 1023; file > 2; file--) {
    if (fstat(file, &status) == 0 && S_ISSOCK(status.st_mode)) return file;
  }
  return -1;
}

enum outcome { go_on, done, failed };

static enum outcome place(int count) {
  enum outcome outcome = go_on;
  int result = 0;
  if (strcmp(event_name, "die") == 0) {
    note(count, "dies");
    kill(getpid(), SIGKILL);
  } else if (strcmp(event_name, "kill") == 0) {
    result = kill(victim, event_argument);
  } else if (strcmp(event_name, "stop-wait") == 0) {
    result = kill(victim, event_argument);
    usleep(20000);
  } else if (strcmp(event_name, "close") == 0) {
    result = close(newest_socket());
  } else if (strcmp(event_name, "sleep") == 0) {
    usleep((useconds_t)event_argument * 1000);
  } else if (strcmp(event_name, "run") == 0) {
    const char *command = getenv("PLACE_COMMAND");
    result = command ? system(command) : -1;
  } else if (strcmp(event_name, "drop") == 0) {
    outcome = done;
  } else if (strcmp(event_name, "fail") == 0) {
    outcome = failed;
  } else {
    return go_on;
  }
  note(count, result == 0 ? "ok" : "failed");
  return outcome;
}

// Whether a request is (also) the one that PLACE_AT speaks of.
static int is_wanted(enum __ptrace_request request, void *address, void *data) {
  static int interrupts;
  const void *dr7 = (void *)(offsetof(struct user, u_debugreg) + 7 * sizeof(long));
  const char *name = "";
  switch ((int)request) {
    case PTRACE_INTERRUPT:
      if (++interrupts == 2 && strcmp(request_name, "fini") == 0) return 1;
      name = "interrupt";
      break;
    case PTRACE_CONT: name = "cont"; break;
    case PTRACE_SYSCALL: name = "syscall"; break;
    case PTRACE_DETACH: name = "detach"; break;
    case PTRACE_GETREGSET: name = "getregset"; break;
    case PTRACE_SETREGSET: name = "setregset"; break;
    case PTRACE_PEEKDATA: name = "peekdata"; break;
    case PTRACE_POKEDATA: name = "pokedata"; break;
    case PTRACE_SETSIGMASK: name = "sigmask"; break;
    case PTRACE_POKEUSER:
      if (address == dr7) name = data ? "arm" : "disarm";
      break;
  }
  return strcmp(name, request_name) == 0;
}

long ptrace(enum __ptrace_request request, ...) {
  static long (*next)(enum __ptrace_request, ...);
  if (!next) next = (long (*)(enum __ptrace_request, ...))dlsym(RTLD_NEXT, "ptrace");
  set_up();
  va_list arguments;
  va_start(arguments, request);
  pid_t pid = va_arg(arguments, pid_t);
  void *address = va_arg(arguments, void *), *data = va_arg(arguments, void *);
  va_end(arguments);

  static int count;
  int here = pid == victim && is_wanted(request, address, data);
  if (here) count++;
  here = here && (wanted_count == 0 || count == wanted_count);
  if (here && !is_after) {
    enum outcome outcome = place(count);
    if (outcome == done) return 0;
    if (outcome == failed) return errno = event_argument, -1;
  }
  long result = next(request, pid, address, data);
  int error = errno;
  if (here && is_after) place(count);
  errno = error;
  return result;
}

static pid_t note_wait(pid_t got) {
  static int count;
  int error = errno;
  set_up();
  if (got == victim && victim > 0 && strcmp(request_name, "wait") == 0 && ++count == wanted_count) place(count);
  errno = error;
  return got;
}

pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage) {
  static pid_t (*next)(pid_t, int *, int, struct rusage *);
  if (!next) next = (pid_t (*)(pid_t, int *, int, struct rusage *))dlsym(RTLD_NEXT, "wait4");
  return note_wait(next(pid, status, options, usage));
}

pid_t waitpid(pid_t pid, int *status, int options) {
  static pid_t (*next)(pid_t, int *, int);
  if (!next) next = (pid_t (*)(pid_t, int *, int))dlsym(RTLD_NEXT, "waitpid");
  return note_wait(next(pid, status, options));
}
