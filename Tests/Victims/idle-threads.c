// idle-threads [COUNT]: COUNT (1000) threads besides the leader, all asleep on one futex: as many as
// the kernel allows, for they hold nothing else that is limited for a user. The leader says each line back as `line
// TEXT`. A thread that is woken says `woken INDEX`: none should.

#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>

#include "victim.h"

static uint32_t word = 7;
static atomic_size_t begun;

static void *run(void *argument) {
  begun++;
  for (;;) {
    syscall(SYS_futex, &word, FUTEX_WAIT, word, NULL, NULL, 0);
    say("woken %zu", (size_t)argument);
  }
  return NULL;
}

int main(int argc, char **argv) {
  begin();
  size_t count = (size_t)argument(argc, argv, 1, 1000);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 64 * 1024);
  for (size_t index = 0; index < count; index++) {
    pthread_t thread;
    errno = pthread_create(&thread, &attributes, run, (void *)index);
    if (errno != 0) give_up("pthread_create");
  }
  struct timespec moment = seconds(0.001);
  while (begun < count) nanosleep(&moment, NULL);
  nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
  say_ready();
  echo_lines();
  return 0;
}
