internal import CLibPQ

/// Owns one buffer that libpq allocated for a COPY message.
struct CopyBuffer: ~Copyable {
    private let start: UnsafeMutablePointer<CChar>
    private let count: Int

    init(_ start: UnsafeMutablePointer<CChar>, count: Int) {
        self.start = start
        self.count = count
    }

    deinit {
        PQfreemem(start)
    }

    /// The whole message.
    var message: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            // SAFETY: libpq allocated `count` bytes, which live until deinit; the span cannot outlive self.
            let buffer = UnsafeRawBufferPointer(start: start, count: count)
            let span = Span<UInt8>(_unsafeBytes: buffer)
            return _overrideLifetime(span, borrowing: self)
        }
    }

    /// The message without the newline that ends a line of COPY text.
    var bytes: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            let message = message
            let hasNewline = count > 0 && message[count - 1] == UInt8(ascii: "\n")
            return message.extracting(0..<(hasNewline ? count - 1 : count))
        }
    }
}
