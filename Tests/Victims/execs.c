// execs [thread]: executes its own program by execve(2), again and again, and says each line that it finds on its
// way back as `line TEXT`. With `thread` a second thread makes the calls, and the kernel ends the first one
// for it. It ends with its stdin.

#include "victim.h"

static void *become(void *arguments) {
  char **words = arguments;
  // Time enough to find this task.
  for (double end = now_ms() + 30; now_ms() < end;) continue;
  char *environment[] = {"EXECS_AGAIN=1", NULL};
  execve("/proc/self/exe", words, environment);
  give_up("execve");
  return NULL;
}

int main(int argc, char **argv) {
  if (!getenv("EXECS_AGAIN")) {
    begin();
    say_ready();
  }
  for (;;) {
    struct pollfd standard_input = {.fd = STDIN_FILENO, .events = POLLIN};
    if (poll(&standard_input, 1, 0) <= 0) break;
    // The lines come whole: a pipe does not tear what is written at once.
    if (read_more() == 0) return 0;
    for (char *line; (line = line_at_hand());) echo(line);
  }
  if (argc > 1 && same(argv[1], "thread")) {
    pthread_t thread;
    errno = pthread_create(&thread, NULL, become, argv);
    if (errno != 0) give_up("pthread_create");
    for (;;) pause();
  }
  become(argv);
}
