#define _GNU_SOURCE
#include "CFiniPtrace.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int64_t checked(long result) { return result < 0 ? -(int64_t)errno : result; }

int64_t fini_pidfd_open(int32_t tid, int32_t pid) {
  // PIDFD_THREAD (Linux 6.9): a thread may have descriptors of its own, and a dead leader has none.
  long result = syscall(SYS_pidfd_open, (long)tid, (long)O_EXCL);
  if (result < 0 && errno == EINVAL) result = syscall(SYS_pidfd_open, (long)pid, 0L);
  return checked(result);
}

int64_t fini_pidfd_getfd(int32_t pidfd, int32_t fd) {
  return checked(syscall(SYS_pidfd_getfd, (long)pidfd, (long)fd, 0L));
}

int64_t fini_tgkill(int32_t pid, int32_t tid, int32_t signo) {
  return checked(syscall(SYS_tgkill, (long)pid, (long)tid, (long)signo));
}

int64_t fini_kill(int32_t pid, int32_t signo) { return checked(kill(pid, signo)); }

int64_t fini_map_shared(int32_t fd, uint64_t size, void **mapping) {
  if (ftruncate(fd, (off_t)size) < 0) return -(int64_t)errno;
  void *address = mmap(0, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (address == MAP_FAILED) return -(int64_t)errno;
  *mapping = address;
  return 0;
}

int64_t fini_unmap(void *mapping, uint64_t size) { return checked(munmap(mapping, size)); }

int64_t fini_close(int32_t fd) { return checked(close(fd)); }

int64_t fini_send(int32_t fd, const void *packet, uint64_t size) {
  // Without MSG_NOSIGNAL a parasite that went away would end the tracer by SIGPIPE.
  return checked(send(fd, packet, size, MSG_NOSIGNAL | MSG_DONTWAIT));
}

int64_t fini_receive(int32_t fd, void *packet, uint64_t size) {
  return checked(recv(fd, packet, size, MSG_DONTWAIT));
}

_Static_assert(sizeof(pthread_mutex_t) == FINI_LIFE_LOCK_SIZE, "the lock's size is in the header");

int64_t fini_life_lock(void *memory) {
  pthread_mutexattr_t kind;
  pthread_mutexattr_init(&kind);
  pthread_mutexattr_setpshared(&kind, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST);
  int error = pthread_mutex_init(memory, &kind);
  pthread_mutexattr_destroy(&kind);
  if (!error) error = pthread_mutex_lock(memory);
  return -(int64_t)error;
}

int64_t fini_life_unlock(void *memory) { return -(int64_t)pthread_mutex_unlock(memory); }
