/// A step of the stack, as the trace module reported it.
struct TracedStep: Equatable {
    /// Index of the module's place.
    let place: Int
    /// `auth`, `account` or `setcred`.
    let phase: String
    /// The module's return code; nil if it never returned.
    var code: Int32?
    var reason = ""

    /// The steps in the order of their beginning; other lines are ignored.
    static func read(_ trace: String, _ tag: String) -> [TracedStep] {
        var steps: [TracedStep] = []
        for line in trace.split(separator: "\n") where line.hasPrefix(tag + "-") {
            let words = line.dropFirst(tag.count + 1).split(separator: " ", maxSplits: 3)
            guard words.count >= 3, let place = Int(words[0]) else { continue }
            if words[2] == ">" {
                steps.append(TracedStep(place: place, phase: String(words[1])))
            } else if let open = steps.lastIndex(where: { $0.place == place && $0.phase == words[1] && $0.code == nil })
            {
                steps[open].code = Int32(words[2])
                steps[open].reason = words.count > 3 ? String(words[3]) : ""
            }
        }
        return steps
    }
}
