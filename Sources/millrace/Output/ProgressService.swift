internal import Control
internal import Logging
internal import ServiceLifecycle

/// Shows how the pipelines get on: a block of lines on a terminal, now and then a log line elsewhere.
struct ProgressService: Service {
    let desks: [ControlDesk]
    let logger: Logger

    func run() async throws {
        try? await cancelWhenGracefulShutdown { try await showEverySoOften() }
        Console.show([])
    }

    private func showEverySoOften() async throws {
        var meter = ProgressMeter()
        _ = await meter.lines(for: reports())
        while true {
            try await Task.sleep(for: Console.isTerminal ? .seconds(1) : .seconds(10))
            show(await meter.lines(for: reports()))
        }
    }

    private func reports() async -> [StatusReport] {
        var reports: [StatusReport] = []
        for desk in desks { reports.append(await desk.report()) }
        return reports
    }

    private func show(_ lines: [ProgressLine]) {
        guard !Console.isTerminal else { return Console.show(lines.map { "\($0.pipeline)  \($0.text)" }) }
        for line in lines where line.isWorthLogging {
            logger.info("\(line.text)", metadata: ["pipeline": "\(line.pipeline)"])
        }
    }
}
