import CLinux
import Testing
import UsherPOSIX

@Suite("Datagram")
struct DatagramTests {
    private func content(_ datagram: borrowing Datagram) -> [UInt8] {
        datagram.withBytes { bytes in bytes.indices.map { bytes[$0] } }
    }

    @Test("takes what fits and nothing else, in bytes and in pieces")
    func room() {
        var datagram = Datagram(limit: 4)
        var taken = [datagram.append(1), datagram.append([2, 3].span), datagram.append([4, 5].span)]
        #expect(taken == [true, true, false])
        #expect(content(datagram) == [1, 2, 3])
        taken = [datagram.append([4].span), datagram.append(5), datagram.append([UInt8]().span)]
        #expect(taken == [true, false, true])
        #expect(content(datagram) == [1, 2, 3, 4])
        datagram.wipe()
        let isTaken = datagram.append(6)
        #expect(isTaken)
        #expect(content(datagram) == [6])
    }

    @Test("is sent whole, and what a failed read leaves is not kept")
    func transport() throws {
        var pair: [CInt] = [-1, -1]
        try #require(usher_socketpair(CInt(SOCK_SEQPACKET.rawValue), 1, &pair) == 0)
        let near = FileDescriptor(owning: pair[0])
        let far = FileDescriptor(owning: pair[1])
        var datagram = Datagram(limit: 8)
        let isTaken = datagram.append([1, 2, 3].span)
        let isSent = datagram.send(on: near.number)
        #expect(isTaken && isSent)
        var other = Datagram(limit: 8)
        let got = other.fill { read(far.number, $0.baseAddress, $0.count) }
        #expect(got == 3)
        #expect(content(other) == [1, 2, 3])
        let missed = other.fill { read(far.number, $0.baseAddress, $0.count) }
        #expect(missed == -1)
        #expect(content(other).isEmpty)
        let isSentNowhere = datagram.send(on: -1)
        #expect(!isSentNowhere)
    }
}
