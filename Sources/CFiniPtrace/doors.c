#define _GNU_SOURCE
#include "CFiniPtrace.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
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

static int64_t map_file_of(int32_t tid, uint64_t start, uint64_t size, void **mapping) {
  char path[80];
  snprintf(path, sizeof path, "/proc/%d/map_files/%llx-%llx", tid, (unsigned long long)start,
           (unsigned long long)(start + size));
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return -(int64_t)errno;
  void *address = mmap(0, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  int64_t result = address == MAP_FAILED ? -(int64_t)errno : 0;
  close(fd);
  if (!result) *mapping = address;
  return result;
}

int64_t fini_map_region(int32_t tid, uint64_t start, uint64_t size, void **mapping) {
  return map_file_of(tid, start, size, mapping);
}

int64_t fini_may_map_region(void) {
  const uint64_t size = 4096;
  void *own = mmap(0, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (own == MAP_FAILED) return -(int64_t)errno;
  void *again = 0;
  int64_t result = map_file_of(getpid(), (uint64_t)(uintptr_t)own, size, &again);
  if (!result) munmap(again, size);
  munmap(own, size);
  return result;
}

int64_t fini_open_memory(int32_t tid) {
  char path[40];
  snprintf(path, sizeof path, "/proc/%d/mem", tid);
  return checked(open(path, O_RDWR | O_CLOEXEC));
}

int64_t fini_write_memory(int32_t fd, uint64_t address, const void *bytes, uint64_t size) {
  return checked(pwrite(fd, bytes, size, (off_t)address));
}

int64_t fini_read_descriptor(int32_t fd, uint64_t address, void *bytes, uint64_t size) {
  return checked(pread(fd, bytes, size, (off_t)address));
}

int64_t fini_unmap(void *mapping, uint64_t size) { return checked(munmap(mapping, size)); }

int64_t fini_close(int32_t fd) { return checked(close(fd)); }

int64_t fini_send(int32_t fd, const void *packet, uint64_t size) {
  // Without MSG_NOSIGNAL, a parasite that has ended would end the tracer by SIGPIPE.
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

void fini_hand_over(uint32_t *writer, uint32_t value, void *life) {
  __atomic_store_n(writer, value, __ATOMIC_RELEASE);
  // The sleeper compares the whole word, so it can't fall asleep on the value that it saw before.
  __atomic_fetch_and((uint32_t *)life, ~(uint32_t)FUTEX_WAITERS, __ATOMIC_SEQ_CST);
  syscall(SYS_futex, life, FUTEX_WAKE, 1, 0, 0, 0);
}
