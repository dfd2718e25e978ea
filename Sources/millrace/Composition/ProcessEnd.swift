internal import Foundation

/// The end of the process.
enum ProcessEnd {
    /// Ends it at once; everything is saved and closed by then, or safe to be cut off.
    ///
    /// Not by `exit`, which lets every C library tear itself down while threads that used it may still be ending: libpq
    /// looks for credentials of Kerberos, which then aborts the process over a mutex that is gone.
    static func by(_ status: Int32) -> Never {
        fflush(nil)
        _exit(status)
    }
}
