// libFuzzer target for what usherd and the link to the store say to each other.
//
//     Tests/Fuzz/run
//
// Beside crashes it looks for messages that are other bytes when they are written anew.

import UsherLinkWire

/// What libFuzzer calls with each datagram.
@c(LLVMFuzzerTestOneInput)
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let datagram = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
    guard let message = try? LinkMessage(datagram) else { return 0 }
    guard let written = try? message.encoded(), written == datagram else { fatalError("other bytes: \(message)") }
    return 0
}
