// Waits in read(0) while three timers run: setitimer(2) raises SIGALRM, a POSIX timer queues a
// real-time signal, a timerfd counts, each every 5 ms; the handlers restart the read.
//
//   turns   says `turns ALARMS EXPIRATIONS TICKS LATE`: signals of the first, expirations of the second
//           (signals and overruns), reads of the third, and by how many ms the second lags the clock
//
// A read that returned EINTR is told as `eintr`.

#include <sys/time.h>
#include <sys/timerfd.h>

#include "victim.h"

enum { period_ms = 5 };

static volatile sig_atomic_t alarms;
static volatile long expirations;

static void count_alarm(int signal_number) {
  (void)signal_number;
  alarms++;
}

static void count_expirations(int signal_number, siginfo_t *info, void *context) {
  (void)signal_number, (void)context;
  expirations += 1 + info->si_overrun;
}

int main(void) {
  begin();
  struct sigaction on_alarm = {.sa_handler = count_alarm, .sa_flags = SA_RESTART};
  struct sigaction on_timer = {.sa_sigaction = count_expirations, .sa_flags = SA_RESTART | SA_SIGINFO};
  if (sigaction(SIGALRM, &on_alarm, NULL) != 0) give_up("sigaction");
  if (sigaction(SIGRTMIN, &on_timer, NULL) != 0) give_up("sigaction");

  struct timespec period = {.tv_nsec = period_ms * 1000000};
  struct itimerspec both = {.it_interval = period, .it_value = period};
  struct itimerval microseconds = {{0, period_ms * 1000}, {0, period_ms * 1000}};
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
  timer_t timer;
  int ticks_file = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (ticks_file < 0) give_up("timerfd_create");
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) give_up("timer_create");
  double start = now_ms();
  if (timer_settime(timer, 0, &both, NULL) != 0) give_up("timer_settime");
  if (timerfd_settime(ticks_file, 0, &both, NULL) != 0) give_up("timerfd_settime");
  if (setitimer(ITIMER_REAL, &microseconds, NULL) != 0) give_up("setitimer");

  say_ready();
  unsigned long long ticks = 0;
  for (char *line; (line = next_line());) {
    if (same(line, "turns")) {
      uint64_t more = 0;
      if (read(ticks_file, &more, sizeof more) == sizeof more) ticks += more;
      long counted = expirations;
      double late = now_ms() - start - (double)counted * period_ms;
      say("turns %d %ld %llu %.0f", (int)alarms, counted, ticks, late);
    } else {
      echo(line);
    }
  }
  return 0;
}
