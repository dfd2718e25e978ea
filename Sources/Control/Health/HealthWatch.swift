public import Engine
public import ServiceLifecycle
internal import Synchronization

/// Looks at every pipeline every few seconds, so that a standstill is known when somebody asks.
public final class HealthWatch: Service {
    /// How often it looks.
    public static let interval = Duration.seconds(2)

    private let pipelines: [any ControlledPipeline]
    private let clock: any EngineClock
    private let state: Mutex<State>

    private struct State {
        var rules: [HealthRule]
        var verdicts: [HealthVerdict]
    }

    /// - Parameter patience: how long a pipeline may make no progress while its source moves on.
    public init(pipelines: [any ControlledPipeline], patience: Duration, clock: any EngineClock = SystemClock()) {
        self.pipelines = pipelines
        self.clock = clock
        state = Mutex(
            State(
                rules: pipelines.map { _ in HealthRule(patience: patience) },
                verdicts: pipelines.map { _ in .healthy("starting") }))
    }

    /// Looks until the process shuts down.
    public func run() async throws {
        let start = clock.monotonic()
        try? await cancelWhenGracefulShutdown {
            while true {
                self.look(at: self.clock.monotonic() - start)
                try await self.clock.sleep(for: Self.interval)
            }
        }
    }

    /// The last verdict on each pipeline, by name.
    public var verdicts: [(pipeline: String, verdict: HealthVerdict)] {
        let verdicts = state.withLock { $0.verdicts }
        return zip(pipelines, verdicts).map { ($0.pipeline, $1) }
    }

    /// Looks once, so many seconds after the start.
    public func look(at uptime: Duration) {
        let statuses = pipelines.map(\.status)
        state.withLock { state in
            for index in statuses.indices {
                state.verdicts[index] = state.rules[index].observe(statuses[index], at: uptime)
            }
        }
    }
}
