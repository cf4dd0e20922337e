import CLinux
import Testing
import UsherPAMWire
import UsherTestKit

/// Both ways: with SO_PASSRIGHTS, where the kernel has it, and as on a kernel without.
@Suite("Descriptors that are passed to the broker")
struct PassedDescriptorTests {
    static let kernels = [[], ["--ignore-passrights"]]
    /// Half of what one close(2) would take.
    static let bound = Duration.seconds(4)

    @Test("by whoever may connect, cost that connection and nobody's time", arguments: kernels)
    func clients(_ options: [String]) throws {
        let broker = RunningBroker(["fine": "auth required CHAOS prompts=1\naccount required CHAOS"], options)
        defer { broker.stop() }
        let good = try broker.client()
        let hostile = try (0..<3).map { _ in try broker.client() }
        kill(broker.pid, SIGSTOP)
        var sockets: [LingeringSocket] = []
        for client in hostile + [broker.connect()] {
            let socket = try LingeringSocket(seconds: 8)
            let isThrough = pass([socket.descriptor], with: [1], on: client.socket)
            if !options.isEmpty { #expect(isThrough) }
            if isThrough { socket.letGo() }
            sockets.append(socket)
        }
        kill(broker.pid, SIGCONT)
        let time = try elapsed {
            let outcome = try good.outcome("fine", "bob", "x")
            #expect(outcome == "ok bob")
        }
        #expect(time < Self.bound, "\(time)")
    }

    @Test("by a module end its login alone", arguments: kernels)
    func modules(_ options: [String]) throws {
        let broker = RunningBroker(
            [
                "passing": "auth required CHAOS pass=4\naccount required CHAOS",
                "fine": "auth required CHAOS prompts=1\naccount required CHAOS",
            ], options)
        defer { broker.stop() }
        let client = try broker.client()
        let time = try elapsed {
            let outcome = try client.outcome("passing", "bob", "x")
            #expect(outcome == (options.isEmpty ? outcome : "protocolViolated"))
            #expect(try client.outcome("fine", "bob", "x") == "ok bob")
        }
        #expect(time < Self.bound, "\(time)")
    }
}
