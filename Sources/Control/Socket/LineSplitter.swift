internal import NIOCore

/// Cuts what arrives into lines.
struct LineSplitter {
    /// A line has no more bytes; a longer one is not ours.
    let lengthMax: Int
    private var rest: [UInt8] = []

    init(lengthMax: Int) {
        self.lengthMax = lengthMax
    }

    /// The lines that these bytes complete, without their ends.
    mutating func take(_ buffer: ByteBuffer) throws -> [[UInt8]] {
        var lines: [[UInt8]] = []
        for byte in buffer.readableBytesView {
            if byte == UInt8(ascii: "\n") {
                lines.append(rest)
                rest = []
            } else {
                guard rest.count < lengthMax else { throw LineTooLong() }
                rest.append(byte)
            }
        }
        return lines
    }
}

/// What arrived is no line of ours.
struct LineTooLong: Error {}
