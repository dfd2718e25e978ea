internal import Control
internal import Logging
internal import ServiceLifecycle

/// Shows how the pipelines get on: a table on a terminal, now and then a log line elsewhere.
struct ProgressService: Service {
    let desks: [ControlDesk]
    let logger: Logger

    func run() async throws {
        try? await cancelWhenGracefulShutdown { try await showEverySoOften() }
        Console.show([])
    }

    private func showEverySoOften() async throws {
        if Console.isTerminal { try await showTable() } else { try await logLines() }
    }

    private func showTable() async throws {
        var table = ProgressTable()
        while true {
            Console.show(table.lines(for: await reports()))
            try await Task.sleep(for: .seconds(1))
        }
    }

    private func logLines() async throws {
        var meter = ProgressMeter()
        _ = await meter.lines(for: reports())
        while true {
            try await Task.sleep(for: .seconds(10))
            for line in await meter.lines(for: reports()) where line.isWorthLogging {
                logger.info("\(line.text)", metadata: ["pipeline": "\(line.pipeline)"])
            }
        }
    }

    private func reports() async -> [StatusReport] {
        var reports: [StatusReport] = []
        for desk in desks { reports.append(await desk.report()) }
        return reports
    }
}
