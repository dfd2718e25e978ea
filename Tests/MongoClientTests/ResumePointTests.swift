import MongoClient
import Testing

struct ResumePointTests {
    private let start = ChangeStreamStart.atOperationTime(MongoTimestamp(seconds: 5, increment: 1))

    @Test func anEventMovesThePointAndAnEmptyAnswerMovesItFurther() {
        var point = ResumePoint(start)
        #expect(point.start == start)
        point.consumedAll(postBatchToken: nil)
        #expect(point.start == start)
        point.consumed(token: [1])
        #expect(point.start == .resumeAfter([1]))
        point.consumedAll(postBatchToken: [2])
        #expect(point.start == .resumeAfter([2]))
    }

    @Test func afterAnInvalidateAStreamIsStartedAndNotResumed() {
        var point = ResumePoint(start)
        point.invalidated(token: [3])
        // The answer that carried the invalidate has its token as well.
        point.consumedAll(postBatchToken: [3])
        #expect(point.start == .startAfter([3]))
        #expect(point.hasEnded)
        point.opened()
        point.consumedAll(postBatchToken: [4])
        #expect(point.start == .resumeAfter([4]))
        #expect(!point.hasEnded)
    }

    @Test func onlyWhatTheSpecificationNamesIsResumable() {
        #expect(ResumePoint.isResumable(MongoError(.connectionLost, message: "")))
        #expect(ResumePoint.isResumable(MongoError(.server, code: .cursorNotFound, message: "")))
        #expect(
            ResumePoint.isResumable(
                MongoError(.server, code: .primarySteppedDown, isLabelledResumable: true, message: "")))
        #expect(!ResumePoint.isResumable(MongoError(.server, code: .primarySteppedDown, message: "")))
        #expect(!ResumePoint.isResumable(MongoError(.server, code: .changeStreamHistoryLost, message: "")))
        #expect(!ResumePoint.isResumable(MongoError(.unreachable, message: "")))
        #expect(!ResumePoint.isResumable(MongoError(.authentication, code: .unauthorized, message: "")))
        #expect(!ResumePoint.isResumable(MongoError(.protocolViolation, message: "")))
    }

    @Test func aTokenTellsItsTime() throws {
        let token = try bson(#"{"_data": "8265A1F2B3000000052B022C0100296E5A1004"}"#)
        #expect(ResumeToken.clusterTime(of: token) == MongoTimestamp(seconds: 0x65A1_F2B3, increment: 5))
        for strange in [
            #"{"_data": "8265A1"}"#, #"{"_data": "8165A1F2B3000000052B"}"#, #"{"_data": "82zz"}"#, "{}",
            #"{"_data": 5}"#,
        ] {
            #expect(ResumeToken.clusterTime(of: try bson(strange)) == nil)
        }
    }
}
