internal import ArgumentParser
internal import Change
internal import Pipelines

/// A table's name on the command line, in the form of pipeline files.
struct TableArgument: ExpressibleByArgument {
    let table: TableName

    init?(argument: String) {
        guard let table = try? TableName(written: argument) else { return nil }
        self.table = table
    }
}
