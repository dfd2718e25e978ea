internal import CZlib

/// Compresses bytes into the gzip format (RFC 1952), by zlib.
public enum Gzip {
    /// How much work is spent: what is sent over a network once is compressed fast.
    public enum Effort: Sendable {
        case fast
        case thorough

        fileprivate var level: Int32 {
            switch self {
            case .fast: Z_BEST_SPEED
            case .thorough: Z_BEST_COMPRESSION
            }
        }
    }

    /// Why zlib did not compress; it only ever lacks memory.
    public struct Failure: Error, Equatable {
        public let code: Int32
    }

    /// The compressed form of the bytes, one gzip member.
    public static func compress(_ bytes: [UInt8], effort: Effort = .fast) throws(Failure) -> [UInt8] {
        var stream = z_stream()
        let started = czlib_gzip_init(&stream, effort.level)
        guard started == Z_OK else { throw Failure(code: started) }
        defer { deflateEnd(&stream) }
        // One call takes everything: the output has room for the worst case, and lengths are 32 bits.
        guard let length = UInt32(exactly: bytes.count) else { throw Failure(code: Z_BUF_ERROR) }
        let room = Int(deflateBound(&stream, UInt(length)))
        guard let roomLength = UInt32(exactly: room) else { throw Failure(code: Z_BUF_ERROR) }
        var outcome = Z_OK
        // SAFETY: zlib reads `length` bytes of the input, which lives through the closure, and writes at most
        // `roomLength` bytes of the output, which has that capacity; `next_in` is not written through.
        let compressed = bytes.withUnsafeBufferPointer { input in
            [UInt8](unsafeUninitializedCapacity: room) { output, count in
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.avail_in = length
                stream.next_out = output.baseAddress
                stream.avail_out = roomLength
                outcome = deflate(&stream, Z_FINISH)
                count = room - Int(stream.avail_out)
            }
        }
        guard outcome == Z_STREAM_END else { throw Failure(code: outcome) }
        return compressed
    }
}
