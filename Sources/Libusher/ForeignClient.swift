// The functions are documented in usher.h, under the names of C.
// swift-format-ignore-file: AlwaysUseLowerCamelCase, AllPublicDeclarationsHaveDocumentation

internal import CLinux
public import CUsher
internal import UsherClient

/// A `usher`: a client, and whether the program's own event loop runs its turns.
final class ForeignClient: ForeignHandle, Sendable {
    let client: UsherClient
    let isHosted: Bool

    /// A client that is not connected yet.
    init(_ configuration: ClientConfiguration, isHosted: Bool) {
        self.isHosted = isHosted
        client = isHosted ? UsherClient(hosted: configuration) : UsherClient(configuration)
    }

    /// Ends the connection; with an event loop of the program, runs the functions of the calls that this ends.
    func close() { if isHosted { client.calls.closeHosted() } else { client.close() } }
}

extension ClientConfiguration {
    /// The configuration that the options describe; nil if one of them is invalid.
    init?(_ options: usher_options) {
        do throws(UsherError) {
            if let directory = unsafe try Argument.optionalText(options.development) {
                self = .development(directory: directory)
            } else {
                self.init()
            }
            if let path = unsafe try Argument.optionalText(options.socket_path) { socketPath = path }
            if let user = unsafe try Argument.optionalText(options.server_user) { trust = .user(named: user) }
        } catch {
            return nil
        }
        deadline = unsafe Argument.duration(options.deadline_ms, usual: deadline)
        loginDeadline = unsafe Argument.duration(options.login_deadline_ms, usual: loginDeadline)
        patience = unsafe Argument.duration(options.patience_ms, usual: patience)
        requestPatience = unsafe Argument.duration(options.request_patience_ms, usual: requestPatience)
        queueCapacity = unsafe Self.count(options.queue_capacity, usual: queueCapacity)
        cacheCapacity = unsafe Self.count(options.cache_capacity, usual: cacheCapacity)
    }

    private static func count(_ number: Int64, usual: Int) -> Int {
        number == 0 ? usual : Int(min(max(number, 0), 1 << 24))
    }
}

extension usher_options {
    /// The options at `pointer`. The program may have been built for fewer members, or for more: nil unless the bytes
    /// of those are 0.
    init?(at pointer: UnsafePointer<usher_options>) {
        let size = unsafe pointer.pointee.size
        let own = unsafe MemoryLayout<usher_options>.size
        guard MemoryLayout<Int>.size...4096 ~= size else { return nil }
        let given = unsafe UnsafeRawBufferPointer(start: pointer, count: size)
        guard unsafe given.dropFirst(own).allSatisfy({ $0 == 0 }) else { return nil }
        unsafe self.init()
        unsafe withUnsafeMutableBytes(of: &self) {
            unsafe $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: given.prefix(own)))
        }
    }
}

@c @implementation
public func usher_open(_ options: UnsafePointer<usher_options>?) -> OpaquePointer? {
    var given = unsafe usher_options()
    if let options = unsafe options {
        guard let read = unsafe usher_options(at: options) else { return unsafe failed(EINVAL) }
        unsafe given = read
    }
    let isHosted = unsafe given.own_loop == 1
    guard unsafe 0...1 ~= given.own_loop, let configuration = unsafe ClientConfiguration(given) else {
        return unsafe failed(EINVAL)
    }
    let client = ForeignClient(configuration, isHosted: isHosted)
    if isHosted, client.client.calls.host?.isUsable != true { return unsafe failed(EMFILE) }
    return unsafe client.given()
}

private func failed(_ number: Int32) -> OpaquePointer? {
    unsafe __errno_location().pointee = number
    return nil
}

@c @implementation
public func usher_close(_ usher: OpaquePointer?) { unsafe ForeignClient.taken(usher)?.close() }

@c @implementation
public func usher_fd(_ usher: OpaquePointer?) -> Int32 {
    unsafe ForeignClient.borrowed(usher)?.client.calls.host?.descriptor ?? -1
}

@c @implementation
public func usher_deadline(_ usher: OpaquePointer?) -> Int32 {
    guard let client = unsafe ForeignClient.borrowed(usher), client.isHosted else { return -1 }
    return client.client.calls.turnDue
}

@c @implementation
public func usher_process(_ usher: OpaquePointer?) -> Int32 {
    unsafe ForeignClient.borrowed(usher)?.client.calls.runTurn() == true ? 1 : 0
}

@c @implementation
public func usher_cancel(_ usher: OpaquePointer?, _ number: Int64) -> Int32 {
    unsafe ForeignClient.borrowed(usher)?.client.calls.cancelCall(number) == true ? 1 : 0
}
