// soft-dirty: preloaded into criu, shows every page as written to since the last look.
//
// criu pre-dump needs a kernel that tracks written pages (CONFIG_MEM_SOFT_DIRTY) and stops with a BUG
// without one. To it, such a kernel is one whose /proc/PID/pagemap has bit 55; with that bit set for
// all pages it takes them all each time, which is what a kernel may tell anyway. What criu found out about
// the kernel it keeps in /run/criu.kdat, which is kept from it here: others must not find it there.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SOFT_DIRTY = 55 };

static int is_pagemap(int file) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 8) return 0;
  path[length] = 0;
  return strcmp(path + length - 8, "/pagemap") == 0;
}

static void mark(int file, void *bytes, ssize_t size) {
  if (size < 8 || size % 8 || !is_pagemap(file)) return;
  uint64_t *entries = bytes;
  for (ssize_t index = 0; index < size / 8; index++) entries[index] |= 1ull << SOFT_DIRTY;
}

ssize_t read(int file, void *bytes, size_t size) {
  static ssize_t (*next)(int, void *, size_t);
  if (!next) next = (ssize_t(*)(int, void *, size_t))dlsym(RTLD_NEXT, "read");
  ssize_t result = next(file, bytes, size);
  mark(file, bytes, result);
  return result;
}

static ssize_t at(const char *name, int file, void *bytes, size_t size, off_t offset) {
  ssize_t (*next)(int, void *, size_t, off_t) = (ssize_t(*)(int, void *, size_t, off_t))dlsym(RTLD_NEXT, name);
  ssize_t result = next(file, bytes, size, offset);
  mark(file, bytes, result);
  return result;
}

ssize_t pread(int file, void *bytes, size_t size, off_t offset) { return at("pread", file, bytes, size, offset); }
ssize_t pread64(int file, void *bytes, size_t size, off_t offset) { return at("pread64", file, bytes, size, offset); }

static int open_unless_cache(const char *name, const char *path, int flags, mode_t mode) {
  if (strncmp(path, "/run/criu.kdat", 14) == 0) {
    errno = ENOENT;
    return -1;
  }
  int (*next)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, name);
  return next(path, flags, mode);
}

#define OPEN(NAME)                                          \
  int NAME(const char *path, int flags, ...) {              \
    va_list rest;                                           \
    va_start(rest, flags);                                  \
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0; \
    va_end(rest);                                           \
    return open_unless_cache(#NAME, path, flags, mode);     \
  }
OPEN(open)
OPEN(open64)
