internal import Connector
internal import Foundation

extension ElasticsearchOptions.Credentials {
    /// The value of the `Authorization` header.
    var authorization: String? {
        switch self {
        case .none: nil
        case .basic(let user, let password):
            "Basic " + Data("\(user):\(password.revealed)".utf8).base64EncodedString()
        case .apiKey(let key): "ApiKey \(key.revealed)"
        case .bearer(let token): "Bearer \(token.revealed)"
        }
    }

    var isNone: Bool {
        if case .none = self { true } else { false }
    }
}
