/// What arrays hold that grew element by element.
enum GrownArray {
    /// How many bytes an array has room for, which doubles as it grows.
    ///
    /// Not its `capacity`: the allocator has a say in that, and decisions that follow it would differ between two runs of one
    /// schedule.
    static func byteCount<Element>(_ array: borrowing [Element]) -> Int {
        let count = array.count
        guard count > 1 else { return count * MemoryLayout<Element>.stride }
        return (1 << (Int.bitWidth - (count - 1).leadingZeroBitCount)) * MemoryLayout<Element>.stride
    }
}
