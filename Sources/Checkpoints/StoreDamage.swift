internal import Connector
internal import GRDB

/// Why a file cannot be this pipeline's store.
enum StoreDamage: Error {
    case torn
    case notAStore
    case notAFile
    case orphanedLog
    case laterFormat(Int)
    case unknownFormat(Int)
    case ofAnotherPipeline(String)

    /// The error for whoever opened the store, with what to do.
    func error(at path: String) -> MillraceError {
        let restore = "restore it from a backup, or reset the pipeline's state, which loads every table anew"
        let message =
            switch self {
            case .torn: "the state is damaged; \(restore)"
            case .notAStore: "the file is not a Millrace state; move it away, or give another state folder"
            case .notAFile: "the state is not a regular file; move it away, or give another state folder"
            case .orphanedLog: "the state is gone but its write-ahead log is still there; \(restore)"
            case .laterFormat(let format):
                "the state has format \(format), which a later version of Millrace wrote; this one reads up to "
                    + "\(StoreFormat.current)"
            case .unknownFormat(let format): "the state has format \(format), which this version does not read"
            case .ofAnotherPipeline(let name): "the state belongs to pipeline \(name)"
            }
        return MillraceError(.stateForeign, message, place: path)
    }
}

extension MillraceError {
    /// What an error of the store's file means for the pipeline. Words only: SQL text and values stay behind.
    init(_ failure: any Error, at path: String) {
        switch failure {
        case let failure as MillraceError: self = failure
        case let damage as StoreDamage: self = damage.error(at: path)
        case let failure as DatabaseError: self = Self.sqlite(failure, at: path)
        default: self.init(.stateForeign, "the state holds what this version does not read", place: path)
        }
    }

    private static func sqlite(_ failure: DatabaseError, at path: String) -> MillraceError {
        let code = failure.extendedResultCode
        switch failure.resultCode {
        case .SQLITE_IOERR where code == .SQLITE_IOERR_SHORT_READ || code == .SQLITE_IOERR_CORRUPTFS:
            return StoreDamage.torn.error(at: path)
        case .SQLITE_FULL: return unavailable("the disk is full", code, at: path)
        case .SQLITE_READONLY: return unavailable("the file or its folder is read-only", code, at: path)
        case .SQLITE_IOERR: return unavailable("the disk failed", code, at: path)
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH:
            return unavailable("the file cannot be opened", code, at: path)
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL:
            return unavailable("another program holds the file", code, at: path)
        case .SQLITE_NOMEM, .SQLITE_INTERRUPT: return unavailable("there is no memory", code, at: path)
        default: return StoreDamage.torn.error(at: path)
        }
    }

    private static func unavailable(_ words: String, _ code: ResultCode, at path: String) -> MillraceError {
        MillraceError(
            .stateUnavailable, "the state cannot be written or read: \(words) (SQLite \(code.rawValue))", place: path)
    }
}
