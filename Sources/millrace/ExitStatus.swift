internal import ArgumentParser
internal import Connector
internal import Control

/// What the process says by its exit status. The numbers are part of the command line: they never change their meaning.
enum ExitStatus: Int32, CaseIterable {
    case success = 0
    /// Something went wrong while running.
    case failure = 1
    /// The command line or a pipeline file is wrong; nothing was started.
    case configuration = 2
    /// The command needs the running pipeline, and no process runs it.
    case notRunning = 3
    /// Another process runs the pipeline, or reads its slot.
    case inUse = 4
    /// What was waited for did not come in time.
    case timeout = 5
    /// The state is damaged, of another pipeline, of a later version, or cannot be read or written.
    case state = 6
    /// The process was stopped before everything it had taken was settled; the rest is sent again at the next start.
    case undrained = 7

    /// What the help says of it.
    var summary: String {
        switch self {
        case .success: "all is well"
        case .failure: "something went wrong while running"
        case .configuration: "the command line or a pipeline file is wrong; nothing was started"
        case .notRunning: "the command needs the running pipeline, and no process runs it"
        case .inUse: "another process runs the pipeline or reads its slot"
        case .timeout: "what was waited for did not come in time"
        case .state: "the state is damaged, foreign, or cannot be read or written"
        case .undrained: "stopped before everything taken was settled; the rest is sent again at the next start"
        }
    }

    /// The status for an error.
    init(_ error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure.status
        case is ConfigurationErrors, is ValidationError: self = .configuration
        case let error as MillraceError: self.init(code: error.code.description)
        case let failure as ControlFailure: self.init(code: failure.code)
        default: self = .failure
        }
    }

    private init(code: String) {
        let statuses: [(MillraceError.Code, ExitStatus)] = [
            (.configuration, .configuration), (.stateInUse, .inUse), (.slotInUse, .inUse), (.stateForeign, .state),
            (.stateUnavailable, .state),
        ]
        self = statuses.first { $0.0.description == code }?.1 ?? .failure
    }
}

/// Why a command ends, in words, with the status to end by.
struct CommandFailure: Error, CustomStringConvertible {
    var status: ExitStatus
    var description: String

    init(_ status: ExitStatus, _ description: String) {
        self.status = status
        self.description = description
    }
}
