internal import UsherCluster
internal import UsherNames
internal import UsherSessions
internal import UsherWire

/// `cluster.*`: for administrators.
extension Engine {
    func clusterStatus(
        _ request: Request, _ bytes: Span<UInt8>, _ peer: Peer, _ answers: inout FrameBuffer
    ) throws(Refusal) {
        _ = try NoParams(request, in: bytes)
        guard let cluster else { throw Refusal(.unsupported) }
        let status = cluster.status(at: instant, sessions: ledger.sharedCount)
        answer(request, bytes, &answers) { $0.result(status) }
    }

    /// Only a peer that may administer all shared realms may let a host be forgotten, for it concerns all of them.
    func forgetMember(
        _ request: Request, _ body: Range<Int>, _ bytes: Span<UInt8>, _ peer: Peer, _ answers: inout FrameBuffer
    ) throws(Refusal) {
        let parameters = try ForgetMemberParams(request, in: bytes)
        guard let cluster else { throw Refusal(.unsupported) }
        guard cluster.realmIDs.allSatisfy({ peer.realms.contains($0) }) else {
            throw forbidden(request.method, peer, lacks: RequiredRole.role(.admin).lacking(peer.grant.roles))
        }
        let gone = parameters.member.map { MemberID(high: $0.high, low: $0.low) }
        let name = gone.map { cluster.host.name(of: $0) ?? $0.text } ?? "all that are waited for"
        let owed = OwedReply(later(request.storedID(in: bytes), of: peer))
        let credentials = peer.credentials
        tell(
            .forgetAsked(
                cluster.wait { [unowned self] answer in
                    guard answer == .done else { return refuse(owed, refusal(of: answer)) }
                    self.host.record(.memberForgotten(host: name, peer: credentials))
                    if let reply = owed.take() { self.answer(reply) { $0.emptyObject() } }
                }, gone))
    }
}

extension Cluster {
    /// What `cluster.status` answers.
    fileprivate func status(at now: BootInstant, sessions: Int) -> ClusterStatus {
        let (own, reach) = (host.status(at: now), driver.reach)
        var status = ClusterStatus(
            name: settings.name, host: settings.host, member: host.member.text, state: own.stage.rawValue)
        (status.hasLink, status.hasStore) = (reach.hasLink, reach.hasStore)
        status.fault = reach.hasStore ? own.faultText : reach.fault
        (status.lease, status.leaseLeft) = (
            settings.lease.wholeNanoseconds / 1_000_000, Int64(wire: own.lease.nanoseconds / 1_000_000)
        )
        status.copies = Int64(settings.copies)
        (status.epoch, status.ordinal) = (host.epoch?.digits, Int64(wire: host.epoch == nil ? 0 : own.ordinal))
        status.isWhole = own.isWhole
        (status.acknowledged, status.acknowledgedByAll) = (Int64(wire: own.acknowledged), Int64(wire: own.minimum))
        (status.sessions, status.doubtful) = (Int64(sessions), Int64(own.doubtful))
        status.endsPending = Int64(own.ends)
        (status.members, status.awaited) = (
            own.members.map(ClusterStatus.Member.init), own.awaited.map(ClusterStatus.Member.init)
        )
        return status
    }
}

extension HostStatus {
    fileprivate var faultText: String? {
        if let fault { return fault.text }
        return isClockUneven ? "the store's clock moved by more than 5 s between two beats" : nil
    }
}

extension ClusterStatus.Member {
    /// A name of more characters than a host's may have is cut: it comes from the store.
    fileprivate init(_ member: HostStatus.Member) {
        self.init(
            member: member.id.text, host: member.name.map { String($0.unicodeScalars.prefix(64)) },
            age: member.age.map { Int64(wire: $0.nanoseconds / 1_000_000) })
    }
}

extension Int64 {
    /// A number of the store's, as far as the protocol has such numbers.
    fileprivate init(wire number: UInt64) { self = Swift.min(Int64(clamping: number), WireLimit.integer) }
}

extension MemberID {
    /// 32 hexadecimal digits.
    fileprivate var text: String { Self.digits(high, 16) + Self.digits(low, 16) }

    fileprivate static func digits(_ number: UInt64, _ count: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: Swift.max(0, count - digits.utf8.count)) + digits
    }
}

extension Epoch {
    /// Eight hexadecimal digits.
    fileprivate var digits: String { MemberID.digits(UInt64(value), 8) }
}
