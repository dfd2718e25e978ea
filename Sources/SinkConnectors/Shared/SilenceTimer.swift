internal import NIOCore

/// Notices that a server is silent while something waits for it. Lives on the channel's event loop.
final class SilenceTimer {
    private let timeout: TimeAmount
    /// When the server last sent something, or when something began to wait.
    private var lastProgress: NIODeadline = .now()
    private var scheduled: Scheduled<Void>?

    /// - Parameter timeout: how long the server may be silent.
    init(timeout: TimeAmount) {
        self.timeout = timeout
    }

    /// Something was heard, or has begun to wait.
    func reset() { lastProgress = .now() }

    /// Watches until the server has been silent for too long, or until nothing waits any more when the time is over.
    func start(on loop: any EventLoop, while isWaiting: @escaping () -> Bool, onSilence: @escaping () -> Void) {
        guard scheduled == nil else { return }
        scheduled = loop.assumeIsolated().scheduleTask(deadline: lastProgress + timeout) { [weak self] in
            guard let self else { return }
            scheduled = nil
            guard isWaiting() else { return }
            if NIODeadline.now() - lastProgress >= timeout {
                onSilence()
            } else {
                start(on: loop, while: isWaiting, onSilence: onSilence)
            }
        }
    }

    func stop() {
        scheduled?.cancel()
        scheduled = nil
    }
}
