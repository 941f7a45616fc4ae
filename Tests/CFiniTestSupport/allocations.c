// malloc and its kin of the test executable: they take the place of glibc's for the whole process,
// libraries included, count for the calling thread and pass the call on.
#define _GNU_SOURCE
#include "CFiniTestSupport.h"

#include <errno.h>
#include <execinfo.h>
#include <stddef.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_OWN_HEAP 1
#endif
#endif

static _Thread_local uint64_t allocations;
static _Thread_local int32_t watching;

uint64_t test_allocations(void) { return allocations; }

enum { KEPT = 16, DEPTH = 14 };
static void *stacks[KEPT][DEPTH];
static int depths[KEPT];
static int kept;

void test_watch_allocations(int32_t on) {
  void *warm[2];
  // The first backtrace of a process loads a library, which allocates.
  backtrace(warm, 2);
  watching = on;
}

void test_print_allocations(void) {
  for (int index = 0; index < kept; index++) {
    backtrace_symbols_fd(stacks[index], depths[index], STDERR_FILENO);
    if (write(STDERR_FILENO, "\n", 1) < 0) return;
  }
}

#ifdef HAS_OWN_HEAP

int32_t test_counts_allocations(void) { return 0; }

#else

int32_t test_counts_allocations(void) { return 1; }

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static void count_one(void) {
  allocations++;
  if (!watching || kept == KEPT) return;
  watching = 0;
  depths[kept] = backtrace(stacks[kept], DEPTH);
  kept++;
  watching = 1;
}

void *malloc(size_t size) {
  count_one();
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  count_one();
  return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
  count_one();
  return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
  count_one();
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  count_one();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **place, size_t alignment, size_t size) {
  count_one();
  void *memory = __libc_memalign(alignment, size);
  if (!memory) return ENOMEM;
  *place = memory;
  return 0;
}

#endif
