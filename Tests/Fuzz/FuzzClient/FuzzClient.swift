// libFuzzer target for what a client makes of a server that may say anything: frames, results, errors and events, in
// whatever order, read by the library as tools use it, and shown as usherctl shows them; and for the table of calls in
// any order of events. Tests/Fuzz/run builds it and runs it.
//
// Beside crashes it looks for a call that never ends, or ends twice, and for lines of usherctl that steer a terminal,
// or are more than one.

import UsherClient
import UsherctlText

/// libFuzzer calls this for each input. The first byte says what the others are.
@c(LLVMFuzzerTestOneInput)
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let first = bytes.first else { return 0 }
    switch first % 8 {
    case 0:
        var world = CoreWorld()
        world.run(bytes.dropFirst())
    case 4: show(eventOf: Array(bytes.dropFirst()))
    default: ask(FuzzServer.shared, first, Array(bytes.dropFirst()))
    }
    return 0
}

/// Makes calls until the script of the server is over.
private func ask(_ server: FuzzServer, _ first: UInt8, _ script: [UInt8]) {
    server.script(script)
    var configuration = ClientConfiguration(socketPath: server.path, trust: .ownUser)
    (configuration.deadline, configuration.loginDeadline) = (.seconds(20), .seconds(20))
    (configuration.patience, configuration.requestPatience) = (.zero, .zero)
    var client = UsherClient(configuration)
    var number = Int(first) / 4
    while !server.isOver {
        // One that has lost its server would not try again at once.
        if !call(number % 12, client) {
            client.close()
            client = UsherClient(configuration)
        }
        number += 1
    }
    client.close()
}

private let token = Token(String(repeating: "A", count: 43))

/// One call, whose result is written as usherctl writes it; false where it failed.
private func call(_ number: Int, _ client: UsherClient) -> Bool {
    guard let token else { preconditionFailure("no token") }
    let blocking = client.blocking
    do throws(UsherError) {
        switch number {
        case 0: check([sanitized(try blocking.hello().server)])
        case 1: show(try blocking.stats(byService: true))
        case 2: show(try blocking.validate(token).map { [$0] } ?? [])
        case 3: show([try blocking.rotate(token).session])
        case 4: _ = try blocking.update(token, changes: ["a": "b"])
        case 5: show(try blocking.sessionPage(of: .token(token)).sessions)
        case 6: _ = try blocking.revoke(token) + blocking.revokeAll(of: .everybody(realm: nil))
        case 7: show([try blocking.create(user: "ann", methods: ["pwd"]).session])
        case 8: show(try blocking.limits())
        case 9: try blocking.touch([token])
        case 10: show(try blocking.startLogin(user: "ann", password: nil))
        default: try blocking.ping()
        }
        return true
    } catch {
        show(error)
        return false
    }
}
