internal import UsherBoard
package import UsherCluster
internal import UsherSessions
internal import UsherWire

/// The hosts that share sessions: events in, actions carried out.
extension Engine {
    /// Takes part in a cluster from now on. Nothing is accepted from it before the first lease, unless `cluster` goes
    /// on after an orderly restart. Precondition: the ledger has copies only if `cluster` goes on.
    package func join(_ cluster: Cluster) {
        precondition(self.cluster == nil, "the engine is a part of a cluster already")
        self.cluster = cluster
        settleSharedRealms()
        if cluster.goesOn {
            goOn(cluster)
        } else {
            ledger.board.lease = 0
            sharedUntil = 0
            cluster.driver.connect(after: .milliseconds(0))
        }
        settleDeadline()
    }

    /// Something happened on the connection with usher-link.
    package func clusterReported(_ event: ClusterEvent) {
        now = clock()
        tell(judged(event))
        settleDeadline()
    }

    /// How far this host's clock may be from the store's.
    private static let skew: UInt64 = 5

    /// Notes in a greeting of the store whether this host's clock is another one.
    private func judged(_ event: ClusterEvent) -> ClusterEvent {
        guard case .replied(let id, .hello(var greeting)) = event else { return event }
        let own = UInt64(unix(now.seconds))
        greeting.isSkewed = max(own, greeting.seconds) - min(own, greeting.seconds) > Self.skew
        return .replied(id, .hello(greeting))
    }

    /// Notes how the ledger numbers the shared realms. One that a reload has taken out of the configuration is not
    /// used.
    func settleSharedRealms() {
        guard let cluster else { return }
        cluster.realmIDs = cluster.settings.realms.compactMap { services.realm(named: $0) }
    }

    /// The present as the rules of the cluster count it.
    var instant: BootInstant { BootInstant(nanoseconds: UInt64(clamping: now.nanoseconds)) }

    /// Lets the rules take an event, and carries out what they say. Within that, the event waits for its turn.
    func tell(_ event: ClusterEvent) {
        guard let cluster else { return }
        cluster.events.append(event)
        takeEvents(cluster)
    }

    private func takeEvents(_ cluster: Cluster) {
        guard !cluster.isTelling else { return }
        cluster.isTelling = true
        while !cluster.events.isEmpty {
            let events = cluster.events
            cluster.events = []
            for event in events {
                cluster.prepare(for: event)
                for action in cluster.host.take(event, at: instant) { perform(action, cluster) }
                cluster.told.removeAll()
            }
        }
        cluster.isTelling = false
    }

    /// Asks the rules for something in the name of a user; `then` gets the answer, maybe before this returns.
    func ask(
        _ user: UInt32, _ event: (ClusterRequest, ShareOwner) -> ClusterEvent, then: @escaping Cluster.Continuation
    ) {
        guard let cluster else { return then(.unavailable) }
        tell(event(cluster.wait(then), ShareOwner(uid: user)))
    }

    func perform(_ action: ClusterAction, _ cluster: Cluster) {
        switch action {
        case .connect(let pause): cluster.driver.connect(after: pause)
        case .call(let id, let epoch, let call, let isConfirmed):
            if !cluster.driver.call(id, epoch: epoch, withRecords(call), isConfirmed: isConfirmed) {
                cluster.events.append(.replied(id, .refused(.other)))
            }
        case .follow(let id, let stamp): cluster.driver.follow(id, after: stamp, member: cluster.host.member)
        case .keepBeat(let number): cluster.driver.keep(cluster.host.member, beat: number)
        case .keepFence(let fence): cluster.driver.keep(fence)
        case .writeLease(let end): writeLease(end, cluster)
        case .adopt(let digest, let record, let end): adopt(digest, record, until: end, cluster)
        case .drop(let digest): drop(digest, cluster)
        case .dropAll:
            _ = ledger.dropAllShared()
            cluster.accounts.removeAll()
        case .suspendAll, .resumeAll:
            if case .suspendAll = action { ledger.suspendShared() } else { ledger.resumeShared() }
            if case .suspendAll = action { cluster.isSuspended = true } else { cluster.isSuspended = false }
            writeLease(cluster.host.lease, cluster)
        case .moveEnded(let digest, let mayBeExecuted): moveEnded(digest, mayBeExecuted, cluster)
        case .end(let digest, let reason): end(digest, reason, cluster)
        case .answer(let request, let answer): cluster.takeWaiting(request)?(answer)
        case .report(let report):
            if cluster.isNews(report) { host.record(.cluster(report)) }
            if report == .left { answerLeaving(cluster) }
        }
    }

    /// Writes the end of the lease to the board, and where validations look first.
    func writeLease(_ end: BootInstant, _ cluster: Cluster) {
        ledger.board.lease = end.nanoseconds
        sharedUntil = cluster.isSuspended ? 0 : min(Int64(clamping: end.nanoseconds), .max - 1)
    }

    /// Whether a copy is accepted now. Asked where ``sharedUntil`` is over.
    func accepts(_ digest: TokenDigest) -> Bool {
        cluster?.host.accepts(SharedDigest(digest), at: instant) ?? true
    }

    /// When to try again what is refused because the store is away, or the lease is over.
    static let awayRetry = Duration.seconds(1)

    /// Nobody can say at the moment.
    func away() -> Refusal {
        cluster?.unavailable += 1
        return Refusal(.unavailable, retryAfter: Self.awayRetry)
    }

    /// What a request is refused with that was answered so.
    func refusal(of answer: ClusterAnswer) -> Refusal {
        switch answer {
        case .ended, .absent: Refusal(.noSuchSession)
        case .conflict: Refusal(.conflict)
        case .quota: Refusal(.sessionsPerUser)
        case .cancelled: Refusal(.cancelled)
        case .busy: Refusal(.busy, retryAfter: Self.awayRetry)
        case .adopted, .listed, .done, .endedNothing, .pending, .movedTo, .unavailable, .notBegun: away()
        }
    }

    /// What this turn has brought for the other hosts, and what their answers let go on.
    func settleCluster() {
        guard sharesSessions, let cluster, !cluster.isSettled else { return }
        cluster.isSettled = true
        tellEnds(cluster)
        takeEvents(cluster)
        judgeIdled(cluster)
        handleArrivals(cluster)
        for digest in cluster.spent { cluster.replacements.remove(digest) }
        if !cluster.spent.isEmpty { cluster.spent = [] }
        if cluster.replacements.next <= now.nanoseconds { cluster.replacements.expire(now.nanoseconds) }
        deadlines[.cluster] = min(
            Int64(clamping: cluster.deadline.nanoseconds), cluster.untold.first?.at ?? .max,
            cluster.replacements.next)
    }
}

extension Cluster {
    /// Notes what the entries of the stream tell about ends; forgets the account of a copy that goes.
    func prepare(for event: ClusterEvent) {
        switch event {
        case .entriesRead(_, let entries, _): for entry in entries { told.add(entry.entry) }
        case .forgotten(let digest): if let tag = host.tag(of: digest) { accounts[tag] = nil }
        default: break
        }
    }

    /// Whether a report is worth an entry of the journal. A refusal that is repeated with each attempt is told once.
    func isNews(_ report: ClusterReport) -> Bool {
        switch report {
        case .refused, .clockJumped:
            defer { lastRefusal = report }
            return lastRefusal != report
        case .joined:
            lastRefusal = nil
            return true
        case .epochEntered, .doubted:
            isRecovering = true
            return true
        // The first join ends a recovery too, of nothing.
        case .recovered:
            defer { isRecovering = false }
            return isRecovering
        default: return true
        }
    }
}
