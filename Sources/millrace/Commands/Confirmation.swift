/// Commands that destroy something need to be told so.
enum Confirmation {
    static func require(_ isGiven: Bool, _ consequence: String) throws {
        guard !isGiven else { return }
        throw CommandFailure(.configuration, "\(consequence); say --yes if that is what you want")
    }
}
