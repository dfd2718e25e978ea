internal import CLibPQ
internal import Threads

extension PostgresConnection {
    /// Runs `COPY … TO STDOUT` and hands over each line of its text form, without the newline, in order.
    ///
    /// Memory is bounded by the longest line. The span is valid during the call only. When `onRow` throws, the
    /// statement is cancelled, the error passes through, and the session is usable again.
    ///
    /// - Parameter patience: how long the server may be silent, between two lines, too: it may read much that it does not
    ///   send.
    /// - Throws: `timeout` when it was silent for longer; the session is then of no use any more.
    @available(*, noasync)
    public func copyOut(
        _ sql: String, patience: Duration = .seconds(600), onRow: (Span<UInt8>) throws -> Void
    ) throws {
        let usual = handle.patience
        defer { handle.patience = usual }
        handle.patience = patience
        try handle.sendSimple(sql)
        guard let result = try handle.nextResult() else { throw handle.lost() }
        guard result.status == PGRES_COPY_OUT else {
            throw handle.refusal(result)
                ?? PostgresError(.configuration, message: "the statement is not a COPY TO STDOUT")
        }
        do {
            while let line = try handle.nextCopyLine() {
                try onRow(line.bytes)
            }
        } catch let error as PostgresError where error.kind == .interrupted {
            throw error
        } catch let error as PostgresError where error.kind == .timeout {
            throw error
        } catch {
            guard handle.cancelStatement() else { throw PostgresError.silent(for: handle.patience) }
            try handle.drain()
            throw error
        }
        try handle.finishCommand()
    }
}

extension ConnectionHandle {
    /// The next line of the COPY in progress, or nil at its end.
    func nextCopyLine() throws(PostgresError) -> CopyBuffer? {
        while true {
            var buffer: UnsafeMutablePointer<CChar>?
            let count = PQgetCopyData(pointer, &buffer, 1)
            if count > 0, let buffer { return CopyBuffer(buffer, count: Int(count)) }
            switch count {
            case 0:
                if !(try wait(timeout: .zero).isSocketReady) {
                    try letRowsGather()
                    try waitForServer()
                }
                try consume()
            case -1: return nil
            default: throw lost()
            }
        }
    }

    /// Gives the server a moment to send more: it sends 8 KiB at a time, and to be woken for each of them costs both
    /// sides more than the rows do.
    private func letRowsGather() throws(PostgresError) {
        try wait(toRead: false, timeout: .milliseconds(1))
    }

    /// What the server refused a COPY with, when the rest of its answer has been taken.
    func refusal(_ result: ResultHandle) -> PostgresError? {
        // The refusal itself says more than a connection that was lost over it.
        try? drain()
        return result.failure
    }

    /// Takes and forgets whatever the command in progress still sends.
    func drain() throws(PostgresError) {
        while let result = try nextResult() {
            guard PQstatus(pointer) != CONNECTION_BAD else { throw lost() }
            guard result.status == PGRES_COPY_OUT || result.status == PGRES_COPY_BOTH else { continue }
            while try nextCopyLine() != nil {}
        }
    }
}
