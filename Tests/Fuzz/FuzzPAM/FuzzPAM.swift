// libFuzzer target for the protocol between usherd, usher-pam and its workers: every message that each may send the
// other, and what the broker makes of messages in any order. Tests/Fuzz/run builds it and runs it.
//
// Beside crashes it looks for messages that do not survive our own encoding, and for a broker that forgets a message,
// speaks to a worker that is not there, or lets more compute than it may.

import UsherPAMWire
import UsherPOSIX

/// libFuzzer calls this for each input. The first byte says what the others are.
@c(LLVMFuzzerTestOneInput)
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let first = bytes.first else { return 0 }
    if first % 2 == 0 {
        checkMessages(Array(bytes.dropFirst()))
    } else {
        var world = BrokerWorld()
        world.run(bytes.dropFirst())
    }
    return 0
}

/// A message that is read must be written again as one that is read as the same.
private func checkMessages(_ bytes: [UInt8]) {
    if let report = try? PAMReport.decode(bytes.span) {
        let first = written { try report.encode(into: &$0) }
        guard let again = try? PAMReport.decode(first.span) else { preconditionFailure("a report that is not read") }
        precondition(again == report)
    }
    if let request = try? PAMRequest.decode(bytes.span) {
        let first = written { try request.encode(into: &$0) }
        guard let again = try? PAMRequest.decode(first.span) else { preconditionFailure("a request that is not read") }
        precondition(written { try again.encode(into: &$0) } == first)
    }
}

/// The bytes of a message that was read, and so can be written.
private func written(_ encode: (inout Datagram) throws -> Void) -> [UInt8] {
    var datagram = Datagram(limit: PAMLimits.datagram)
    do { try encode(&datagram) } catch { preconditionFailure("a message that was read is not written: \(error)") }
    return datagram.withBytes { bytes in bytes.indices.map { bytes[$0] } }
}
