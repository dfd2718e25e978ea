import Connector
import RedisCodec
import Testing

@testable import SinkConnectors

@Suite struct RedisFailuresTests {
    private func name(_ result: ItemResult) -> String {
        switch result {
        case .applied: "applied"
        case .stale: "stale"
        case .retry: "retry"
        case .split: "split"
        case .park: "park"
        case .stop: "stop"
        }
    }

    @Test(arguments: [
        ("OOM command not allowed when used memory > 'maxmemory'.", "retry"),
        ("OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'", "retry"),
        ("READONLY You can't write against a read only replica.", "retry"), ("LOADING Redis is loading", "retry"),
        ("BUSY Redis is busy running a script.", "retry"), ("MISCONF Redis is configured to save", "retry"),
        ("NOREPLICAS Not enough good replicas to write.", "retry"), ("MASTERDOWN Link with MASTER is down", "retry"),
        ("CLUSTERDOWN Hash slot not served", "retry"), ("TRYAGAIN Multiple keys request during rehashing", "retry"),
        ("EXECABORT Transaction discarded", "retry"), ("SOMETHINGNEW happened", "retry"),
        ("ERR max number of clients reached", "retry"), ("WRONGTYPE Operation against a key", "park"),
        ("ERR value is not a valid float", "park"),
        ("ERR string exceeds maximum allowed size (proto-max-bulk-len)", "park"),
        ("NOPERM this user has no permissions to run the 'evalsha' command", "stop"),
        ("NOAUTH Authentication required.", "stop"), ("WRONGPASS invalid username-password pair", "stop"),
        ("CROSSSLOT Keys in request don't hash to the same slot", "stop"), ("MOVED 3999 127.0.0.1:6381", "stop"),
        ("ERR unknown command 'EVALSHA', with args beginning with: 'row value'", "stop"),
        ("ERR Error running script (call to f_1): @user_script:2: -OOM command not allowed", "retry"),
        ("ERR Error running script (call to f_1): @user_script: 2: -WRONGTYPE Operation against", "park"),
    ])
    func everyRefusalHasItsClass(message: String, expected: String) {
        let result = RedisFailures.result(for: RedisReplyError(message: message))
        #expect(name(result) == expected)
        #expect(!"\(result)".contains("row value"))
        let thrown = RedisFailures.thrown(for: RedisReplyError(message: message))
        #expect(thrown.code == (expected == "retry" ? .sinkUnavailable : .sinkRejected))
        #expect(!"\(thrown)".contains("row value"))
    }

    @Test(arguments: ["MOVED 3999 127.0.0.1:6381", "ASK 3999 127.0.0.1:6381", "CROSSSLOT Keys in request"])
    func aClusterIsNamedAsNotSupported(message: String) {
        let error = RedisFailures.thrown(for: RedisReplyError(message: message))
        #expect(error.message.contains("Redis Cluster") && error.message.contains("not supported"))
        #expect(error.message.contains("give the URL of a server that holds every key"))
        #expect(!error.message.contains("127.0.0.1"))
    }

    @Test func aCollectionThatIsTooLargeSaysWhatToDo() {
        #expect(RedisRowProblem.tooManyMembers.reason.contains("more than 500000 members"))
    }

    @Test func anIDThatAStreamHasPassedIsNoFailure() {
        #expect(
            RedisFailures.isOldEntry(
                RedisReplyError(
                    message: "ERR The ID specified in XADD is equal or smaller than the target stream top item")))
        #expect(!RedisFailures.isOldEntry(RedisReplyError(message: "ERR Invalid stream ID specified")))
    }

    @Test(arguments: [
        (RedisConnectionError.closed, MillraceError.Code.sinkUnavailable), (.timedOut, .sinkUnavailable),
        (.malformed(.malformed), .sinkUnavailable), (.unexpectedReply, .sinkUnavailable), (.untrusted, .sinkRejected),
        (.notEncrypted, .sinkRejected),
    ])
    func aLostConnectionIsTriedAgainAndAFalseCertificateIsNot(error: RedisConnectionError, code: MillraceError.Code) {
        #expect((RedisFailures.unavailable(error) as? MillraceError)?.code == code)
    }
}
