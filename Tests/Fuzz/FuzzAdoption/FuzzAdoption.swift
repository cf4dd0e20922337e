// libFuzzer target for what a daemon finds in memory that it takes over: images of ledger and board, and of the
// limiter, that were whole once and then changed in any way.
//
//     USHER_FUZZ=1 swift build -c release --scratch-path .build-fuzz --product FuzzAdoption --sanitize fuzzer \
//         -Xswiftc -sanitize=fuzzer,address -Xswiftc -assert-config -Xswiftc Debug -Xswiftc -DDEBUG
//     .build-fuzz/release/FuzzAdoption -max_total_time=60 /tmp/found Tests/Fuzz/Corpus/adoption
//
// Beside crashes it looks for broken invariants, for sessions that are not whole, and for anything that is left once
// all have ended. The first byte says what is taken over and how; `Damage` says what the others mean.

/// libFuzzer calls this for each input.
@c(LLVMFuzzerTestOneInput)
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    var damage = unsafe Damage(UnsafeBufferPointer(start: start, count: count))
    let choice = Int(damage.byte())
    switch choice % 8 {
    case 0: FuzzedLimiter.run(&damage)
    case 1: FuzzedDaemon.run(LedgerImage.sound[choice / 8 % LedgerImage.sound.count], &damage)
    default: FuzzedLedger.run(LedgerImage.sound[choice / 8 % LedgerImage.sound.count], &damage)
    }
    return 0
}
