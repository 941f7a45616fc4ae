// sleeping [SECONDS [TIMES]]: sleeps, and says after each sleep `slept RETURNED ERRNO MILLISECONDS`.
//
// An interrupted sleep is told, not continued. Without TIMES it goes on until stdin has ended.

#include "victim.h"

int main(int argc, char **argv) {
  begin();
  struct timespec time = seconds(argument(argc, argv, 1, 2));
  double times = argument(argc, argv, 2, 0);

  say_ready();
  for (double turn = 1;; turn++) {
    double before = now_ms();
    errno = 0;
    int returned = nanosleep(&time, NULL);
    int error = errno;
    say("slept %d %d %.1f", returned, error, now_ms() - before);
    if (times > 0 ? turn >= times : input_ended()) return 0;
  }
}
