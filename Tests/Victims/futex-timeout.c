// futex-timeout [SECONDS [TIMES]]: waits on a futex that is never woken, with a relative timeout, and
// says after each wait `futex RETURNED ERRNO MILLISECONDS`.
//
// The kernel restarts such a wait from its restart block, which rt_sigreturn throws away. Without
// TIMES it goes on until stdin has ended.

#include <linux/futex.h>
#include <sys/syscall.h>

#include "victim.h"

int main(int argc, char **argv) {
  begin();
  struct timespec time = seconds(argument(argc, argv, 1, 2));
  double times = argument(argc, argv, 2, 0);
  uint32_t word = 7;

  say_ready();
  for (double turn = 1;; turn++) {
    double before = now_ms();
    errno = 0;
    long returned = syscall(SYS_futex, &word, FUTEX_WAIT, word, &time, NULL, 0);
    int error = errno;
    say("futex %ld %d %.1f", returned, error, now_ms() - before);
    if (times > 0 ? turn >= times : input_ended()) return 0;
  }
}
