package import UsherClient

/// Sessions as a table: one that fits a terminal, with times as people say them, or one with everything.
package enum SessionTable {
    /// Lines of at most `width` columns, as far as handles and times allow. The realm is shown where there are several.
    package static func narrow(_ sessions: [Session], _ time: RelativeTime, width: Int) -> [String] {
        let hasRealms = Set(sessions.map(\.realm)).count > 1
        let realm = { (cell: String) in hasRealms ? [cell] : [] }
        let heading = ["HANDLE", "USER", "SERVICE"] + realm("REALM") + ["SEEN", "ENDS", "FROM"]
        let rows = sessions.map { session in
            [session.handle.text, session.user, session.service] + realm(session.realm) + [
                time.age(of: session.lastSeen), time.wait(until: min(session.idleExpires, session.expires)),
                session.context["remote_ip"] ?? "-",
            ]
        }
        let flexible: Set<Int> = hasRealms ? [1, 2, 3, 6] : [1, 2, 5]
        return TextTable(rows: [heading] + rows, flexible: flexible).lines(width: width)
    }

    /// Every member, times in UTC.
    package static func wide(_ sessions: [Session]) -> [String] {
        let heading = [
            "HANDLE", "USER", "UID", "SERVICE", "REALM", "METHODS", "CREATED", "LAST SEEN", "ENDS IF IDLE", "ENDS",
            "FROM",
        ]
        let rows = sessions.map { session in
            [
                session.handle.text, session.user, session.uid.map(String.init) ?? "-", session.service, session.realm,
                session.methods.joined(separator: "+"), session.created.description, session.lastSeen.description,
                session.idleExpires.description, session.expires.description, session.context["remote_ip"] ?? "-",
            ]
        }
        return TextTable(rows: [heading] + rows).lines()
    }
}
