internal import Wire

/// Numbers sink keys in the order in which they first come: an open-addressing table whose keys stand in one buffer,
/// emptied and used again for each window.
struct KeyTable {
    private struct Slot {
        /// The lower half of the key's hash.
        var hash: UInt32
        /// The key's number plus one; zero for a free slot.
        var mark: UInt32
    }

    private var slots = [Slot](repeating: Slot(hash: 0, mark: 0), count: Self.smallest)
    /// Each key behind the number of its scope.
    private var keys: [UInt8] = []
    /// Where each key ends in the buffer, by number.
    private var ends: [Int] = []
    private static let smallest = 64
    private static let scopeBytes = 4

    var count: Int { ends.count }

    /// How many bytes of memory the table holds.
    var byteCount: Int {
        slots.count * MemoryLayout<Slot>.stride + GrownArray.byteCount(keys) + GrownArray.byteCount(ends)
    }

    /// The number of a key; one that is new gets the next number.
    ///
    /// - Parameter hash: the hash of the key alone.
    mutating func insert(_ key: Span<UInt8>, hash: UInt64, in scope: Int) -> (number: Int, isNew: Bool) {
        if count * 4 >= slots.count * 3 { grow() }
        let hash = Self.scoped(hash, scope)
        let index = place(of: key, hash: hash, in: scope)
        if slots[index].mark != 0 { return (Int(slots[index].mark) - 1, false) }
        keys.append(bigEndian: UInt32(truncatingIfNeeded: scope))
        keys.append(key)
        ends.append(keys.count)
        slots[index] = Slot(hash: hash, mark: UInt32(ends.count))
        return (ends.count - 1, true)
    }

    /// The number of a key, if it has one.
    func number(of key: Span<UInt8>, hash: UInt64, in scope: Int) -> Int? {
        let mark = slots[place(of: key, hash: Self.scoped(hash, scope), in: scope)].mark
        return mark == 0 ? nil : Int(mark) - 1
    }

    /// The key of a number.
    @_lifetime(borrow self)
    func key(_ number: Int) -> Span<UInt8> {
        keys.span.extracting(start(of: number) + Self.scopeBytes..<ends[number])
    }

    /// Forgets every key. A table that is large for what it held gives its memory back.
    mutating func removeAll() {
        guard count > 0 else { return }
        if slots.count > Self.smallest, slots.count > count * 8 || slots.count > 1 << 10 {
            self = KeyTable()
            return
        }
        for index in slots.indices { slots[index].mark = 0 }
        keys.removeAll(keepingCapacity: keys.capacity <= 1 << 14)
        ends.removeAll(keepingCapacity: true)
    }

    private static func scoped(_ hash: UInt64, _ scope: Int) -> UInt32 {
        let mixed = hash ^ UInt64(truncatingIfNeeded: scope) &* 0x9e37_79b9_7f4a_7c15
        return UInt32(truncatingIfNeeded: mixed ^ mixed >> 32)
    }

    private func start(of number: Int) -> Int { number == 0 ? 0 : ends[number - 1] }

    /// The slot that holds the key, or the free one where it belongs.
    private func place(of key: Span<UInt8>, hash: UInt32, in scope: Int) -> Int {
        let mask = slots.count - 1
        var index = Int(hash) & mask
        while slots[index].mark != 0 {
            if slots[index].hash == hash, isKey(key, in: scope, numbered: Int(slots[index].mark) - 1) { break }
            index = (index + 1) & mask
        }
        return index
    }

    private func isKey(_ key: Span<UInt8>, in scope: Int, numbered number: Int) -> Bool {
        let start = start(of: number)
        guard ends[number] - start == key.count + Self.scopeBytes else { return false }
        var owner: UInt32 = 0
        for index in start..<start + Self.scopeBytes { owner = owner << 8 | UInt32(keys[index]) }
        return owner == UInt32(truncatingIfNeeded: scope)
            && keys.span.extracting(start + Self.scopeBytes..<ends[number]).isEqual(to: key)
    }

    private mutating func grow() {
        var larger = [Slot](repeating: Slot(hash: 0, mark: 0), count: slots.count * 2)
        let mask = larger.count - 1
        for slot in slots where slot.mark != 0 {
            var index = Int(slot.hash) & mask
            while larger[index].mark != 0 { index = (index + 1) & mask }
            larger[index] = slot
        }
        slots = larger
    }
}
