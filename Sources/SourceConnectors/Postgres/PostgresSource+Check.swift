internal import Change
internal import Connector
internal import PostgresClient

extension PostgresSource {
    func check() async -> [Diagnostic] {
        do {
            return try await ask("checking the source") { [options, tables] session in
                try SourceCheck(options: options, tables: tables).run(on: session)
            }
        } catch {
            return [Diagnostic(.error, at: options.tablesLocation, "the source could not be checked: \(error)")]
        }
    }
}
