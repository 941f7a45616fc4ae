// Unpacks gzip, zstd and xz streams, one step at a time.

#ifndef CFINIINFLATE_H
#define CFINIINFLATE_H

#include <stddef.h>
#include <stdint.h>

enum { FINI_GZIP = 1, FINI_ZSTD = 2, FINI_XZ = 3 };

/// Starts a stream; zero if there is no memory or no such format.
uintptr_t fini_inflate_begin(int format);

/// Unpacks as much as fits into `out`. Returns how many bytes that are, or -1 if the stream is damaged;
/// `*consumed` is how much of `in` was used.
int64_t fini_inflate_step(uintptr_t stream, const uint8_t *in, size_t in_count, size_t *consumed,
                          uint8_t *out, size_t out_count);

/// Whether the stream may end here.
int fini_inflate_is_whole(uintptr_t stream);

/// Ends a stream.
void fini_inflate_end(uintptr_t stream);

#endif
