internal import Change
internal import Connector
internal import MongoClient

extension MongoDBSource {
    func check() async -> [Diagnostic] {
        do {
            let check = MongoSourceCheck(options: options, tables: tables)
            return try await connections.ask("checking the source") { try check.run(on: $0) }
        } catch let errors as ConfigurationErrors {
            return errors.diagnostics
        } catch {
            return [Diagnostic(.error, at: options.tablesLocation, "the source could not be checked: \(error)")]
        }
    }
}
