/// Subjects that wait for their check, each once, the first to come in front.
struct AccountQueue {
    private var subjects: [AccountSubject] = []
    private var members: Set<AccountSubject> = []

    var count: Int { subjects.count }
    var isEmpty: Bool { subjects.isEmpty }

    func contains(_ subject: AccountSubject) -> Bool { members.contains(subject) }

    /// The first one that passes `test`. O(n).
    func first(where test: (AccountSubject) -> Bool) -> AccountSubject? { subjects.first(where: test) }

    /// Adds a subject that is not in it, at the end or in front.
    mutating func add(_ subject: AccountSubject, inFront: Bool = false) {
        guard members.insert(subject).inserted else { return }
        subjects.insert(subject, at: inFront ? 0 : subjects.count)
    }

    /// Takes out a subject, if it is in it. O(n).
    mutating func remove(_ subject: AccountSubject) {
        guard members.remove(subject) != nil else { return }
        subjects.removeAll { $0 == subject }
    }

    /// Takes out all that pass `test`. O(n).
    mutating func takeAll(where test: (AccountSubject) -> Bool) -> [AccountSubject] {
        let taken = subjects.filter(test)
        guard !taken.isEmpty else { return [] }
        members.subtract(taken)
        subjects.removeAll { !members.contains($0) }
        return taken
    }
}
