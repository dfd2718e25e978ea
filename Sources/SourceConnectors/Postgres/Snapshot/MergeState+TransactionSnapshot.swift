extension MergeState {
    /// Forgets delivered transactions that every later snapshot sees as well.
    mutating func prune(seenBy snapshot: TransactionSnapshot) {
        prune { snapshot.sees($0) }
    }
}

extension SnapshotMerge {
    /// Forgets delivered transactions that every later snapshot sees as well.
    func prune(seenBy snapshot: TransactionSnapshot) {
        prune { snapshot.sees($0) }
    }
}
