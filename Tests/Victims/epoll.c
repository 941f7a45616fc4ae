// Blocked in epoll_wait(-1) on stdin, which must be a pipe, socket or terminal. Says each line back
// as `line TEXT`, and `eintr` if epoll_wait returns EINTR: unlike read, it never restarts by itself.

#include <sys/epoll.h>

#include "victim.h"

int main(void) {
  begin();
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) give_up("epoll_create1");
  struct epoll_event wanted = {.events = EPOLLIN};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &wanted) != 0) give_up("epoll_ctl");

  say_ready();
  for (;;) {
    struct epoll_event event;
    int returned = epoll_wait(epoll, &event, 1, -1);
    if (returned < 0 && errno != EINTR) give_up("epoll_wait");
    if (returned < 0) {
      say("eintr");
      continue;
    }
    if (read_more() == 0) return 0;
    for (char *line; (line = line_at_hand());) echo(line);
  }
}
