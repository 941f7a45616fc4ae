// Blocked in read on a signalfd of SIGUSR1 and SIGIO. Each SIGUSR1 is told as `took CODE VALUE`; SIGIO
// tells of input, which is said back as `line TEXT`. An interrupted read is told as `eintr`.

#include <fcntl.h>
#include <sys/signalfd.h>

#include "victim.h"

int main(void) {
  begin();
  sigset_t set = only(SIGUSR1);
  sigaddset(&set, SIGIO);
  sigprocmask(SIG_BLOCK, &set, NULL);
  int signals = signalfd(-1, &set, SFD_CLOEXEC);
  if (signals < 0) give_up("signalfd");
  if (fcntl(STDIN_FILENO, F_SETOWN, getpid()) != 0) give_up("F_SETOWN");
  if (fcntl(STDIN_FILENO, F_SETFL, O_ASYNC | O_NONBLOCK) != 0) give_up("F_SETFL");

  say_ready();
  for (;;) {
    struct signalfd_siginfo info;
    if (read(signals, &info, sizeof info) != sizeof info) {
      say("eintr");
    } else if (info.ssi_signo == SIGUSR1) {
      say("took %d %d", info.ssi_code, info.ssi_int);
    } else if (!echo_what_is_there()) {
      return 0;
    }
  }
}
