// holds-socket listen PATH | connect PATH | itself | connected | nothing: holds an end of a stream, and waits until it is
// killed.
//
// listen waits for a peer at a unix socket, connect is that peer, and itself has both ends of a TCP connection over the
// loopback interface, and the socket that listened; connected has closed that one; nothing has none. A dump of this process
// can't hold the other end.

#include "victim.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>

static void must(int result, const char *what) {
  if (result < 0) give_up(what);
}

static int connect_itself(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t length = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  must(bind(listener, (struct sockaddr *)&address, length), "bind");
  must(listen(listener, 1), "listen");
  must(getsockname(listener, (struct sockaddr *)&address, &length), "getsockname");
  int peer = socket(AF_INET, SOCK_STREAM, 0);
  must(connect(peer, (struct sockaddr *)&address, length), "connect");
  must(accept(listener, NULL, NULL), "accept");
  return listener;
}

int main(int argc, char **argv) {
  begin();
  if (argc == 2) {
    if (same(argv[1], "itself")) connect_itself();
    // Linux 6.16 and later refuse what CRIU 4.1 asks of a socket that listens, before it sees the connection.
    if (same(argv[1], "connected")) must(close(connect_itself()), "close");
    say_ready();
    // As the first process of a container it has no input that stays open.
    for (;;) pause();
  }
  if (argc < 3) give_up("arguments");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", argv[2]);
  int end = socket(AF_UNIX, SOCK_STREAM, 0);
  if (same(argv[1], "listen")) {
    must(bind(end, (struct sockaddr *)&address, sizeof address), "bind");
    must(listen(end, 1), "listen");
    say_ready();
    must(accept(end, NULL, NULL), "accept");
  } else {
    must(connect(end, (struct sockaddr *)&address, sizeof address), "connect");
    say_ready();
  }
  for (;;) pause();
}
