// libFuzzer target for all that a daemon lives through: frames of two peers, reports of the broker, time, lost
// connections, in any order, against a live engine.
//
//     USHER_FUZZ=1 swift build -c release --scratch-path .build-fuzz --sanitize fuzzer \
//         -Xswiftc -sanitize=fuzzer,address --product FuzzEngine
//     .build-fuzz/release/FuzzEngine -max_total_time=60 /tmp/found Tests/Fuzz/Corpus/engine
//
// Beside crashes it looks for answers that are no frames or no JSON, requests that are answered twice, late or never,
// and frames to connections that have gone. `FuzzPlan` says what the bytes mean.

/// libFuzzer calls this for each input.
@c(LLVMFuzzerTestOneInput)
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    var plan = unsafe FuzzPlan(UnsafeBufferPointer(start: start, count: count))
    let world = FuzzWorld()
    while let step = plan.next() { world.take(step) }
    world.finish()
    return 0
}
