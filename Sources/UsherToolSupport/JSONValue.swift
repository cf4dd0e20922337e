package import UsherClient
internal import UsherWire

/// A value to be shown as one line of JSON by our own command line, with the same writer that the protocol uses.
package indirect enum JSONValue: Sendable {
    case null
    case flag(Bool)
    case number(Int64)
    case text(String)
    case list([JSONValue])
    /// Members in the order to write them.
    case object([(String, JSONValue)])

    /// Text, or null.
    package static func optional(_ text: String?) -> JSONValue { text.map(JSONValue.text) ?? .null }
    /// An object of texts in the order of the keys.
    package static func texts(_ dictionary: [String: String]) -> JSONValue {
        .object(dictionary.sorted { $0.key < $1.key }.map { ($0.key, .text($0.value)) })
    }

    /// The JSON, without a line's end; nil where it does not fit `capacity` bytes. It is shown on terminals too: what
    /// could steer one is escaped.
    package func line(capacity: Int = 1 << 20) -> String? {
        var out = FrameBuffer(capacity: capacity)
        write(to: &out)
        guard out.endText() else { return nil }
        defer { out.wipe() }
        let line = out.withBytes { bytes in
            unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
        }
        return Self.escaped(line)
    }

    /// The writer has escaped what RFC 8259 demands. All other characters that steer a terminal stand in strings, and
    /// have four hexadecimal digits.
    private static func escaped(_ line: String) -> String {
        guard line.unicodeScalars.contains(where: \.steersTerminal) else { return line }
        var escaped = String.UnicodeScalarView()
        for scalar in line.unicodeScalars {
            guard scalar.steersTerminal else {
                escaped.append(scalar)
                continue
            }
            let digits = String(scalar.value, radix: 16)
            escaped += ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).unicodeScalars
        }
        return String(escaped)
    }

    private func write(to out: inout FrameBuffer) {
        switch self {
        case .null: out.null()
        case .flag(let flag): out.value(flag)
        case .number(let number): out.value(number)
        case .text(let text): out.value(text)
        case .list(let values):
            out.beginArray()
            for value in values { value.write(to: &out) }
            out.endArray()
        case .object(let members):
            out.beginObject()
            for (name, value) in members {
                out.value(name)
                out.colon()
                value.write(to: &out)
            }
            out.endObject()
        }
    }
}

extension Session {
    /// As the protocol writes a session; without data where the daemon left it out.
    package var json: JSONValue {
        var members: [(String, JSONValue)] = [
            ("handle", .text(handle.text)), ("realm", .text(realm)), ("service", .text(service)), ("user", .text(user)),
            ("uid", uid.map { .number(Int64($0)) } ?? .null), ("created", .number(created.seconds)),
            ("authenticated", .number(authenticated.seconds)), ("last_seen", .number(lastSeen.seconds)),
            ("idle_expires", .number(idleExpires.seconds)), ("expires", .number(expires.seconds)),
            ("methods", .list(methods.map(JSONValue.text))), ("context", .texts(context)),
        ]
        if hasData { members.append(("data", .object(data.map { ($0.key, .text($0.value)) }))) }
        return .object(members + [("version", .number(version))])
    }
}
