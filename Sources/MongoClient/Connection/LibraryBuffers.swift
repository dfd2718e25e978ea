internal import CMongoC
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Keeps a few of libbson's large buffers for the next of their size.
///
/// Every answer is one buffer of megabytes to receive it and another one to keep it. The allocator gives memory of that
/// size back to the system at once, so that each answer would have all of its pages made anew, which costs more than
/// reading it. Safe from any thread.
enum LibraryBuffers {
    /// Smaller buffers the allocator keeps itself.
    private static let largeBytes = 128 << 10
    /// How much lies unused at the most; what does not fit is given back.
    private static let keptBytesMax = 12 << 20

    // Nobody uses a buffer while it lies here, and the lock orders its users.
    private struct Kept: @unchecked Sendable {
        var buffers: [UnsafeMutableRawPointer] = []
        var bytes = 0
    }

    private static let kept = Mutex(Kept())

    /// Has libbson and libmongoc allocate here from now on; what they have already is freed as it was made.
    static func install() {
        var table = bson_mem_vtable_t()
        table.malloc = { LibraryBuffers.allocate($0) }
        table.calloc = { LibraryBuffers.allocateZeroed($0, $1) }
        table.realloc = { LibraryBuffers.resize($0, to: $1) }
        table.free = { LibraryBuffers.release($0) }
        bson_mem_set_vtable(&table)
    }

    static func allocate(_ count: Int) -> UnsafeMutableRawPointer? {
        guard count >= largeBytes else { return malloc(count) }
        return takeKept(count) ?? malloc(count)
    }

    private static func allocateZeroed(_ count: Int, _ size: Int) -> UnsafeMutableRawPointer? {
        // The system's pages are zeros already.
        calloc(count, size)
    }

    static func resize(_ buffer: UnsafeMutableRawPointer?, to count: Int) -> UnsafeMutableRawPointer? {
        guard let buffer else { return allocate(count) }
        // SAFETY: the allocator made the buffer, which is freed only by its owner, who is asking for this.
        let room = malloc_usable_size(buffer)
        if count <= room, room >= largeBytes { return buffer }
        guard count >= largeBytes, let larger = takeKept(count) else { return realloc(buffer, count) }
        // SAFETY: both have at least this much room, and neither is the other.
        larger.copyMemory(from: buffer, byteCount: min(room, count))
        release(buffer)
        return larger
    }

    static func release(_ buffer: UnsafeMutableRawPointer?) {
        guard let buffer else { return }
        // SAFETY: the allocator made the buffer, and its owner gives it up with this call.
        let room = malloc_usable_size(buffer)
        guard room >= largeBytes else { return free(buffer) }
        let entry = Kept(buffers: [buffer], bytes: room)
        let isKept = kept.withLock { kept in
            guard kept.bytes + entry.bytes <= keptBytesMax else { return false }
            kept.buffers += entry.buffers
            kept.bytes += entry.bytes
            return true
        }
        if !isKept { free(buffer) }
    }

    /// A kept buffer that is large enough, and not so large that it would be wasted.
    private static func takeKept(_ count: Int) -> UnsafeMutableRawPointer? {
        kept.withLock { kept -> Kept? in
            let place = kept.buffers.lastIndex {
                // SAFETY: the buffers that lie here are allocated.
                let room = malloc_usable_size($0)
                return room >= count && room <= 8 * count
            }
            guard let place else { return nil }
            let buffer = kept.buffers.remove(at: place)
            // SAFETY: it was allocated until now, and is from here on its taker's.
            let room = malloc_usable_size(buffer)
            kept.bytes -= room
            return Kept(buffers: [buffer], bytes: room)
        }?.buffers.first
    }
}
