internal import UsherEngine
internal import UsherLogin
internal import UsherNames

extension Configuration {
    /// The whole as TOML that reads back as the same: what `usherd --check` prints. Users and groups are numbers, as
    /// they were resolved.
    package var text: String {
        var lines = ["[pam]", "socket = \(Self.quoted(pam.socket))", ""]
        lines += limits.lines + [""]
        if let cluster { lines += cluster.lines + [""] }
        for service in services { lines += service.lines + [""] }
        for client in clients { lines += client.lines + [""] }
        return lines.joined(separator: "\n")
    }

    /// A TOML basic string.
    fileprivate static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    fileprivate static func quoted(_ texts: [String]) -> String {
        "[" + texts.map { quoted($0) }.joined(separator: ", ") + "]"
    }

    fileprivate static func quoted(_ duration: Duration) -> String { quoted(DurationText.write(duration)) }
}

extension ClusterSettings {
    fileprivate var lines: [String] {
        [
            "[cluster]", "name = \(Configuration.quoted(name))", "host = \(Configuration.quoted(host))",
            "link = \(Configuration.quoted(link))", "realms = \(Configuration.quoted(realms))",
            "lease = \(Configuration.quoted(lease))", "copies = \(copies)",
            "same_accounts = \(hasSameAccounts)",
        ] + (keyFile.map { ["key_file = \(Configuration.quoted($0))"] } ?? [])
    }
}

extension Limits {
    fileprivate var lines: [String] {
        let head = [
            "[limits]", "capacity = \(capacity)", "memory = \"\(SizeText.write(memory))\"",
            "sessions_per_user = \(sessionsPerUser)",
            "sessions_per_user_policy = \"\(sessionsPerUserPolicy.rawValue)\"", "connections = \(connections)",
            "connections_per_uid = \(connectionsPerUID)", "connections_for_root = \(connectionsForRoot)",
        ]
        let pool = connectionsWithoutRole.map { ["connections_without_role = \($0)"] } ?? []
        return head + pool + [
            "in_flight = \(inFlight)", "frame_timeout = \(Configuration.quoted(frameTimeout))", "logins = \(logins)",
            "logins_per_source = \(loginsPerSource)", "names_per_source = \(namesPerSource)",
            "subscribers = \(subscribers)",
            "limiter_names = \(limiterNames)",
        ]
    }
}

extension Service {
    fileprivate var lines: [String] {
        [
            "[[service]]", "name = \(Configuration.quoted(name))", "pam = \(Configuration.quoted(pam))",
            "realm = \(Configuration.quoted(realm))", "methods = \(Configuration.quoted(methods))",
            "idle = \(Configuration.quoted(idle))", "absolute = \(Configuration.quoted(absolute))",
            "setcred = \(setsCredentials)", "login_timeout = \(Configuration.quoted(rules.loginTimeout))",
            "answer_timeout = \(Configuration.quoted(rules.answerTimeout))",
            "floor = \(Configuration.quoted(rules.floor))", "relay_messages = \(rules.relaysMessages)",
            "reveal_account_state = \(rules.revealsAccountState)", "allow_root = \(rules.allowsRoot)",
            "minimum_uid = \(rules.minimumUID)", "allow_no_account = \(rules.allowsNoAccount)",
            "allow_password_change = \(rules.allowsPasswordChange)",
            "undecided_codes = \(rules.undecidedCodes.sorted())",
            "undecided = \"\(rules.revealsUndecided ? UndecidedAnswer.unavailable : .denied)\"",
            "account_check = \(Configuration.quoted(accounts.interval))",
            "on_password_change = \"\(accounts.onPasswordChange.rawValue)\"",
            "unknown_ends = \(accounts.unknownEnds)", "check = \(Configuration.quoted(accounts.check ?? pam))",
        ]
    }
}

extension ClientEntry {
    fileprivate var lines: [String] {
        let subject =
            switch subject {
            case .anyone: "user = \"*\""
            case .user(let uid): "user = \(uid)"
            case .users(let uids): "uids = \"\(uids.lowerBound)-\(uids.upperBound)\""
            case .group(let gid): "group = \(gid)"
            case .named(let name), .absent(let name): "\(name.kind.rawValue) = \(Configuration.quoted(name.name))"
            }
        var lines = [
            "[[client]]", "name = \(Configuration.quoted(name))", subject,
            "roles = \(Configuration.quoted(roles.names))",
        ]
        if let services { lines.append("services = \(Configuration.quoted(services))") }
        return lines + ["relays_source = \(relaysSource)", "board = \(board)"]
    }
}
