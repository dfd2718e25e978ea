/// Where health, metrics and status are served.
public struct HTTPAddress: Sendable, Hashable {
    public var host: String
    public var port: Int

    /// Loopback, so that nothing is shown to the network unasked.
    public static let standard = HTTPAddress(host: "127.0.0.1", port: 8686)

    /// - Parameter port: 1 to 65535; zero for any that is free.
    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `HOST:PORT`, `[IPv6]:PORT`, `:PORT` or `PORT`; the last two mean loopback.
    ///
    /// - Returns: nil for a text that is none of them.
    public init?(_ text: String) {
        let port = text[(text.lastIndex(of: ":").map(text.index(after:)) ?? text.startIndex)...]
        var host = text.dropLast(port.count)
        if host.hasSuffix(":") { host = host.dropLast() }
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard let number = UInt16(port), number > 0, port.first != "+" else { return nil }
        self.init(host: host.isEmpty ? "127.0.0.1" : String(host), port: Int(number))
    }
}

extension HTTPAddress: CustomStringConvertible {
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
