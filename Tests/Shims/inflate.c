// Unpacks what is whole, what is cut short and what is damaged, to be run under sanitizers and valgrind.
//
//   inflate FORMAT FILE...   1 gzip, 2 zstd; all files hold `fini\\n` 10,000 times
#include "CFiniInflate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES = 10000, LINE = 5 };
static int failures;
#define EXPECT(condition)                                             \
  do {                                                                \
    if (condition) break;                                             \
    fprintf(stderr, "inflate: not so: %s\n", #condition);             \
    failures++;                                                       \
  } while (0)

// Unpacks in steps of `in_step` and `out_step` bytes: how many came out, -1 for damage.
static long unpack(int format, const uint8_t *in, size_t size, size_t in_step, size_t out_step,
                   int *is_whole) {
  uintptr_t stream = fini_inflate_begin(format);
  EXPECT(stream != 0);
  uint8_t *out = malloc(out_step);
  long total = 0;
  for (size_t at = 0; at < size;) {
    size_t consumed = 0, left = size - at;
    int64_t got = fini_inflate_step(stream, in + at, left < in_step ? left : in_step, &consumed, out,
                                    out_step);
    if (got < 0) {
      total = -1;
      break;
    }
    for (int64_t index = 0; index < got; index++) {
      EXPECT(out[index] == (uint8_t)"fini\n"[(total + index) % LINE]);
    }
    total += got;
    at += consumed;
    if (got == 0 && consumed == 0) break;
  }
  *is_whole = fini_inflate_is_whole(stream);
  fini_inflate_end(stream);
  free(out);
  return total;
}

static void check(int format, uint8_t *bytes, size_t size) {
  int is_whole = 0;
  EXPECT(unpack(format, bytes, size, size, 1 << 16, &is_whole) == LINES * LINE && is_whole);
  EXPECT(unpack(format, bytes, size, 7, 3, &is_whole) >= 0);
  EXPECT(unpack(format, bytes, size / 2, size, 1 << 16, &is_whole) < LINES * LINE && !is_whole);
  // One member after another.
  uint8_t *twice = malloc(2 * size);
  memcpy(twice, bytes, size);
  memcpy(twice + size, bytes, size);
  EXPECT(unpack(format, twice, 2 * size, 2 * size, 1 << 20, &is_whole) == 2 * LINES * LINE);
  EXPECT(is_whole);
  free(twice);
  bytes[0] ^= 0xff;
  EXPECT(unpack(format, bytes, size, size, 1 << 16, &is_whole) == -1);
}

int main(int argc, char **argv) {
  EXPECT(fini_inflate_begin(0) == 0);
  for (int index = 2; index < argc; index++) {
    static uint8_t room[1 << 20];
    FILE *file = fopen(argv[index], "rb");
    if (!file) return 2;
    size_t size = fread(room, 1, sizeof room, file);
    fclose(file);
    // A copy of just that size: a read beyond it is seen.
    uint8_t *bytes = malloc(size);
    memcpy(bytes, room, size);
    check(atoi(argv[1]), bytes, size);
    free(bytes);
  }
  if (!failures) puts("inflate: every stream read");
  return failures ? 1 : 0;
}
