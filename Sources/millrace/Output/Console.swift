internal import Foundation
internal import Synchronization

/// Where text for people goes: answers to standard output, everything else to standard error.
///
/// Whatever is printed, nothing in it acts on a terminal: names of tables come from elsewhere, see ``VisibleText``.
///
/// On a terminal the last lines of standard error may be a block of progress, which stays below whatever is printed.
enum Console {
    private static let block = Mutex<[String]>([])

    /// Whether standard error is a terminal.
    static let isTerminal = isatty(STDERR_FILENO) == 1

    /// Prints an answer.
    static func out(_ text: String) {
        let text = VisibleText.of(text)
        write(text.isEmpty || text.hasSuffix("\n") ? text : text + "\n", to: .standardOutput)
    }

    /// Prints why the command failed.
    static func error(_ text: String, prefix: String = "millrace: ") {
        note(prefix + text)
    }

    /// Prints a line on standard error, above the block of progress.
    static func note(_ text: String) {
        block.withLock { block in
            write(erasing(block) + VisibleText.of(text) + "\n" + shown(block), to: .standardError)
        }
    }

    /// Shows a block of progress in place of the last one; nothing where standard error is no terminal.
    static func show(_ lines: [String]) {
        guard isTerminal else { return }
        block.withLock { block in
            let width = terminalWidth
            let lines = lines.map { String(VisibleText.of($0).prefix(max(1, width - 1))) }
            write(erasing(block) + shown(lines), to: .standardError)
            block = lines
        }
    }

    private static func shown(_ lines: [String]) -> String { lines.map { $0 + "\n" }.joined() }

    /// Moves to the start of the block and clears everything below.
    private static func erasing(_ lines: [String]) -> String {
        lines.isEmpty ? "" : "\u{1B}[\(lines.count)A\u{1B}[0J"
    }

    private static var terminalWidth: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 120 }
        return Int(size.ws_col)
    }

    /// A reader that has gone away is no reason to fail.
    private static func write(_ text: String, to handle: FileHandle) {
        try? handle.write(contentsOf: Data(text.utf8))
    }
}
