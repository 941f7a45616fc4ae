// Blocked in rt_sigtimedwait without a timeout, on SIGUSR1 and SIGIO. Each SIGUSR1 is told as
// `took CODE VALUE`; SIGIO tells of input, which is said back as `line TEXT`. A wait that ends with an
// error is told as `eintr`: sigwait(3) would hide it.

#include <fcntl.h>

#include "victim.h"

int main(void) {
  begin();
  sigset_t set = only(SIGUSR1);
  sigaddset(&set, SIGIO);
  sigprocmask(SIG_BLOCK, &set, NULL);
  if (fcntl(STDIN_FILENO, F_SETOWN, getpid()) != 0) give_up("F_SETOWN");
  if (fcntl(STDIN_FILENO, F_SETFL, O_ASYNC | O_NONBLOCK) != 0) give_up("F_SETFL");

  say_ready();
  for (;;) {
    siginfo_t info;
    if (sigwaitinfo(&set, &info) < 0) {
      say("eintr");
    } else if (info.si_signo == SIGUSR1) {
      say("took %d %d", info.si_code, info.si_value.sival_int);
    } else if (!echo_what_is_there()) {
      return 0;
    }
  }
}
