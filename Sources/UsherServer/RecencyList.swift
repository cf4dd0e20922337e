/// Small numbers in the order in which they were used last.
///
/// A list whose links stand in one array, by number, so that each use takes constant time. The links of place 0 are the
/// two ends; the number `n` stands at `n + 1`.
struct RecencyList {
    private struct Link {
        var older = 0
        var newer = 0
    }

    private var links = [Link()]

    /// The number that was not used for longest.
    var oldest: Int? { links[0].newer == 0 ? nil : links[0].newer - 1 }

    /// Whether a number is in it.
    func contains(_ number: Int) -> Bool {
        let place = number + 1
        return place < links.count && (links[place].older != 0 || links[0].newer == place)
    }

    /// A number is used, for the first time or once more.
    mutating func use(_ number: Int) {
        remove(number)
        let (place, newest) = (number + 1, links[0].older)
        while links.count <= place { links.append(Link()) }
        links[place] = Link(older: newest, newer: 0)
        links[newest].newer = place
        links[0].older = place
    }

    /// Takes a number out, if it is there.
    mutating func remove(_ number: Int) {
        guard contains(number) else { return }
        let link = links[number + 1]
        links[link.older].newer = link.newer
        links[link.newer].older = link.older
        links[number + 1] = Link()
    }
}
