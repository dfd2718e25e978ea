internal import CMalloc

/// The C library's allocator, set up for a process whose memory is mostly buffers that come and go.
enum MemoryAllocator {
    /// Buffers of this size and more are mapped one by one, so that freeing them gives them back.
    ///
    /// Left alone, glibc raises the limit to the size of whatever was freed, up to 32 MiB; batches then come from the
    /// heaps of several threads and leave holes there that stay in memory.
    private static let mappedBytesMin: CInt = 128 << 10
    /// What a heap keeps at its end for what comes next: pages that are given back cost more to get again than to fill.
    private static let keptBytesMax: CInt = 1 << 20

    /// Called once, before other threads allocate.
    static func setUp() {
        _ = mallopt(M_MMAP_THRESHOLD, mappedBytesMin)
        _ = mallopt(M_TRIM_THRESHOLD, keptBytesMax)
    }
}
