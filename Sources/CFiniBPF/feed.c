// Feeding and reading the program that watches.
#include <errno.h>
#include <string.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "CFiniBPF.h"
#include "handle.h"

int take_record(void *context, void *record, size_t size) {
  struct fini_bpf *bpf = context;
  uint64_t head = size;
  memcpy(bpf->room + bpf->used, &head, sizeof head);
  memcpy(bpf->room + bpf->used + sizeof head, record, size);
  bpf->used += sizeof head + size;
  // A negative result ends the reading; this record was taken before.
  return bpf->size - bpf->used < 1024 ? -ENOBUFS : 0;
}

int64_t fini_bpf_add_tracee(struct fini_bpf *bpf, int32_t task, int32_t process) {
  struct fini_bpf_member member = {.process = process};
  return bpf_map_update_elem(bpf->tracees, &task, &member, BPF_ANY);
}

int64_t fini_bpf_add_tracer(struct fini_bpf *bpf, int32_t process, uint32_t flags) {
  struct fini_bpf_member member = {.process = process, .flags = flags};
  return bpf_map_update_elem(bpf->tracers, &process, &member, BPF_ANY);
}

int64_t fini_bpf_ignore_tracer(struct fini_bpf *bpf, int32_t process) {
  struct fini_bpf_member member;
  if (bpf_map_lookup_elem(bpf->tracers, &process, &member)) return -ENOENT;
  member.flags |= FINI_BPF_IGNORED;
  return bpf_map_update_elem(bpf->tracers, &process, &member, BPF_EXIST);
}

int64_t fini_bpf_forget_tracer(struct fini_bpf *bpf, int32_t process) {
  return bpf_map_delete_elem(bpf->tracers, &process);
}

int64_t fini_bpf_forget_tracee(struct fini_bpf *bpf, int32_t task) {
  return bpf_map_delete_elem(bpf->tracees, &task);
}

static void forget_if_ended(int map, int32_t task) {
  struct fini_bpf_member member;
  if (bpf_map_lookup_elem(map, &task, &member) == 0 && member.flags & FINI_BPF_ENDED)
    bpf_map_delete_elem(map, &task);
}

int64_t fini_bpf_forget_ended(struct fini_bpf *bpf, int32_t task) {
  forget_if_ended(bpf->tracees, task);
  forget_if_ended(bpf->tracers, task);
  return 0;
}

int64_t fini_bpf_wake_at_end(struct fini_bpf *bpf, int32_t process) {
  if (bpf->awaited >= 0) return -EBUSY;
  int awaited = (int)syscall(SYS_pidfd_open, process, 0);
  if (awaited < 0) return -errno;
  // Once: one that has ended would wake it for ever.
  struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT};
  if (epoll_ctl(ring_buffer__epoll_fd(bpf->ring), EPOLL_CTL_ADD, awaited, &event)) {
    int error = errno;
    close(awaited);
    return -error;
  }
  bpf->awaited = awaited;
  return 0;
}

int64_t fini_bpf_wake_at_interrupt(struct fini_bpf *bpf) {
  if (bpf->awaited >= 0) return -EBUSY;
  sigset_t interrupts;
  sigemptyset(&interrupts);
  sigaddset(&interrupts, SIGINT);
  sigaddset(&interrupts, SIGTERM);
  sigaddset(&interrupts, SIGHUP);
  int awaited = signalfd(-1, &interrupts, SFD_CLOEXEC | SFD_NONBLOCK);
  if (awaited < 0) return -errno;
  // It is not read: who takes the signal ends the waking.
  struct epoll_event event = {.events = EPOLLIN};
  if (epoll_ctl(ring_buffer__epoll_fd(bpf->ring), EPOLL_CTL_ADD, awaited, &event)) {
    int error = errno;
    close(awaited);
    return -error;
  }
  bpf->awaited = awaited;
  return 0;
}

int64_t fini_bpf_tracers(struct fini_bpf *bpf, int32_t *processes, uint64_t count) {
  int64_t found = 0;
  int32_t key, *last = NULL;
  while (bpf_map_get_next_key(bpf->tracers, last, &key) == 0) {
    if ((uint64_t)found < count) processes[found] = key;
    found++;
    last = &key;
  }
  return found;
}

int64_t fini_bpf_is_tracee(struct fini_bpf *bpf, int32_t task) {
  struct fini_bpf_member member;
  return bpf_map_lookup_elem(bpf->tracees, &task, &member) == 0;
}

int64_t fini_bpf_wait(struct fini_bpf *bpf, int32_t timeout) {
  struct epoll_event event;
  int ready = epoll_wait(ring_buffer__epoll_fd(bpf->ring), &event, 1, timeout);
  return ready < 0 ? -errno : ready;
}

int64_t fini_bpf_drain(struct fini_bpf *bpf, void *room, uint64_t size) {
  if (size < 1024) return -EINVAL;
  bpf->room = room;
  bpf->size = size;
  bpf->used = 0;
  int result = ring_buffer__consume(bpf->ring);
  bpf->room = NULL;
  return result < 0 && result != -ENOBUFS ? result : (int64_t)bpf->used;
}

uint64_t fini_bpf_lost(struct fini_bpf *bpf) {
  uint32_t zero = 0;
  uint64_t count = 0;
  return bpf_map_lookup_elem(bpf->losses, &zero, &count) == 0 ? count : 0;
}

static uint64_t missed(const struct bpf_program *program) {
  struct bpf_prog_info info = {};
  uint32_t size = sizeof info;
  // The kernel counts them from Linux 5.12 on, by way of perf from 6.7 on. Before that the field stays 0.
  return bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) == 0 ? info.recursion_misses
                                                                             : 0;
}

uint64_t fini_bpf_missed(struct fini_bpf *bpf) {
  uint64_t total = 0;
  for (int index = 0; index < bpf->count; index++) {
    struct bpf_program *program = bpf->programs[index];
    struct bpf_program *twin = twin_of(bpf->object, program);
    bool is_doubled = twin && bpf_program__autoload(twin);
    if (is_doubled && is_by_perf(program)) continue;
    uint64_t count = missed(program);
    uint64_t other = is_doubled ? missed(twin) : count;
    total += count < other ? count : other;
  }
  return total;
}

int64_t fini_bpf_pending_calls(struct fini_bpf *bpf, int32_t *tasks, struct fini_bpf_pending *calls,
                               uint64_t count) {
  uint64_t found = 0;
  int32_t key, *last = NULL;
  while (found < count && bpf_map_get_next_key(bpf->pending, last, &key) == 0) {
    if (bpf_map_lookup_elem(bpf->pending, &key, &calls[found]) == 0) tasks[found++] = key;
    last = &key;
  }
  return (int64_t)found;
}
