internal import Connector
internal import PostgresClient

/// Decides whether a slot can be trusted to hold everything after a position.
enum SlotGuard {
    /// - Parameters:
    ///   - end: Where streaming resumes; nil for a pipeline that never ran.
    /// - Returns: nil where the slot does not exist and none is needed yet.
    /// - Throws: ``MillraceError`` with `positionLost` or `sourceRejected`, saying what to do.
    static func verify(_ slot: SlotFacts?, named name: String, database: String, resumingAt end: LSN?) throws {
        guard let slot else {
            guard end != nil else { return }
            throw missing(slot: name)
        }
        guard slot.plugin == "pgoutput" else {
            throw MillraceError(
                .sourceRejected,
                "the replication slot is of another kind (\(slot.plugin.isEmpty ? "physical" : slot.plugin)); give the "
                    + "pipeline another `slot`, or drop it", place: name)
        }
        guard slot.database == database else {
            throw MillraceError(
                .sourceRejected,
                "the replication slot belongs to database \(slot.database); give the pipeline another `slot`",
                place: name)
        }
        guard !slot.isTwoPhase else {
            throw MillraceError(
                .sourceRejected, "the replication slot sends prepared transactions (two_phase); create one without",
                place: name)
        }
        guard slot.isUsable, let confirmed = slot.confirmed else {
            // One that nothing resumes from is made anew.
            guard end != nil else { return }
            throw MillraceError(
                .positionLost,
                "the server has removed log that the replication slot still needed (max_slot_wal_keep_size): " + resync,
                place: name)
        }
        guard let end else { return }
        // Nothing is received before it is flushed, so a log that ends earlier is an older one.
        guard slot.head >= end else {
            throw MillraceError(
                .positionLost,
                "the server's log ends before the checkpoint: it was restored from an older copy of itself: " + resync,
                place: name)
        }
        guard confirmed <= end else {
            throw MillraceError(
                .positionLost,
                "the replication slot is ahead of the checkpoint: it was dropped and created again, advanced by "
                    + "someone else, or the checkpoint is an old one: " + resync, place: name)
        }
    }

    /// The error that says that a slot is gone.
    static func missing(slot name: String) -> MillraceError {
        MillraceError(
            .positionLost,
            "the replication slot does not exist any more, so changes since the checkpoint are lost: " + resync,
            place: name)
    }

    /// The error that says that a publication is gone, and with it what was written since.
    static func missing(publication name: String) -> MillraceError {
        MillraceError(
            .positionLost, "the publication was dropped; changes since then cannot be read: " + resync, place: name)
    }

    /// Refuses another server, timeline or database than the checkpoint's.
    static func verify(_ identity: SourceIdentity, against expected: SourceIdentity) throws {
        let differences = identity.differences(from: expected)
        guard !differences.isEmpty else { return }
        let advice =
            differences == ["timeline"]
            ? "the server was promoted or restored to a point in time, and positions may mean something else now: "
            : "it is not the server or database that the checkpoint was made for: point the url back, or "
        throw MillraceError(
            .sourceChanged, "the source differs in \(differences.joined(separator: ", ")): \(advice)\(resync)")
    }

    /// What to do where changes are lost.
    static let resync =
        "run `millrace checkpoint reset` and `millrace run`, which reads every table again and deletes from the sinks "
        + "what the source no longer has"
}
