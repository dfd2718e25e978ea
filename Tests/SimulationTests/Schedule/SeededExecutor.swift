import Foundation

/// Runs the tasks of a simulation one step at a time on the one thread that made it, in an order that the seed draws.
///
/// A step is what a task does between two suspensions. Child tasks inherit the preference for this executor, so every
/// step of a pipeline comes here; one that came from another thread would end the process instead of the determinism.
final class SeededExecutor: TaskExecutor {
    enum Order: CaseIterable {
        case random
        /// Mostly the step that waits for the longest time.
        case oldestFirst
        /// Mostly the step that came last: what woke it may run far ahead of the others.
        case newestFirst
    }

    // Of the one thread that made it, as `enqueue` checks.
    private nonisolated(unsafe) var jobs: [UnownedJob] = []
    private nonisolated(unsafe) var order = Order.random
    private let thread = pthread_self()

    var isIdle: Bool { jobs.isEmpty }

    func use(_ order: Order) { self.order = order }

    func enqueue(_ job: consuming ExecutorJob) {
        precondition(pthread_equal(thread, pthread_self()) != 0, "every step of a simulation is taken on its thread")
        jobs.append(UnownedJob(job))
    }

    /// Takes one step and says which of the waiting ones it was.
    ///
    /// - Precondition: one waits.
    func runOne(_ chance: Chance) -> Int {
        let index: Int
        switch order {
        case .random: index = chance.below(jobs.count)
        case .oldestFirst: index = chance.percent(90) ? 0 : chance.below(jobs.count)
        case .newestFirst: index = chance.percent(90) ? jobs.count - 1 : chance.below(jobs.count)
        }
        jobs.remove(at: index).runSynchronously(on: asUnownedTaskExecutor())
        return index
    }
}
