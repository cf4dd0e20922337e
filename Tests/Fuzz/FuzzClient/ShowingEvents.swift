import UsherClient
import UsherToolSupport
import UsherWire
import UsherctlText

// In a file of its own: UsherWire has names that UsherClient has too.

/// As `usherctl watch` shows an event; `bytes` are the parameters of `events.event`.
func show(eventOf bytes: [UInt8]) {
    guard let event = try? UsherWire.Event(0..<bytes.count, in: bytes.span), let shown = SessionEvent(event) else {
        return
    }
    check(shown.json)
    check([shown.line])
}
