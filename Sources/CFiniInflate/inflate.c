#include "CFiniInflate.h"

#include <lzma.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

struct stream {
  int format;
  int is_whole;
  z_stream gzip;
  ZSTD_DStream *zstd;
  lzma_stream xz;
};

// More than any preset of xz asks for (65 MiB); a hostile file may ask for 4 GiB.
static const uint64_t xz_memory = UINT64_C(128) << 20;

uintptr_t fini_inflate_begin(int format) {
  struct stream *stream = calloc(1, sizeof *stream);
  if (!stream) return 0;
  stream->format = format;
  // 15 bits of window; 16 more to ask for a gzip header.
  if (format == FINI_GZIP && inflateInit2(&stream->gzip, 15 + 16) == Z_OK) return (uintptr_t)stream;
  if (format == FINI_ZSTD && (stream->zstd = ZSTD_createDStream())) return (uintptr_t)stream;
  // Other streams may follow the first one, as when files are appended to each other.
  if (format == FINI_XZ && lzma_stream_decoder(&stream->xz, xz_memory, LZMA_CONCATENATED) == LZMA_OK)
    return (uintptr_t)stream;
  free(stream);
  return 0;
}

static int64_t step_gzip(struct stream *stream, const uint8_t *in, size_t in_count,
                         size_t *consumed, uint8_t *out, size_t out_count) {
  // One member may follow another, as when logs are appended to each other.
  if (stream->is_whole) {
    if (inflateReset(&stream->gzip) != Z_OK) return -1;
    stream->is_whole = 0;
  }
  stream->gzip.next_in = (Bytef *)(uintptr_t)in;
  stream->gzip.avail_in = (uInt)in_count;
  stream->gzip.next_out = out;
  stream->gzip.avail_out = (uInt)out_count;
  int result = inflate(&stream->gzip, Z_NO_FLUSH);
  *consumed = in_count - stream->gzip.avail_in;
  if (result == Z_STREAM_END) {
    stream->is_whole = 1;
  } else if (result != Z_OK && result != Z_BUF_ERROR) {
    return -1;
  }
  return (int64_t)(out_count - stream->gzip.avail_out);
}

static int64_t step_zstd(struct stream *stream, const uint8_t *in, size_t in_count,
                         size_t *consumed, uint8_t *out, size_t out_count) {
  ZSTD_inBuffer from = {in, in_count, 0};
  ZSTD_outBuffer to = {out, out_count, 0};
  size_t result = ZSTD_decompressStream(stream->zstd, &to, &from);
  *consumed = from.pos;
  if (ZSTD_isError(result)) return -1;
  stream->is_whole = result == 0;
  return (int64_t)to.pos;
}

static int64_t step_xz(struct stream *stream, const uint8_t *in, size_t in_count, size_t *consumed,
                       uint8_t *out, size_t out_count) {
  stream->xz.next_in = in;
  stream->xz.avail_in = in_count;
  stream->xz.next_out = out;
  stream->xz.avail_out = out_count;
  // No input is the end of the file: only then it can be told that no further stream follows.
  lzma_ret result = lzma_code(&stream->xz, in_count ? LZMA_RUN : LZMA_FINISH);
  *consumed = in_count - stream->xz.avail_in;
  stream->is_whole = result == LZMA_STREAM_END;
  if (result != LZMA_OK && result != LZMA_STREAM_END && result != LZMA_BUF_ERROR) return -1;
  return (int64_t)(out_count - stream->xz.avail_out);
}

int64_t fini_inflate_step(uintptr_t handle, const uint8_t *in, size_t in_count, size_t *consumed,
                          uint8_t *out, size_t out_count) {
  struct stream *stream = (struct stream *)handle;
  *consumed = 0;
  // The file has ended, and so has its last stream: a step more would begin another one.
  if (!in_count && stream->is_whole) return 0;
  switch (stream->format) {
  case FINI_GZIP: return step_gzip(stream, in, in_count, consumed, out, out_count);
  case FINI_XZ: return step_xz(stream, in, in_count, consumed, out, out_count);
  default: return step_zstd(stream, in, in_count, consumed, out, out_count);
  }
}

int fini_inflate_is_whole(uintptr_t handle) { return ((struct stream *)handle)->is_whole; }

void fini_inflate_end(uintptr_t handle) {
  struct stream *stream = (struct stream *)handle;
  if (stream->format == FINI_GZIP) inflateEnd(&stream->gzip);
  if (stream->zstd) ZSTD_freeDStream(stream->zstd);
  if (stream->format == FINI_XZ) lzma_end(&stream->xz);
  free(stream);
}
