// What all victims have in common: how they begin, what they say and what they are told.
//
// A victim says `ready` once it is in place, speaks in whole lines on stdout and exits 0 when its
// stdin ends. It uses neither stdio nor the heap after it is ready, so that what a test finds
// changed in it was changed by the tracer.

#ifndef VICTIM_H
#define VICTIM_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

/// Writes one line to stdout, whole: a single write below PIPE_BUF is never torn by another thread's.
__attribute__((format(printf, 1, 2))) static inline void say(const char *format, ...) {
  char text[1024];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(text, sizeof text - 1, format, arguments);
  va_end(arguments);
  if (length < 0) _exit(2);
  if ((size_t)length > sizeof text - 2) length = sizeof text - 2;
  text[length++] = '\n';

  const char *rest = text;
  while (length > 0) {
    ssize_t written = write(STDOUT_FILENO, rest, (size_t)length);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) _exit(2);
    rest += written;
    length -= (int)written;
  }
}

/// Gives up: the victim could not become what its name promises.
__attribute__((noreturn)) static inline void give_up(const char *what) {
  say("failed %s: %s", what, strerror(errno));
  _exit(2);
}

// Orders: what a test wants of any victim besides what the victim does. VICTIM_ORDERS in the
// environment has words parted by commas:
//
//   handle:N   says `signal N CODE SENDER VALUE` at each signal N (VALUE only when it was queued)
//   ignore:N   ignores signal N
//   block:N    blocks signal N
//   helper     a second thread, which on signal 60 makes a thread that stays, on 61 one that ends at
//              once (it says `made`), and on 62 starts the program anew by execve

static inline void tell_signal(int signal_number, siginfo_t *info, void *context) {
  (void)context;
  int value = info->si_code == SI_QUEUE ? info->si_value.sival_int : 0;
  int error = errno;
  say("signal %d %d %d %d", signal_number, info->si_code, (int)info->si_pid, value);
  errno = error;
}

static inline void *stay_for_ever(void *nothing) {
  for (;;) pause();
  return nothing;
}

static inline void *end_at_once(void *nothing) { return nothing; }

/// Starts the program anew, with the same arguments and without orders.
__attribute__((noreturn)) static inline void start_anew(void) {
  static char text[4096];
  static char *words[64];
  int file = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
  ssize_t length = file < 0 ? -1 : read(file, text, sizeof text - 1);
  if (length <= 0) give_up("cmdline");
  int count = 0;
  for (char *word = text; word < text + length && count < 63; word += strlen(word) + 1) {
    words[count++] = word;
  }
  char *environment[] = {"VICTIM_MAY_OUTLIVE=1", NULL};
  execve("/proc/self/exe", words, environment);
  give_up("execve");
}

static inline void *help(void *nothing) {
  sigset_t set;
  sigemptyset(&set);
  for (int order = 60; order <= 62; order++) sigaddset(&set, order);
  for (;;) {
    int order = sigwaitinfo(&set, NULL);
    if (order == 62) start_anew();
    if (order != 60 && order != 61) continue;
    pthread_t thread;
    errno = pthread_create(&thread, NULL, order == 60 ? stay_for_ever : end_at_once, NULL);
    if (errno != 0) give_up("pthread_create");
    if (order == 61) pthread_join(thread, NULL);
    say("made");
  }
  return nothing;
}

static inline void get_helper(void) {
  sigset_t set;
  sigemptyset(&set);
  for (int order = 60; order <= 62; order++) sigaddset(&set, order);
  sigprocmask(SIG_BLOCK, &set, NULL);
  // Whatever is sent to the process is not for the helper: only its own orders are.
  sigset_t mine, before;
  sigfillset(&mine);
  pthread_sigmask(SIG_SETMASK, &mine, &before);
  pthread_t thread;
  errno = pthread_create(&thread, NULL, help, NULL);
  if (errno != 0) give_up("pthread_create");
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static inline void obey(const char *orders) {
  for (const char *word = orders; word; word = strchr(word, ',')) {
    if (*word == ',') word++;
    const char *colon = strchr(word, ':');
    int number = colon ? atoi(colon + 1) : 0;
    struct sigaction action = {.sa_sigaction = tell_signal, .sa_flags = SA_RESTART | SA_SIGINFO};
    if (strncmp(word, "handle:", 7) == 0) {
      if (sigaction(number, &action, NULL) != 0) give_up("sigaction");
    } else if (strncmp(word, "ignore:", 7) == 0) {
      signal(number, SIG_IGN);
    } else if (strncmp(word, "block:", 6) == 0) {
      sigset_t set;
      sigemptyset(&set);
      sigaddset(&set, number);
      sigprocmask(SIG_BLOCK, &set, NULL);
    } else if (strncmp(word, "helper", 6) == 0) {
      get_helper();
    }
  }
}

/// Puts the process into a known state, whatever it inherited, and obeys VICTIM_ORDERS.
///
/// The kernel kills a victim when the *thread* that started it ends, not only its process. Where
/// that is too early, VICTIM_MAY_OUTLIVE in the environment leaves it alone.
static inline void begin(void) {
  if (!getenv("VICTIM_MAY_OUTLIVE") && prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up("prctl");

  // An ignored signal and a blocked one both survive exec, and would be the test's, not ours.
  for (int signal_number = 1; signal_number <= 64; signal_number++) {
    struct sigaction action;
    if (sigaction(signal_number, NULL, &action) != 0 || action.sa_handler != SIG_IGN) continue;
    sigaction(signal_number, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
  }
  sigset_t nothing;
  sigemptyset(&nothing);
  sigprocmask(SIG_SETMASK, &nothing, NULL);
  const char *orders = getenv("VICTIM_ORDERS");
  if (orders) obey(orders);
}

static inline void say_ready(void) { say("ready"); }

/// Milliseconds on the monotonic clock.
static inline double now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static inline struct timespec seconds(double amount) {
  struct timespec time;
  time.tv_sec = (time_t)amount;
  time.tv_nsec = (long)((amount - (double)time.tv_sec) * 1e9);
  return time;
}

/// The number in argv[index], or `otherwise` when there is none.
static inline double argument(int argc, char **argv, int index, double otherwise) {
  if (index >= argc) return otherwise;
  char *end;
  double value = strtod(argv[index], &end);
  if (end == argv[index] || *end != '\0' || value < 0) {
    errno = EINVAL;
    give_up(argv[index]);
  }
  return value;
}

static inline sigset_t only(int signal_number) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal_number);
  return set;
}

/// The 64 signals the kernel knows, bit 0 for signal 1: as in /proc/PID/status.
static inline unsigned long long signal_bits(const sigset_t *set) {
  unsigned long long bits = 0;
  for (int signal_number = 1; signal_number <= 64; signal_number++) {
    if (sigismember(set, signal_number) == 1) bits |= 1ULL << (signal_number - 1);
  }
  return bits;
}

// How many signals the handler that `count_signals` installs has seen.
static volatile sig_atomic_t counted_signals;

static inline void count_one(int signal_number, siginfo_t *info, void *context) {
  (void)signal_number, (void)info, (void)context;
  counted_signals++;
}

static inline void count_signals(int signal_number) {
  struct sigaction action = {.sa_sigaction = count_one, .sa_flags = SA_RESTART | SA_SIGINFO};
  if (sigaction(signal_number, &action, NULL) != 0) give_up("sigaction");
}

/// What the kernel would do on the signal: `ign`, `dfl` or `handler`.
static inline const char *disposition(int signal_number) {
  struct sigaction action;
  if (sigaction(signal_number, NULL, &action) != 0) give_up("sigaction");
  if (action.sa_handler == SIG_IGN) return "ign";
  return action.sa_handler == SIG_DFL ? "dfl" : "handler";
}

// What came in on stdin and was not yet taken as a line.
static char input[4096];
static size_t input_length;

/// Reads once from stdin: above 0 for text, 0 at its end, -1 when a signal came between.
static inline int read_more(void) {
  // A line that does not fit is dropped rather than mistaken for the end of the input.
  if (input_length == sizeof input) input_length = 0;
  ssize_t got = read(STDIN_FILENO, input + input_length, sizeof input - input_length);
  if (got < 0 && errno == EINTR) return -1;
  if (got < 0) give_up("read");
  input_length += (size_t)got;
  return got > 0;
}

/// The next complete line that was already read, or NULL. Valid until the next call.
static inline char *line_at_hand(void) {
  static char line[sizeof input];
  char *newline = memchr(input, '\n', input_length);
  if (!newline) return NULL;
  size_t length = (size_t)(newline - input);
  memcpy(line, input, length);
  line[length] = '\0';
  input_length -= length + 1;
  memmove(input, newline + 1, input_length);
  return line;
}

/// Blocks in read(0) until there is a line; NULL at the end of stdin. An EINTR is told.
static inline char *next_line(void) {
  for (;;) {
    char *line = line_at_hand();
    if (line) return line;
    int got = read_more();
    if (got == 0) return NULL;
    if (got < 0) say("eintr");
  }
}

/// Whether stdin has ended, without blocking; drops what came in on it.
static inline bool input_ended(void) {
  struct pollfd standard_input = {.fd = STDIN_FILENO, .events = POLLIN};
  if (poll(&standard_input, 1, 0) <= 0) return false;
  input_length = 0;
  return read_more() == 0;
}

static inline bool same(const char *line, const char *word) { return strcmp(line, word) == 0; }

static inline void echo(const char *line) { say("line %s", line); }

/// Blocks in read(0) and says each line back, until stdin ends.
static inline void echo_lines(void) {
  for (char *line; (line = next_line());) echo(line);
}

/// Reads what is there without blocking and says each line back; whether stdin goes on.
static inline bool echo_what_is_there(void) {
  for (;;) {
    ssize_t got = read(STDIN_FILENO, input + input_length, sizeof input - input_length);
    if (got == 0) return false;
    if (got < 0 && errno == EAGAIN) return true;
    if (got < 0 && errno != EINTR) give_up("read");
    if (got > 0) input_length += (size_t)got;
    for (char *line; (line = line_at_hand());) echo(line);
  }
}

#endif
