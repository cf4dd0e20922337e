internal import UsherWire

/// Which role a request needs. The handlers narrow it where it depends on the parameters.
enum RequiredRole {
    /// Anybody who may connect.
    case none
    /// That role.
    case role(Roles)
    /// `validate` for what the shown token's user owns, `admin` for what is named by user or handle.
    case ownerOrAdmin

    /// The roles, any one of which will do.
    var names: [String] {
        switch self {
        case .none: []
        case .role(let role): role.names
        case .ownerOrAdmin: Roles([.validate, .admin]).names
        }
    }
}

/// The policy of the protocol on one screen: what each method needs before its parameters are even read.
func requiredRole(for method: Method) -> RequiredRole {
    switch method {
    case .hello, .ping: .none
    case .stats, .listLimits, .clearLimits: .role(.admin)
    case .authStart, .authRespond, .authCancel: .role(.login)
    case .create: .role(.issue)
    case .validate, .touch, .rotate, .update, .attachBoard: .role(.validate)
    case .list, .revoke, .revokeAll: .ownerOrAdmin
    case .subscribe: .role(.watch)
    case .unknown: .none
    }
}
