#if DEBUG
    internal import UsherBoard

    extension Ledger {
        /// What is wrong with the ledger, each in a sentence; empty when all invariants hold. For tests: takes time in
        /// proportion to the whole memory.
        package func brokenInvariants() -> [String] {
            var broken: [String] = []
            var (live, shared, retired) = (0, 0, 0)
            var seen: [UInt32: Int] = [:]
            guard let contextClaims = try? contexts.noClaims(), let dataClaims = try? data.noClaims() else {
                return ["no address space"]
            }
            let frontier = min(Int(memory.load(Header.slotFrontier, as: UInt32.self)), geometry.capacity)
            for slot in 0..<frontier {
                let (fields, shown) = (slots[slot], board[slot])
                guard fields.tag != 0 else {
                    if shown.expiry != .zero { broken.append("free slot \(slot) is valid on the board") }
                    if pool.isTaken(slot) != (shown.stamp == BoardEntry.lastStamp) {
                        broken.append("free slot \(slot) is lost")
                    }
                    retired += pool.isTaken(slot) ? 1 : 0
                    continue
                }
                live += 1
                shared += fields.isShared ? 1 : 0
                seen[fields.user, default: 0] += 1
                let session = snapshot(slot)
                if !pool.isTaken(slot) { broken.append("live slot \(slot) counts as free") }
                if index.find(fields.digest) != slot { broken.append("slot \(slot) is not found by its digest") }
                if shown.stamp == 0 || shown.expiry > session.idleExpires.onBoard {
                    broken.append("the board promises too much of slot \(slot)")
                }
                if bounds.bound(of: slot) > session.idleExpires, sweeping.slot == nil {
                    broken.append("the deadline of slot \(slot) is missed")
                }
                broken += brokenCopy(slot, session)
                if !users.isRecord(fields.user) { broken.append("the user of slot \(slot) is unknown") }
                if fields.context != 0,
                    !contexts.claim(fields.context, lengths: 1...Limit.context, in: contextClaims)
                {
                    broken.append("the context of slot \(slot) is not whole")
                }
                if fields.data != 0,
                    !data.claim(fields.data, head: Self.dataHead, lengths: 0...Limit.data, in: dataClaims)
                {
                    broken.append("the data of slot \(slot) is not whole")
                }
            }
            for record in seen.keys {
                var linked: [Int] = []
                users.visit(record) { linked.append($0) }
                if Set(linked).count != linked.count || linked.contains(where: { slots[$0].user != record }) {
                    broken.append("the list of a user is not its sessions")
                }
            }
            for (record, number) in seen where users.sessions(record) != number {
                broken.append("a user has \(number) sessions, but counts \(users.sessions(record))")
            }
            if shared != copies.count { broken.append("\(shared) copies are held, but \(copies.count) are counted") }
            if live != count { broken.append("\(live) sessions live, but \(count) are counted") }
            if pool.used != live + retired { broken.append("the pool counts \(pool.used)") }
            if users.count != seen.count { broken.append("\(users.count) users are counted") }
            if contexts.unitsInUse != contextClaims.members { broken.append("contexts leak") }
            if data.unitsInUse != dataClaims.members { broken.append("data leaks") }
            return broken
        }
    }

    extension Ledger {
        /// What is wrong with a live slot as a copy of a shared session, or as none.
        private func brokenCopy(_ slot: Int, _ session: Session) -> [String] {
            let place = (0..<copies.count).first { copies.slot(at: $0) == slot }
            guard slots[slot].isShared else {
                return place == nil && self.slot(of: session.handle) == slot
                    ? [] : ["slot \(slot) is no copy, and is not found as one that is none"]
            }
            var broken: [String] = []
            if place == nil { broken.append("the copy in slot \(slot) is in no row") }
            if !session.isShared || self.slot(of: session.handle) != slot {
                broken.append("the copy in slot \(slot) is not found by its handle")
            }
            if copies.isSuspended, board[slot].expiry != .zero {
                broken.append("the suspended copy in slot \(slot) is valid on the board")
            }
            return broken
        }
    }

    extension BitSet {
        /// How many members there are.
        var members: Int { (0..<capacity).count { contains($0) } }
    }
#endif
