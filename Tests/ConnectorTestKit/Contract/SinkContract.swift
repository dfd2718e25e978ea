/// What every sink with a version guard promises: run each of ``checks`` on a subject of its own.
public enum SinkContract {
    /// One promise, as a sentence, and how it is put to the test.
    public struct Check: Sendable {
        public let name: String
        public let run: @Sendable (ContractSubject) async throws -> Void

    }

    public static let checks: [Check] = [
        Check(name: "a batch applied twice changes nothing the second time", run: applyTwice),
        Check(name: "any prefix of a batch may be applied twice", run: applyPrefixes),
        Check(name: "an old batch after a new one changes nothing", run: applyOldAfterNew),
        Check(name: "a write replaces the whole row", run: replaceWhole),
        Check(name: "one batch may hold a key several times", run: repeatKeyInBatch),
        Check(name: "an older upsert does not revive what was deleted", run: deleteThenOlderUpsert),
        Check(name: "a delete of what was never there is remembered", run: deleteUnseen),
        Check(name: "a newer upsert follows a delete", run: upsertAfterDelete),
        Check(name: "keys and values hold any text", run: oddTexts),
        Check(name: "large values are whole", run: largeValues),
        Check(name: "versions differ down to their last bit", run: adjacentVersions),
        Check(name: "a truncate spares what is newer and what is not its own", run: truncate),
        Check(name: "what a truncate removed is not revived", run: truncateThenOlder),
        Check(name: "a row of a truncate's own window, after it, is written", run: truncateThenSameWindow),
        Check(name: "a scan finds what stands there and nothing else", run: scan),
        Check(name: "what a scan found is deleted unless it is newer by then", run: deleteScanned),
        Check(name: "what was deleted after a scan is not revived", run: deleteScannedForGood),
        Check(name: "what was written compares as equal", run: compareWritten),
        Check(name: "what is not there is missed, and what should not be there is found", run: compareMissing),
        Check(name: "what stands there otherwise is told apart", run: compareOther),
        Check(name: "what was damaged behind the sink's back is found", run: compareCorrupted),
        Check(name: "the marker is what was written last", run: marker),
        Check(name: "a random history and its replays end in the same state", run: randomHistories),
    ]

    /// What a sink promises whose target compares no versions: replays that go on to their end leave what was there.
    public static let unguardedChecks: [Check] = [
        Check(name: "a batch applied twice changes nothing the second time", run: repeatBatch),
        Check(name: "a write replaces the whole row", run: replaceWhole),
        Check(name: "one batch may hold a key several times", run: repeatKeyInBatch),
        Check(name: "a delete of what was never there, and a second one, succeed", run: deleteTwice),
        Check(name: "keys and values hold any text", run: oddTexts),
        Check(name: "large values are whole", run: largeValues),
        Check(name: "a truncate spares what is newer and what is not its own", run: truncate),
        Check(name: "a row of a truncate's own window, after it, is written", run: truncateThenSameWindow),
        Check(name: "a scan finds what stands there and nothing else", run: scan),
        Check(name: "what a scan found is deleted unless it is newer by then", run: deleteScanned),
        Check(name: "what was written compares as equal", run: compareWritten),
        Check(name: "what is not there is missed, and what should not be there is found", run: compareMissing),
        Check(name: "what stands there otherwise is told apart", run: compareOther),
        Check(name: "what was damaged behind the sink's back is found", run: compareCorrupted),
        Check(name: "the marker is what was written last", run: marker),
        Check(name: "a replay from any earlier place on ends in the same state", run: replayToTheEnd),
    ]
}
