internal import CMongoC

/// libmongoc's process-wide state, set up once.
enum MongoLibrary {
    private static let isReady: Bool = {
        LibraryBuffers.install()
        mongoc_init()
        // What matters comes back as an error; the library's own log would go to standard error.
        mongoc_log_set_handler(nil, nil)
        return true
    }()

    static func prepare() {
        precondition(isReady, "the library is set up by its first user")
    }
}
