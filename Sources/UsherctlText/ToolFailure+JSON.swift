internal import UsherClient
package import UsherToolSupport

extension ToolFailure {
    /// `{"error":{…}}`.
    package var json: JSONValue {
        var members: [(String, JSONValue)] = [("reason", .text(reason)), ("message", .text(text))]
        if let code { members.insert(("code", .number(Int64(code))), at: 0) }
        if let retryAfter { members.append(("retry_after_ms", .number(Int64(retryAfter / .milliseconds(1))))) }
        if let pending {
            members.append(("pending", .flag(true)))
            if let until = pending.until { members.append(("until_ms", .number(Int64(until / .milliseconds(1))))) }
        }
        if !messages.isEmpty { members.append(("messages", .list(messages.map(JSONValue.text)))) }
        members.append(("exit_status", .number(Int64(status.rawValue))))
        return .object([("error", .object(members))])
    }
}
