/// A line of the table: what was measured, beside what, and what is to be reached.
struct Comparison {
    let work: String
    /// The figure and what it is held against, in the unit that `work` names; no reference where the target is
    /// absolute.
    let figure: Double
    let reference: Double?
    /// The target: of the ratio where there is a reference, else of the figure.
    let ratioLimit: Double?
    let figureLimit: Double?

    init(
        _ work: String, _ figure: Double, beside reference: Double? = nil, ratio: Double? = nil, limit: Double? = nil
    ) {
        self.work = work
        self.figure = figure
        self.reference = reference
        ratioLimit = ratio
        figureLimit = limit
    }

    private var ratio: Double? { reference.map { figure / $0 } }

    /// Whether every target is met.
    var isMet: Bool {
        figure <= figureLimit ?? .infinity && ratio ?? 0 <= ratioLimit ?? .infinity
    }

    private static func short(_ value: Double) -> String { text(value, value < 0.1 ? 4 : value < 100 ? 2 : 0) }

    private var target: String {
        [ratioLimit.map { "ratio \(Self.short($0))" }, figureLimit.map { Self.short($0) }].compactMap(\.self)
            .joined(separator: ", ")
    }

    /// The line; columns under ``head``.
    var line: String {
        let columns = [Self.short(figure), reference.map(Self.short) ?? "-", ratio.map(Self.short) ?? "-"]
        return Self.padded(work) + row(columns) + "  \(isMet ? "met    " : "NOT MET")  " + target
    }

    /// The names of the columns.
    static var head: String { padded("work") + row(["usher", "reference", "ratio"]) + "           to reach, at most" }

    private static func padded(_ text: String) -> String {
        text + String(repeating: " ", count: max(1, 62 - text.count))
    }
}
