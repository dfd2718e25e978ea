public import NIOCore

/// The framing of Bolt: messages as chunks of at most 65,535 bytes, each with its length before it, and an empty chunk at
/// the end. An empty chunk between messages keeps a connection alive and means nothing.
public enum BoltChunks {
    public static let chunkMax = 65_535

    /// Appends one message.
    public static func append(_ message: [UInt8], to buffer: inout ByteBuffer) {
        var rest = message[...]
        while !rest.isEmpty {
            let chunk = rest.prefix(chunkMax)
            buffer.writeInteger(UInt16(chunk.count))
            buffer.writeBytes(chunk)
            rest = rest.dropFirst(chunkMax)
        }
        buffer.writeInteger(UInt16(0))
    }
}

/// Puts messages together out of the bytes as they arrive.
public struct BoltChunkReader {
    private let messageBytesMax: Int
    private var received = ByteBuffer()
    private var message: [UInt8] = []

    /// - Parameter messageBytesMax: how large a message may be.
    public init(messageBytesMax: Int) {
        self.messageBytesMax = messageBytesMax
    }

    /// Takes what has arrived.
    public mutating func feed(_ bytes: ByteBuffer) {
        var bytes = bytes
        if received.readableBytes == 0 {
            received = bytes
        } else {
            received.writeBuffer(&bytes)
        }
        if received.readerIndex > 1 << 16 { received.discardReadBytes() }
    }

    /// The next whole message, nil until it has arrived.
    public mutating func next() throws(PackStreamError) -> [UInt8]? {
        while let size: UInt16 = received.getInteger(at: received.readerIndex) {
            guard received.readableBytes >= 2 + Int(size) else { return nil }
            received.moveReaderIndex(forwardBy: 2)
            if size == 0 {
                if message.isEmpty { continue }
                defer { message = [] }
                return message
            }
            guard message.count + Int(size) <= messageBytesMax, let chunk = received.readBytes(length: Int(size)) else {
                throw .tooLarge
            }
            message += chunk
        }
        return nil
    }
}
