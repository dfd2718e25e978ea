#include <zlib.h>

// deflateInit2 is a macro, which Swift does not see. 15 + 16: the largest window, in a gzip wrapper (RFC 1952).
static inline int czlib_gzip_init(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
