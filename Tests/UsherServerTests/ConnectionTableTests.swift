import CLinux
import Testing
import UsherEngine
import UsherEventLoop

@testable import UsherServer

@Suite("Connection table")
struct ConnectionTableTests {
    private func insert(_ table: inout ConnectionTable) -> Connection {
        let socket = PeerSocket(accepted: usher_unix_socket(CInt(SOCK_STREAM.rawValue), 1), closer: nil)
        let credentials = PeerCredentials(uid: 1, gid: 1, pid: 0, groups: [])
        return table.insert(socket, credentials, owner: ConnectionOwner(user: 1), place: .outsiders)
    }

    @Test("an id names its connection alone, also when its place has a new tenant")
    func generations() {
        var table = ConnectionTable()
        let first = insert(&table)
        #expect(table[first.id] === first)
        table.remove(first)
        #expect(table[first.id] == nil)
        let second = insert(&table)
        #expect(second.id.index == first.id.index && second.id != first.id)
        #expect(table[first.id] == nil && table[second.id] === second)
        #expect(table[index: 0] === second && table[index: 1] == nil)
        #expect(table[ConnectionID(index: 7, generation: 0)] == nil)
        #expect(table[ConnectionID(index: .max, generation: .max)] == nil)
    }

    @Test("an id comes back from the one word that it is written as")
    func words() {
        for id in [
            ConnectionID(index: 0, generation: 0), ConnectionID(index: .max, generation: 1),
            ConnectionID(index: 1, generation: .max),
        ] {
            #expect(ConnectionID(word: id.word) == id)
        }
    }

    @Test("deadlines come out in order, each once, also one that is added before others")
    func deadlines() {
        var deadlines = DeadlineQueue()
        #expect(deadlines.next == nil && deadlines.takeDue(at: .max).isEmpty)
        let ids = (0..<100).map { ConnectionID(index: $0, generation: 1) }
        for (index, id) in ids.enumerated() { deadlines.insert(id, Int64(index * 10)) }
        #expect(deadlines.takeDue(at: -1).isEmpty && deadlines.next == 0)
        #expect(deadlines.takeDue(at: 0) == [ids[0]])
        #expect(deadlines.takeDue(at: 709) == Array(ids[1...70]) && deadlines.next == 710)
        deadlines.insert(ids[3], 715)
        deadlines.insert(ids[2], 705)
        #expect(deadlines.takeDue(at: 719) == [ids[2], ids[71], ids[3]])
        deadlines.insert(ids[71], 9999)
        #expect(deadlines.takeDue(at: 990) == Array(ids[72...99]))
        deadlines.insert(ids[99], 800)
        #expect(deadlines.takeDue(at: 800) == [ids[99]])
        deadlines.insert(ids[5], 900)
        deadlines.remove(ids[71])
        deadlines.remove(ids[99])
        #expect(deadlines.takeDue(at: .max) == [ids[5]] && deadlines.next == nil)
    }
}
