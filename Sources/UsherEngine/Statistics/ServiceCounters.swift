internal import UsherSessions
internal import UsherWire

/// How logins of one service ended.
struct ServiceCounters {
    /// With a session.
    var succeeded: UInt64 = 0
    /// Without.
    var refused: UInt64 = 0
    /// Refused logins in which PAM could not decide whether the secret was right.
    var undecided: UInt64 = 0
}

extension Engine {
    /// A row for each configured service, in the order of the configuration.
    var serviceFigures: [ServiceFigures] {
        let sessions = ledger.sessionsByService
        return configuration.services.map { service in
            let counters = statistics.services[service.name] ?? ServiceCounters()
            let count = services.named(service.name).flatMap { sessions[$0.id] } ?? 0
            return ServiceFigures(
                service: service.name, realm: service.realm,
                figures: [
                    Figure("sessions", Int64(count)), Figure("logins_succeeded", Int64(clamping: counters.succeeded)),
                    Figure("logins_refused", Int64(clamping: counters.refused)),
                    Figure("logins_undecided", Int64(clamping: counters.undecided)),
                ])
        }
    }
}
