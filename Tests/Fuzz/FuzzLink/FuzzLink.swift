// libFuzzer target for what usherd and the link to the store say to each other.
//
//     Tests/Fuzz/run
//
// Beside crashes it looks for messages that are other bytes when they are written anew. A host of a cluster then takes
// the input as what the link says: datagrams that have their length in front.

import UsherCluster
import UsherLinkWire
import UsherStoreWire

/// What libFuzzer calls with each input.
@c(LLVMFuzzerTestOneInput)
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let input = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
    if let message = try? LinkMessage(input) {
        guard let written = try? message.encoded(), written == input else { fatalError("other bytes: \(message)") }
    }
    var driver = LinkedHost()
    driver.begin()
    for message in messages(input) where !driver.isOver { driver.hear(message) }
    return 0
}

/// Datagrams that have their length in two bytes in front.
private func messages(_ input: [UInt8]) -> [LinkMessage] {
    var messages: [LinkMessage] = []
    var rest = input[...]
    while rest.count > 2 {
        let size = min(Int(rest.removeFirst()) << 8 | Int(rest.removeFirst()), rest.count)
        if let message = try? LinkMessage(Array(rest.prefix(size))) { messages.append(message) }
        rest = rest.dropFirst(size)
    }
    return messages
}
