/// What a peer must have for a method, whatever the parameters are. Handlers demand more where the parameters decide.
enum RequiredRole: Equatable {
    /// Anybody who may connect.
    case none
    /// That role.
    case role(Roles)
    /// That role, and the board.
    case roleAndBoard(Roles)
    /// Any of those roles.
    case anyOf(Roles)
    /// `validate` for what the shown token's user owns, `admin` for what is named by user or handle.
    case ownerOrAdmin

    private static let owners: Roles = [.validate, .admin]

    /// Whether a peer with `roles`, and the board or not, has it.
    @inline(__always)
    func allows(_ roles: Roles, board: Bool) -> Bool {
        switch self {
        case .none: true
        case .role(let role): roles.contains(role)
        case .roleAndBoard(let role): roles.contains(role) && board
        case .anyOf(let wanted): !roles.isDisjoint(with: wanted)
        case .ownerOrAdmin: !roles.isDisjoint(with: Self.owners)
        }
    }

    /// What a refused peer with `roles` lacks: one of these roles, or the board.
    func lacking(_ roles: Roles) -> [String] {
        switch self {
        case .none: []
        case .role(let role): role.names
        case .roleAndBoard(let role): roles.contains(role) ? ["board"] : role.names
        case .anyOf(let wanted): wanted.names
        case .ownerOrAdmin: Self.owners.names
        }
    }

    /// The requirement, as a text for a person.
    var text: String {
        switch self {
        case .none: "no role"
        case .role(let role): "the role \(role.names[0])"
        case .roleAndBoard(let role): "the role \(role.names[0]) and board = true"
        case .anyOf(let wanted): "the role \(wanted.names.joined(separator: " or "))"
        case .ownerOrAdmin: "the role validate with a token, admin with a user or a handle"
        }
    }
}
