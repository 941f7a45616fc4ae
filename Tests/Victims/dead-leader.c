// The leader has ended by pthread_exit and is a zombie; the one other thread is blocked in read(0) and
// says each line back as `line TEXT`.

#include <fcntl.h>
#include <pthread.h>

#include "victim.h"

static bool leader_is_dead(void) {
  char path[64], text[256];
  snprintf(path, sizeof path, "/proc/self/task/%d/stat", getpid());
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) give_up(path);
  ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  if (length < 0) give_up(path);
  text[length] = '\0';
  const char *name_end = strrchr(text, ')');
  return name_end && name_end[1] && name_end[2] == 'Z';
}

static void *survive(void *nothing) {
  (void)nothing;
  while (!leader_is_dead()) usleep(300);
  say_ready();
  echo_lines();
  exit(0);
}

int main(void) {
  begin();
  pthread_t thread;
  errno = pthread_create(&thread, NULL, survive, NULL);
  if (errno != 0) give_up("pthread_create");
  pthread_exit(NULL);
}
