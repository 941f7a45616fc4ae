// threads-come-and-go [COUNT [LIFE_MS]]: COUNT (8) threads, each of which lives for LIFE_MS (4) ms and
// is then followed by another one, until stdin ends; then says `made TOTAL, BAD bad ends`.

#include <pthread.h>

#include "victim.h"

static struct timespec life;

static void *run(void *argument) {
  nanosleep(&life, NULL);
  return argument;
}

int main(int argc, char **argv) {
  begin();
  enum { most = 256 };
  size_t count = (size_t)argument(argc, argv, 1, 8);
  if (count > most) count = most;
  life = seconds(argument(argc, argv, 2, 4) / 1e3);
  pthread_t threads[most];
  long total = 0, bad = 0;
  for (size_t k = 0; k < count; k++, total++) {
    if (pthread_create(&threads[k], NULL, run, (void *)total) != 0) give_up("pthread_create");
  }
  say_ready();
  long oldest = 0;
  while (!input_ended()) {
    void *answer = NULL;
    pthread_join(threads[oldest % (long)count], &answer);
    if ((long)answer != oldest) bad++;
    if (pthread_create(&threads[oldest % (long)count], NULL, run, (void *)total) != 0) {
      give_up("pthread_create");
    }
    oldest++;
    total++;
  }
  for (; oldest < total; oldest++) pthread_join(threads[oldest % (long)count], NULL);
  say("made %ld, %ld bad ends", total, bad);
  return 0;
}
