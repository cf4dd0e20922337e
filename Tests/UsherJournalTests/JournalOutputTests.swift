import CLinux
import Testing
import UsherTestKit

@testable import UsherJournal

@Suite("Journal: output")
struct JournalOutputTests {
    let directory: TestDirectory
    let journal: JournalSocketStandIn
    let output: JournalOutput

    init() throws {
        directory = try TestDirectory()
        journal = try JournalSocketStandIn(directory.path("socket"))
        output = JournalOutput(of: "usherd", path: journal.path)
    }

    private func write(_ number: Int, isAtWill: Bool = false) {
        output.write(
            JournalRecord(title: "entry", level: .info, fields: ["number": "\(number)"]), isAtWill: isAtWill)
    }

    @Test("hands entries over in order")
    func order() {
        for number in 0..<3 { write(number) }
        #expect(journal.take().map { $0["USHER_NUMBER"] } == ["0", "1", "2"])
        #expect(!output.hasWaiting && output.lost == 0)
    }

    @Test("keeps what a journal that does not read does not take, loses no more than it must, and says how much")
    func stuck() throws {
        var sent = 0
        while output.lost < 3, sent < 5000 {
            write(sent)
            sent += 1
        }
        try #require(output.lost == 3 && output.hasWaiting)
        var taken: [JournalFields] = []
        for _ in 0..<1000 where output.hasWaiting || taken.last?["USHER_COUNT"] == nil {
            taken += journal.take()
            output.flush()
        }
        taken += journal.take()
        let told = try #require(taken.last)
        #expect(told["MESSAGE_ID"] == JournalMessage.entriesLost.id && told["USHER_COUNT"] == "3")
        #expect(taken.dropLast().map { $0["USHER_NUMBER"] } == (0..<sent - 3).map { "\($0)" })
        write(-1)
        #expect(journal.take().map { $0["USHER_NUMBER"] } == ["-1"] && output.lost == 3)
    }

    @Test("what clients cause at will leaves half of the queue to all that they do not")
    func reserve() throws {
        for number in 0..<5000 where output.lost < 3 { write(number, isAtWill: true) }
        try #require(output.lost == 3)
        for number in 0..<JournalOutput.room - JournalOutput.roomForClients { write(number) }
        #expect(output.lost == 3)
        write(-1, isAtWill: true)
        write(-1)
        #expect(output.lost == 5)
    }

    @Test("finds a journal that was started anew, and keeps entries while there is none")
    func restarted() throws {
        write(0)
        journal.close()
        for number in 1...2 { write(number) }
        #expect(output.hasWaiting)
        try journal.open()
        output.flush()
        #expect(journal.take().map { $0["USHER_NUMBER"] } == ["1", "2"])
    }

    @Test("takes only what standard error really is for the journal's stream", arguments: [nil, "", "1:2", "x"])
    func stream(_ value: String?) {
        #expect(!JournalOutput.isJournalStream(value))
        var status = stat()
        fstat(2, &status)
        #expect(JournalOutput.isJournalStream("\(status.st_dev):\(status.st_ino)"))
    }
}
