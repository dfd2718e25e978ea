internal import Connector
internal import Foundation

/// How a request names its user.
enum BasicAuthorization {
    /// The value of the `Authorization` header.
    static func header(user: String, password: Secret) -> String {
        "Basic " + Data("\(user):\(password.revealed)".utf8).base64EncodedString()
    }
}
