// blocked-in-poll [MILLISECONDS]: polls stdin with a timeout (3000) again and again, and says after
// each poll `poll RETURNED ERRNO MILLISECONDS`. Lines that come in are dropped.

#include "victim.h"

int main(int argc, char **argv) {
  begin();
  int timeout = (int)argument(argc, argv, 1, 3000);

  say_ready();
  for (;;) {
    struct pollfd standard_input = {.fd = STDIN_FILENO, .events = POLLIN};
    double before = now_ms();
    errno = 0;
    int returned = poll(&standard_input, 1, timeout);
    int error = errno;
    say("poll %d %d %.1f", returned, error, now_ms() - before);
    if (returned > 0 && input_ended()) return 0;
  }
}
