import UsherCluster

/// Connections, delays and losses. A host has three connections with its store: calls, fetches, the stream. What is
/// sent on one arrives in order; the three know nothing of each other.
extension World {
    private static let calls = 0, fetches = 1, replies = 2, found = 3, entries = 4

    private mutating func delay() -> UInt64 {
        switch dice.below(100) {
        case 0: dice.milliseconds(50, 1_500)
        case 1..<8: dice.milliseconds(2, 50)
        default: dice.milliseconds(0, 2)
        }
    }

    private mutating func arrival(_ host: Int, _ channel: Int, _ extra: UInt64 = 0) -> UInt64 {
        let time = max(now + delay() + extra, hosts[host].arrivals[channel])
        hosts[host].arrivals[channel] = time
        return time
    }

    mutating func connect(_ host: Int, after span: UInt64) {
        hosts[host].connection += 1
        hosts[host].isConnected = false
        hosts[host].isBlocked = false
        plan(.connected(host: host, connection: hosts[host].connection), after: span)
    }

    mutating func connected(_ host: Int, _ connection: Int, _ event: Event) {
        guard hosts[host].connection == connection else { return }
        let open = max(hosts[host].cutUntil, downUntil)
        if open > now { return agenda.add(event, at: open + dice.milliseconds(1, 200)) }
        hosts[host].server = isSplit ? hosts[host].reaches ?? dice.below(2) : primary
        hosts[host].isConnected = true
        hosts[host].arrivals = [now, now, now, now, now]
        step(host, .connected)
    }

    /// The connections of a host, or of all, are reset, and the host sees that.
    mutating func reset(_ host: Int) {
        guard hosts[host].isConnected else { return }
        hosts[host].connection += 1
        hosts[host].isConnected = false
        plan(.deliver(host: host, connection: hosts[host].connection, .disconnected), after: dice.milliseconds(0, 20))
    }

    mutating func send(_ host: Int, _ id: CallID, _ epoch: Epoch?, _ call: StoreCall, _ isConfirmed: Bool) {
        let channel = if case .get = call { Self.fetches } else { Self.calls }
        agenda.add(
            .request(
                host: host, connection: hosts[host].connection, server: hosts[host].server, id, epoch, call,
                isConfirmed: isConfirmed, survives: dice.once(in: 2)), at: arrival(host, channel))
    }

    /// A call reaches the store. Of a connection that is gone, it may or may not be executed.
    mutating func request(
        _ host: Int, _ connection: Int, _ server: Int, _ id: CallID, _ epoch: Epoch?, _ call: StoreCall,
        _ isConfirmed: Bool, _ survives: Bool, _ event: Event
    ) {
        if hosts[host].connection != connection, !survives { return }
        if isCut(host) { return agenda.add(event, at: hosts[host].cutUntil + 1) }
        if downUntil > now { return }
        let reply = stores[server].call(call, epoch: epoch, at: now)
        if isTraced { print(time, "store \(server):", short("\(call) -> \(reply)")) }
        tell(server)
        if isConfirmed {
            let run = stores[server].run
            confirm(host, connection, server, run, id, reply, false)
        } else {
            self.reply(host, connection, id, reply)
        }
    }

    /// The third node has it once it follows that server.
    mutating func confirm(
        _ host: Int, _ connection: Int, _ server: Int, _ run: Int, _ id: CallID, _ reply: StoreReply, _ isLast: Bool
    ) {
        if third == server, stores[server].run == run {
            self.reply(host, connection, id, reply)
        } else if isLast {
            self.reply(host, connection, id, .refused(.unconfirmed))
        } else {
            plan(
                .confirm(
                    host: host, connection: connection, server: server, run: run, id, reply, isLast: true),
                after: dice.milliseconds(50, 200))
        }
    }

    private mutating func reply(_ host: Int, _ connection: Int, _ id: CallID, _ reply: StoreReply) {
        var (channel, extra) = (Self.replies, UInt64(0))
        switch reply {
        case .found, .foundEnded, .foundDoubtful, .foundNothing:
            channel = Self.found
            if hosts[host].stuckUntil > now { extra = hosts[host].stuckUntil - now }
        case .beat where hosts[host].beatsStuckUntil > now: extra = hosts[host].beatsStuckUntil - now
        default: if hosts[host].repliesStuckUntil > now { extra = hosts[host].repliesStuckUntil - now }
        }
        agenda.add(
            .deliver(host: host, connection: connection, .replied(id, reply)), at: arrival(host, channel, extra))
    }

    /// Bells ring, and reads of the stream that wait go on.
    private mutating func tell(_ server: Int) {
        for bell in stores[server].bells {
            guard let host = hosts.firstIndex(where: { $0.core.member == bell.member && $0.server == server })
            else { continue }
            agenda.add(
                .deliver(
                    host: host, connection: hosts[host].connection, .bellRang(hosts[host].follow, minimum: bell.minimum)
                ),
                at: arrival(host, Self.entries))
        }
        stores[server].bells = []
        guard stores[server].hasGrown else { return }
        stores[server].hasGrown = false
        for host in hosts.indices where hosts[host].isBlocked && hosts[host].server == server {
            hosts[host].isBlocked = false
            read(host, in: 0)
        }
    }

    // MARK: The stream

    mutating func follow(_ host: Int, _ id: CallID, _ after: Stamp) {
        hosts[host].cursor = after
        hosts[host].follow = id
        hosts[host].hasReadEnd = false
        hosts[host].isBlocked = false
        read(host, in: delay())
    }

    private mutating func read(_ host: Int, in span: UInt64) {
        plan(
            .read(host: host, connection: hosts[host].connection, follow: hosts[host].follow), after: span)
    }

    mutating func read(_ host: Int, _ connection: Int, _ follow: CallID, _ event: Event) {
        guard hosts[host].connection == connection, hosts[host].follow == follow else { return }
        if isCut(host) { return agenda.add(event, at: hosts[host].cutUntil + 1) }
        if downUntil > now { return }
        let state = stores[hosts[host].server].state
        let first = state.stream.firstIndex { $0.stamp > hosts[host].cursor } ?? state.stream.count
        let some = Array(state.stream[first...].prefix(16))
        let isEnd = first + some.count == state.stream.count
        if some.isEmpty, hosts[host].hasReadEnd { return hosts[host].isBlocked = true }
        hosts[host].cursor = some.last?.stamp ?? hosts[host].cursor
        hosts[host].hasReadEnd = isEnd
        let held = hosts[host].streamStuckUntil > now ? hosts[host].streamStuckUntil - now : 0
        let time = arrival(host, Self.entries, held)
        agenda.add(
            .deliver(host: host, connection: connection, .entriesRead(follow, some, isEnd: isEnd)), at: time)
        agenda.add(.read(host: host, connection: connection, follow: follow), at: time)
    }
}
