public import Foundation

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension FileHandle {
    /// Reads to the end. Foundation's own call traps when a signal interrupts it.
    public func drain() -> [UInt8] {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = readSome(of: fileDescriptor, into: &part)
            if count > 0 { bytes += part[..<count] } else if count == 0 || errno != EINTR { return bytes }
        }
    }
}

/// Outside the extension, where `read` would be a method of the handle.
private func readSome(of descriptor: Int32, into part: inout [UInt8]) -> Int {
    read(descriptor, &part, part.count)
}
