internal import Connector

extension ElasticsearchOptions.Credentials {
    /// The value of the `Authorization` header.
    var authorization: String? {
        switch self {
        case .none: nil
        case .basic(let user, let password): BasicAuthorization.header(user: user, password: password)
        case .apiKey(let key): "ApiKey \(key.revealed)"
        case .bearer(let token): "Bearer \(token.revealed)"
        }
    }

    var isNone: Bool {
        if case .none = self { true } else { false }
    }
}
