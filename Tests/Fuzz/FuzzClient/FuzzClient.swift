// libFuzzer target for what a client makes of a server that may say anything: frames, results, errors and events, in
// whatever order, read by the library as tools and usherctl use it; and for the table of calls in any order of events.
// Tests/Fuzz/run builds it and runs it.
//
// Beside crashes it looks for a call that never ends, or ends twice.

import UsherClient
import UsherToolSupport

/// libFuzzer calls this for each input. The first byte says what the others are.
@c(LLVMFuzzerTestOneInput)
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let first = bytes.first else { return 0 }
    if first % 4 == 0 {
        var world = CoreWorld()
        world.run(bytes.dropFirst())
    } else {
        ask(FuzzServer.shared, first, Array(bytes.dropFirst()))
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
        case 0: _ = try blocking.hello()
        case 1: _ = try blocking.stats().counters.count
        case 2: write(try blocking.validate(token))
        case 3: write(try blocking.rotate(token).session)
        case 4: _ = try blocking.update(token, changes: ["a": "b"])
        case 5:
            for session in try blocking.sessionPage(of: .token(token)).sessions { write(session) }
        case 6: _ = try blocking.revoke(token)
        case 7: write(try blocking.create(user: "ann", methods: ["pwd"]).session)
        case 8: _ = try blocking.limits().names.count
        case 9: try blocking.touch([token])
        case 10: write(try blocking.startLogin(user: "ann", password: nil))
        default: try blocking.ping()
        }
        return true
    } catch {
        precondition(!error.description.isEmpty && error.code.name != "answer_timed_out", "\(error.debugDescription)")
        return false
    }
}

private func write(_ session: Session?) { precondition(session.map { $0.json.line() != nil } ?? true) }

private func write(_ step: LoginStep) {
    switch step {
    case .complete(let login): write(login.session)
    case .challenge(let challenge): precondition(!challenge.prompts.isEmpty)
    }
}
