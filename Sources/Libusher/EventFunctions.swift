// The functions are documented in usher.h, under the names of C.
// swift-format-ignore-file: AlwaysUseLowerCamelCase, AllPublicDeclarationsHaveDocumentation

public import CUsher
internal import UsherClient

/// A `usher_events`.
@safe final class ForeignEvents: ForeignHandle {
    fileprivate let events: HostedEvents
    /// The event that C was given last.
    fileprivate var last: (event: UnsafePointer<usher_event>?, memory: ForeignMemory)?

    fileprivate init(_ events: HostedEvents) { self.events = events }

    fileprivate func next() throws(UsherError) -> UnsafePointer<usher_event>? {
        unsafe last = nil
        guard let event = try events.next() else { return nil }
        let memory = ForeignMemory()
        let value = unsafe usher_event(
            kind: memory.text(event.kind.name), at: event.at.seconds, handle: memory.textUnlessNil(event.handle?.text),
            realm: memory.textUnlessNil(event.realm), service: memory.textUnlessNil(event.service),
            user: memory.textUnlessNil(event.user),
            reason: memory.textUnlessNil(event.reason), detail: memory.textUnlessNil(event.detail),
            source: memory.textUnlessNil(event.source),
            client: memory.textUnlessNil(event.client), host: memory.textUnlessNil(event.host))
        unsafe last = unsafe (memory.value(value), memory)
        return unsafe last?.event
    }
}

@c @implementation
public func usher_events_open(
    _ usher: OpaquePointer?, _ kinds: UnsafePointer<CChar>?, _ user: UnsafePointer<CChar>?,
    _ failure: UnsafeMutablePointer<OpaquePointer?>?
) -> OpaquePointer? {
    unsafe failure?.pointee = nil
    do throws(UsherError) {
        guard let client = unsafe ForeignClient.borrowed(usher) else { throw UsherError(.invalidArgument) }
        let events = unsafe try HostedEvents(
            client.client.configuration, kinds: wanted(Argument.optionalText(kinds) ?? ""),
            user: Argument.optionalText(user))
        return unsafe ForeignEvents(events).given()
    } catch {
        unsafe failure?.pointee = ForeignResult(error).given()
        return nil
    }
}

private func wanted(_ names: String) throws(UsherError) -> Set<SessionEvent.Kind> {
    var kinds: Set<SessionEvent.Kind> = []
    for name in names.utf8.split(separator: UInt8(ascii: " ")) {
        guard let kind = SessionEvent.Kind(name: String(Substring(name))) else {
            throw UsherError(.invalidArgument, detail: "there is no such kind of event")
        }
        kinds.insert(kind)
    }
    return kinds
}

@c @implementation
public func usher_events_fd(_ events: OpaquePointer?) -> Int32 {
    unsafe ForeignEvents.borrowed(events)?.events.descriptor ?? -1
}

@c @implementation
public func usher_events_deadline(_ events: OpaquePointer?) -> Int32 {
    unsafe ForeignEvents.borrowed(events)?.events.due ?? -1
}

@c @implementation
public func usher_events_next(
    _ events: OpaquePointer?, _ failure: UnsafeMutablePointer<OpaquePointer?>?
) -> UnsafePointer<usher_event>? {
    unsafe failure?.pointee = nil
    do throws(UsherError) {
        guard let events = unsafe ForeignEvents.borrowed(events) else { throw UsherError(.invalidArgument) }
        return unsafe try events.next()
    } catch {
        unsafe failure?.pointee = ForeignResult(error).given()
        return nil
    }
}

@c @implementation
public func usher_events_close(_ events: OpaquePointer?) { _ = unsafe ForeignEvents.taken(events) }
