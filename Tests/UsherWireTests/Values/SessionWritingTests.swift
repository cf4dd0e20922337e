import Testing
import UsherNames
import UsherSecrets
import UsherWire

/// A session is written in one of two ways: a short one for what nearly all are, and one for all.
@Suite("Session writing")
struct SessionWritingTests {
    private struct Texts {
        var realm = "site"
        var service = "web"
        var user = "ada"
        var methods = #"["pwd"]"#
        var context = #"{"remote_ip":"192.0.2.17"}"#
        var data: String? = ""
    }

    private static let now: Int64 = 1_790_000_000
    private static func figures(_ change: (inout SessionFigures) -> Void = { _ in }) -> SessionFigures {
        var figures = SessionFigures(
            handle: SessionHandle(prefix: 7, tag: 0x0123_4567_89ab_cdef), uid: 1000, created: now,
            authenticated: now + 1,
            lastSeen: now + 2, idleExpires: now + 1800, expires: now + 43_200, version: 1)
        change(&figures)
        return figures
    }

    /// What both ways write behind `before`; nil where it did not fit.
    private func written(
        _ figures: SessionFigures, _ texts: Texts, room: Int = 4096, needsComma: Bool = false
    ) -> (short: String?, any: String?) {
        func write(_ body: (inout FrameBuffer) -> Void) -> String? {
            var out = FrameBuffer(capacity: room)
            if needsComma { out.null() }
            body(&out)
            return out.endText() ? String(decoding: out.copy(), as: UTF8.self) : nil
        }
        let (realm, service) = (Array(texts.realm.utf8), Array(texts.service.utf8))
        let (user, methods) = (Array(texts.user.utf8), Array(texts.methods.utf8))
        let (context, data) = (Array(texts.context.utf8), texts.data.map { Array($0.utf8) })
        return (
            write {
                $0.session(
                    figures, realm: realm.span, service: service.span, user: user.span, methods: methods.span,
                    context: context.span, data: data?.span)
            },
            write {
                $0.anySession(
                    figures, realm: realm.span, service: service.span, user: user.span, methods: methods.span,
                    context: context.span, data: data?.span)
            }
        )
    }

    @Test("shows every member")
    func members() {
        let both = written(Self.figures { $0.version = 12 }, Texts(data: #"{"k":"v"}"#))
        #expect(
            both.short == #"""
                {"handle":"h_AAAABwEjRWeJq83v","realm":"site","service":"web","user":"ada","uid":1000,\#
                "created":1790000000,"authenticated":1790000001,"last_seen":1790000002,"idle_expires":1790001800,\#
                "expires":1790043200,"methods":["pwd"],"context":{"remote_ip":"192.0.2.17"},"data":{"k":"v"},"version":12}
                """#)
        #expect(both.short == both.any)
    }

    @Test("is the same in both ways, whatever is in it")
    func same() {
        let names = [
            "a", "ada", "ada.lovelace", "q\"uote", "back\\slash", "ädä", "\u{1}", String(repeating: "n", count: 256),
        ]
        let times: [Int64] = [
            -1, 0, 1, 999_999_999, 1_000_000_000, 1_790_000_000, 9_999_999_999, 10_000_000_000, .max / 4, -.max / 4,
        ]
        for name in names {
            for time in times {
                for uid: UInt32? in [nil, 0, 1000, .max] {
                    let figures = Self.figures { ($0.uid, $0.lastSeen) = (uid, time) }
                    let both = written(figures, Texts(user: name, context: uid == nil ? "" : "{}", data: nil))
                    #expect(both.short != nil && both.short == both.any)
                }
            }
            for texts in [Texts(realm: name), Texts(service: name)] {
                let both = written(Self.figures(), texts, needsComma: true)
                #expect(both.short?.hasPrefix("null,{") == true && both.short == both.any)
            }
        }
        for time in times {
            for change: (inout SessionFigures) -> Void in [
                { $0.created = time }, { $0.authenticated = time }, { $0.idleExpires = time }, { $0.expires = time },
                { $0.version = time },
            ] {
                let both = written(Self.figures(change), Texts())
                #expect(both.short != nil && both.short == both.any)
            }
        }
    }

    @Test("writes nothing beyond its room: it fits in either way or in none")
    func room() {
        let size = written(Self.figures(), Texts()).any?.utf8.count ?? 0
        for room in max(64, size - 40)...size + 450 {
            let both = written(Self.figures(), Texts(), room: room)
            #expect(both.short == both.any, "\(room)")
        }
        // The longest figures where the short way has just enough room for them (a sanitizer sees what it writes
        // beyond).
        let longest = Self.figures { ($0.uid, $0.version) = (.max, .max) }
        for room in size + 300...size + 450 {
            let both = written(longest, Texts(data: "{}"), room: room, needsComma: true)
            #expect(both.short != nil && both.short == both.any)
        }
        #expect(written(Self.figures(), Texts(), room: size - 1).short == nil)
        #expect(written(Self.figures(), Texts(), room: size + 450).short != nil)
    }
}
