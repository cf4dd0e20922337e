internal import CLinux
internal import UsherEventLoop
internal import UsherJournal
internal import UsherLinkWire
internal import UsherPOSIX

/// One connection of usherd, and the store's connections for it: they come up once and go down once, and with them the
/// conversation is over. Until they come up, the store is tried again and again.
final class LinkConversation {
    private let configuration: LinkConfiguration
    private let loop: EventLoop
    private let journal: LinkJournal
    private let over: () -> Void
    private var socket: UsherdSocket?
    private var scope: StoreSession.Scope?
    private var session: StoreSession?
    private var finder: PrimaryFinder?
    private var timer: EventTimer?
    private var pause: Duration
    private var isOver = false

    /// Takes over what accept(2) returned. `over` is called once, when the conversation has ended.
    init(
        accepted number: CInt, _ configuration: LinkConfiguration, loop: EventLoop, journal: LinkJournal,
        over: @escaping () -> Void
    ) throws(SystemError) {
        (self.configuration, self.loop, self.journal, self.over) = (configuration, loop, journal, over)
        pause = configuration.firstPause
        timer = try loop.timer { [unowned self] in
            timer?.fired()
            seek()
        }
        socket = try UsherdSocket(
            accepted: number, loop: loop,
            input: UsherdSocket.Input(
                message: { [unowned self] in take($0) }, turnEnded: { [unowned self] in session?.flush() },
                pressure: { [unowned self] in session?.pause($0) }, ended: { [unowned self] in end($0) }))
        socket?.say(.greet(version: LinkLimits.version))
    }

    /// Ends it. usherd sees the end of the connection.
    func close() {
        isOver = true
        timer = nil
        finder = nil
        session?.close()
        session = nil
        socket?.close()
        socket = nil
    }

    private func end(_ why: String) {
        guard !isOver else { return }
        journal.record(.linkEnded, .notice, ["why": why])
        close()
        over()
    }

    // MARK: usherd

    /// False where no more is to be read for now.
    private func take(_ message: LinkMessage) -> Bool {
        switch message {
        case .configure(let version, let copies, let prefix): configure(version, copies, prefix)
        case .call(let id, let function, let isConfirmed, let milliseconds, let arguments):
            guard let session, session.isUp else { return refuse() }
            session.call(
                StoreSession.Call(
                    id: id, function: function, isConfirmed: isConfirmed, milliseconds: milliseconds,
                    arguments: arguments))
            return session.hasRoom
        case .follow(let id, let ordinal, let number, let member):
            guard let session, session.isUp, member.count == 16 else { return refuse() }
            session.follow(StreamReading(id: id, ordinal: ordinal, number: number, member: member))
        case .more(let id, let count): session?.grant(count, to: id)
        case .greet, .up, .down, .away, .reply, .failure, .entries, .bell: return refuse()
        }
        return true
    }

    private func refuse() -> Bool {
        end("usherd sent what it must not send now")
        return false
    }

    private func configure(_ version: UInt16, _ copies: UInt16, _ prefix: [UInt8]) {
        guard scope == nil, version == LinkLimits.version, prefix.count <= LinkBounds.prefix else {
            return end("usherd speaks another version, or configures the link twice")
        }
        scope = StoreSession.Scope(prefix: prefix, copies: copies)
        if case .sentinels = configuration.place, copies == 0, !configuration.isFenced { return refuseFailOver() }
        seek()
    }

    /// A reason for a message to usherd, cut to `LinkBounds.reason`: an error of the store may be long.
    private static func reason(_ why: String) -> [UInt8] { Array(why.utf8.prefix(LinkBounds.reason)) }

    /// Connects with no server, because Sentinels are configured and no replica confirms. An old primary could serve
    /// hosts beside the new one, and answer ends that the new one never gets.
    private func refuseFailOver() {
        let why = StoreErrors.failOver
        journal.record(.storeAway, .error, ["why": why])
        socket?.say(.away(Self.reason(why)))
    }

    // MARK: The store

    private func seek() {
        switch configuration.place {
        case .fixed(let endpoint): connect(endpoint)
        case .sentinels(let sentinels, let primary):
            finder = PrimaryFinder(
                sentinels.shuffled(), primary: primary, password: configuration.sentinelPassword, loop: loop
            ) { [unowned self] found, why in
                finder = nil
                if let found { connect(found) } else { isAway(why) }
            }
        }
    }

    private func connect(_ endpoint: StoreEndpoint) {
        guard let scope else { return }
        let session = StoreSession(
            configuration, scope: scope, loop: loop,
            output: StoreSession.Output(
                up: { [unowned self] in
                    journal.record(.storeReached, .notice, ["store": endpoint.description])
                    socket?.say(.up)
                },
                say: { [unowned self] in say($0) },
                down: { [unowned self] why in isDown("\(endpoint): \(why)") },
                differs: { [unowned self] what in journal.record(.libraryDiffers, .warning, ["what": what]) }))
        self.session = session
        session.start(endpoint)
    }

    private func say(_ message: LinkMessage) {
        socket?.say(message)
        if session?.hasRoom ?? false { socket?.setReading(true) }
    }

    /// A session has ended. The conversation ends with a session that was up; without one the store is tried again.
    private func isDown(_ why: String) {
        let wasUp = session?.wasUp ?? false
        session = nil
        guard wasUp else { return isAway(why) }
        journal.record(.storeAway, .warning, ["why": why])
        socket?.say(.down(Self.reason(why)))
        close()
        over()
    }

    private func isAway(_ why: String) {
        journal.record(.storeAway, .warning, ["why": why])
        socket?.say(.away(Self.reason(why)))
        timer?.arm(sinceBoot: loop.now + pause.scaled(byPercent: Int.random(in: 50...100)))
        pause = min(pause + pause, configuration.longestPause)
    }
}

extension Duration {
    fileprivate func scaled(byPercent percent: Int) -> Duration { self * percent / 100 }
}
