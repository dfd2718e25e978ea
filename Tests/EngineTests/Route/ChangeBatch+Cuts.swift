import Change

extension ChangeBatch {
    /// The same changes in smaller batches: cut within transactions and between them, their ends alone at times.
    func cut(using random: inout some RandomNumberGenerator) -> [ChangeBatch] {
        var parts: [ChangeBatch] = []
        var part = emptied
        for transaction in transactions {
            var next = transaction.changes.lowerBound
            while true {
                let count = Int.random(in: 0...40, using: &random)
                let end = Swift.min(transaction.changes.upperBound, next + count)
                let isLast = end == transaction.changes.upperBound && Bool.random(using: &random)
                var piece = transaction
                piece.end = isLast ? transaction.end : nil
                piece.changes = part.changes.count..<part.changes.count + (end - next)
                part.changes += changes[next..<end]
                part.transactions.append(piece)
                next = end
                if !isLast || Bool.random(using: &random) {
                    parts.append(part)
                    part = emptied
                }
                if isLast { break }
            }
        }
        if !part.transactions.isEmpty { parts.append(part) }
        return parts
    }

    /// The same changes, as if others that nobody wants had stood between them.
    func spread(by factor: UInt64) -> ChangeBatch {
        var spread = self
        for index in spread.changes.indices { spread.changes[index].ordinal *= factor }
        return spread
    }

    private var emptied: ChangeBatch {
        var batch = self
        batch.transactions = []
        batch.changes = []
        return batch
    }
}
