import Randomness

/// A copy with a few bytes changed, removed, doubled or cut off.
func mutated(_ bytes: [UInt8], _ numbers: inout SeededNumbers) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...4, using: &numbers) where !bytes.isEmpty {
        let index = Int.random(in: 0..<bytes.count, using: &numbers)
        switch Int.random(in: 0..<5, using: &numbers) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &numbers)
        case 1: bytes.remove(at: index)
        case 2: bytes.insert(bytes[index], at: index)
        case 3: bytes.removeSubrange(index...)
        default: bytes[index] = Array("{}[](),\"\\:=-.0N ".utf8).randomElement(using: &numbers) ?? 0
        }
    }
    return bytes
}
