import CLinux
import UsherCluster
import UsherLinkWire
import UsherStoreWire
import UsherTestKit

/// What usherd will be to the link: a host, its conversation, and a ledger that is a dictionary.
final class LinkedHost {
    private(set) var host: ClusterHost
    private(set) var ledger: [SharedDigest: SharedRecord] = [:]
    private(set) var answers: [RequestID: ClusterAnswer] = [:]
    private let path: String
    private var conversation = StoreConversation(copies: 0, prefix: LinkHarness.prefix)
    private var end: UsherdEnd?
    private var connectAt: BootInstant? = .boot
    private var requests: UInt64 = 0

    /// A host whose lease has `lease` milliseconds.
    init(_ harness: LinkHarness, number: UInt64, lease: UInt64) {
        var limits = ClusterLimits()
        limits.lease = .milliseconds(lease)
        limits.patience = .milliseconds(15_000)
        limits.fetchPatience = .milliseconds(15_000)
        host = ClusterHost(
            member: MemberID(high: number, low: number), name: "host \(number)", limits: limits, seed: number)
        path = harness.directory.path("link-\(number).sock")
    }

    private var now: BootInstant { BootInstant(nanoseconds: UInt64(usher_boottime())) }

    var hasLease: Bool { host.isMember && host.hasLease(at: now) }

    func accepts(_ digest: SharedDigest) -> Bool { host.accepts(digest, at: now) }

    /// Asks for something; how the answer is found.
    func ask(_ event: (RequestID, ShareOwner) -> ClusterEvent) throws -> RequestID {
        requests += 1
        try take(event(RequestID(requests), ShareOwner(uid: 1)))
        return RequestID(requests)
    }

    /// Takes what has come, and what is due.
    func turn() throws {
        if let connectAt, connectAt <= now { try connect() }
        while let message = try end?.waiting() { try hear(message) }
        try take(.timePassed)
    }

    private func connect() throws {
        connectAt = nil
        conversation = StoreConversation(copies: 0, prefix: LinkHarness.prefix)
        end = try UsherdEnd(path)
        try end?.say(conversation.greeting)
    }

    private func hear(_ message: UsherdEnd.Arrival) throws {
        guard case .message(let message) = message else { return try lose() }
        let outcome = try conversation.take(message)
        if let answer = outcome.message { try end?.say(answer) }
        if let event = outcome.event { try take(event) }
    }

    private func lose() throws {
        end = nil
        connectAt = connectAt ?? now + .milliseconds(50)
        try take(.disconnected)
    }

    private func take(_ event: ClusterEvent) throws {
        for action in host.take(event, at: now) {
            switch action {
            case .connect(let pause): (end, connectAt) = (nil, now + pause)
            case .call(let id, let epoch, let call, let isConfirmed): try send(id, epoch, call, isConfirmed)
            case .follow(let id, let stamp):
                try end?.say(conversation.follow(id, after: stamp, member: host.member))
            case .adopt(let digest, let record, _): ledger[digest] = record
            case .drop(let digest), .end(let digest, _): ledger[digest] = nil
            case .dropAll: ledger = [:]
            case .answer(let request, let answer): answers[request] = answer
            case .keepBeat, .keepFence, .writeLease, .suspendAll, .resumeAll, .moveEnded, .report: break
            }
        }
    }

    private func send(_ id: CallID, _ epoch: Epoch?, _ call: StoreCall, _ isConfirmed: Bool) throws {
        var call = call
        if case .again(let items) = call {
            call = .again(items.map { $0.filled(ledger[$0.digest]) })
        }
        let messages = try conversation.call(id, epoch: epoch, call, isConfirmed: isConfirmed, milliseconds: 250)
        for message in messages { try end?.say(message) }
    }
}
