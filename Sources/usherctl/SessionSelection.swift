import ArgumentParser
import UsherClient

/// Which sessions a list shows, and in which order. It keeps a bounded number of them, however many there are.
struct SessionSelection {
    /// What the list is sorted by; sessions that are equal in it stand with the oldest first.
    enum Order: String, CaseIterable, ExpressibleByArgument {
        case oldest, user, service, realm
    }

    /// Only sessions of this service; nil for all.
    let service: String?
    let order: Order
    /// The most that are kept.
    let limit: Int
    /// How many sessions the list would show without `limit`.
    private(set) var count = 0
    private var kept: [Session] = []

    init(service: String?, order: Order, limit: Int) {
        self.service = service
        self.order = order
        self.limit = limit
    }

    /// The first `limit` in the order.
    var sessions: [Session] { Array(kept.sorted(by: precedes).prefix(limit)) }

    /// Whether the list shows it.
    func wants(_ session: Session) -> Bool { service.map { $0 == session.service } ?? true }

    /// Takes a session in.
    mutating func add(_ session: Session) {
        guard wants(session) else { return }
        count += 1
        kept.append(session)
        if kept.count >= 2 * max(limit, 512) {
            kept.sort(by: precedes)
            kept.removeLast(kept.count - limit)
        }
    }

    private func precedes(_ left: Session, _ right: Session) -> Bool {
        switch order {
        case .oldest: break
        case .user where left.user != right.user: return left.user < right.user
        case .service where left.service != right.service: return left.service < right.service
        case .realm where left.realm != right.realm: return left.realm < right.realm
        case .user, .service, .realm: break
        }
        return (left.created, left.handle.text) < (right.created, right.handle.text)
    }
}
