internal import Foundation

/// What libmongoc counts of itself, from before `main` on, in shared memory that is named after the process.
enum DriverCounters {
    /// Takes the name away and leaves the memory: only an orderly end would, and a process that is killed leaves the
    /// file in `/dev/shm` behind, of which the next process with its id complains.
    static func setUp() { shm_unlink("/mongoc-\(getpid())") }
}
