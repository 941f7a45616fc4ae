// kernel-made-workers [probe]: a process with two threads that the kernel made (io_uring's: one polls for
// requests, one is blocked in a splice from an empty pipe). Says each line back as `line TEXT`; at `go` it
// writes five bytes into the pipe and says `spliced RESULT`, five if the worker was not disturbed. With
// `probe` it only says by its exit status whether the kernel lets it (77 if not).

#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "victim.h"

struct ring {
  int file;
  struct io_uring_params with;
  unsigned char *queues;
  struct io_uring_sqe *entries;
};

static bool set_up(struct ring *ring) {
  ring->with = (struct io_uring_params){.flags = IORING_SETUP_SQPOLL, .sq_thread_idle = 10};
  ring->file = (int)syscall(SYS_io_uring_setup, 4, &ring->with);
  if (ring->file < 0 || !(ring->with.features & IORING_FEAT_SINGLE_MMAP)) return false;
  const struct io_cqring_offsets *c = &ring->with.cq_off;
  const struct io_sqring_offsets *s = &ring->with.sq_off;
  size_t completions = c->cqes + ring->with.cq_entries * sizeof(struct io_uring_cqe);
  size_t submissions = s->array + ring->with.sq_entries * sizeof(unsigned);
  size_t size = completions > submissions ? completions : submissions;
  ring->queues =
      mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring->file, IORING_OFF_SQ_RING);
  ring->entries = mmap(NULL, ring->with.sq_entries * sizeof(struct io_uring_sqe),
                       PROT_READ | PROT_WRITE, MAP_SHARED, ring->file, IORING_OFF_SQES);
  return (void *)ring->queues != MAP_FAILED && (void *)ring->entries != MAP_FAILED;
}

static unsigned *word(const struct ring *ring, unsigned offset) {
  return (unsigned *)(void *)(ring->queues + offset);
}

static void enter(const struct ring *ring, unsigned wanted, unsigned flags) {
  while (syscall(SYS_io_uring_enter, ring->file, 0, wanted, flags, NULL, 0) < 0) {
    if (errno != EINTR) give_up("io_uring_enter");
  }
}

static void submit_splice(const struct ring *ring, int from, int to) {
  const struct io_sqring_offsets *s = &ring->with.sq_off;
  unsigned tail = *word(ring, s->tail);
  unsigned index = tail & *word(ring, s->ring_mask);
  ring->entries[index] = (struct io_uring_sqe){
      .opcode = IORING_OP_SPLICE,
      .flags = IOSQE_ASYNC,  // by a worker, from the beginning
      .fd = to,
      .off = (uint64_t)-1,
      .splice_off_in = (uint64_t)-1,
      .splice_fd_in = from,
      .len = 5,
  };
  word(ring, s->array)[index] = index;
  __atomic_store_n(word(ring, s->tail), tail + 1, __ATOMIC_RELEASE);
  if (__atomic_load_n(word(ring, s->flags), __ATOMIC_ACQUIRE) & IORING_SQ_NEED_WAKEUP) {
    enter(ring, 0, IORING_ENTER_SQ_WAKEUP);
  }
}

static int result(const struct ring *ring) {
  const struct io_cqring_offsets *c = &ring->with.cq_off;
  unsigned head = *word(ring, c->head);
  while (__atomic_load_n(word(ring, c->tail), __ATOMIC_ACQUIRE) == head) {
    enter(ring, 1, IORING_ENTER_GETEVENTS);
  }
  struct io_uring_cqe *entries = (struct io_uring_cqe *)(void *)(ring->queues + c->cqes);
  int result = entries[head & *word(ring, c->ring_mask)].res;
  __atomic_store_n(word(ring, c->head), head + 1, __ATOMIC_RELEASE);
  return result;
}

int main(int argc, char **argv) {
  begin();
  struct ring ring;
  bool is_there = set_up(&ring);
  if (argc > 1 && same(argv[1], "probe")) return is_there ? 0 : 77;
  if (!is_there) give_up("io_uring_setup");
  int source[2], sink[2];
  if (pipe(source) != 0 || pipe(sink) != 0) give_up("pipe");
  submit_splice(&ring, source[0], sink[1]);
  usleep(50000);
  say_ready();
  for (char *line; (line = next_line());) {
    if (!same(line, "go")) {
      echo(line);
      continue;
    }
    if (write(source[1], "hello", 5) != 5) give_up("write");
    say("spliced %d", result(&ring));
  }
  return 0;
}
