// Blocked in read(0) with SIGUSR1 blocked and pending: it sent it to itself with the value 42.
//
//   show   says `pending BITS`, as in /proc/PID/status
//   take   says `took NUMBER CODE VALUE SENDER` (SENDER: self, other), or `took nothing`

#include "victim.h"

static void take(const sigset_t *set) {
  // With a deadline of zero: a lost signal is then an answer, not a victim that hangs.
  struct timespec at_once = {0};
  siginfo_t info;
  if (sigtimedwait(set, &info, &at_once) < 0) {
    if (errno != EAGAIN) give_up("sigtimedwait");
    say("took nothing");
    return;
  }
  say("took %d %d %d %s", info.si_signo, info.si_code, info.si_value.sival_int,
      info.si_pid == getpid() ? "self" : "other");
}

int main(void) {
  begin();
  sigset_t set = only(SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, NULL);
  if (sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 42}) != 0) give_up("sigqueue");

  say_ready();
  for (char *line; (line = next_line());) {
    if (same(line, "show")) {
      sigset_t pending;
      sigpending(&pending);
      say("pending %016llx", signal_bits(&pending));
    } else if (same(line, "take")) {
      take(&set);
    } else {
      say("unknown %s", line);
    }
  }
  return 0;
}
