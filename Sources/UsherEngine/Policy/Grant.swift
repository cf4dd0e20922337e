/// What one peer may do: worked out once, when it connects, and again after a reload.
package struct Grant: Hashable, Sendable {
    /// A service that the peer may use, and its realm.
    package struct Service: Hashable, Sendable {
        /// The service's name.
        package var name: String
        /// The realm that it belongs to.
        package var realm: String

        /// A service by its name and realm.
        package init(name: String, realm: String) {
            self.name = name
            self.realm = realm
        }
    }

    /// What it may ask for.
    package var roles: Roles
    /// What it may use, in the order of the configuration; the first is meant where a request names none.
    package var services: [Service]
    /// Whether its `context.remote_ip` is believed.
    package var relaysSource: Bool
    /// Whether it may have the board.
    package var board: Bool

    /// No right at all: the grant of a peer that no entry matches.
    package static let nothing = Grant(roles: [], services: [], relaysSource: false, board: false)

    /// A grant.
    package init(roles: Roles, services: [Service], relaysSource: Bool, board: Bool) {
        self.roles = roles
        self.services = services
        self.relaysSource = relaysSource
        self.board = board
    }

    /// What both this and `other` give.
    package func common(with other: Grant) -> Grant {
        Grant(
            roles: roles.intersection(other.roles), services: services.filter { other.services.contains($0) },
            relaysSource: relaysSource && other.relaysSource, board: board && other.board)
    }

    /// Whether it has every one of `roles`.
    package func allows(_ roles: Roles) -> Bool { self.roles.isSuperset(of: roles) }

    /// The service that a request means by `name`, or by naming none; nil where the peer may not use it.
    package func service(_ name: String?) -> Service? {
        guard let name else { return services.first }
        return services.first { $0.name == name }
    }
}
