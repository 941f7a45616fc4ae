// keeps-zombie: a parent with two children, one asleep, one dead and never waited for. Says each
// line back as `line TEXT`.

#include <sys/wait.h>

#include "victim.h"

int main(void) {
  begin();
  pid_t dead = fork();
  if (dead < 0) give_up("fork");
  if (dead == 0) _exit(3);
  siginfo_t info;
  if (waitid(P_PID, (id_t)dead, &info, WEXITED | WNOWAIT) != 0) give_up("waitid");
  pid_t asleep = fork();
  if (asleep < 0) give_up("fork");
  if (asleep == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) pause();
  }
  say_ready();
  echo_lines();
  return 0;
}
